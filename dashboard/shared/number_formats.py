"""Shares and intervals as the screens write them: never a bare 100 % for a probability."""


def percent(share: float) -> str:
    """A share of counted things.

    >>> percent(0.724)
    '72 %'
    """
    return f"{100 * share:.0f} %"


def percent_interval(interval: tuple[float, float]) -> str:
    """An interval of shares.

    >>> percent_interval((0.5187, 0.861))
    '52–86 %'
    """
    low, high = interval
    return f"{100 * low:.0f}–{100 * high:.0f} %"


def probability(share: float) -> str:
    """A probability, which is never quite 0 or 1.

    >>> probability(0.9996), probability(0.72), probability(0.0)
    ('>99 %', '72 %', '<1 %')
    """
    if share > 0.99:
        return ">99 %"
    return "<1 %" if share < 0.01 else f"{100 * share:.0f} %"


def probability_interval(interval: tuple[float, float]) -> str:
    """An interval of probabilities.

    >>> probability_interval((0.61, 0.9999)), probability_interval((0.0, 0.2))
    ('61–>99 %', '<1–20 %')
    """
    low, high = (probability(share).removesuffix(" %") for share in interval)
    return f"{low}–{high} %"
