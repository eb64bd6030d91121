"""The number of each condition of a workspace: it chooses colour and symbol, and is kept for good.

Numbers stand in the workspace's settings. A condition keeps its number when it is emptied or
renamed, and when others come or go; no other gets it.
"""

from collections.abc import Collection, Mapping
from typing import Any

FIELD = "condition_numbers"
FORMER = "former_condition_numbers"
"""Where in the settings the numbers stand, and those of names given up by renaming."""


def numbers_in(settings: Mapping[str, Any], field: str = FIELD) -> dict[str, int]:
    """{condition: number} as kept; whatever is not of this form is passed over.

    >>> numbers_in({"condition_numbers": {"flu": 0, "cold": "red"}})
    {'flu': 0}
    """
    stored = settings.get(field)
    pairs = stored.items() if isinstance(stored, Mapping) else ()
    return {name: n for name, n in pairs if type(n) is int and 0 <= n < 2**31}


def all_numbers_in(settings: Mapping[str, Any]) -> dict[str, int]:
    """The numbers, and with them those of names that were given up."""
    return numbers_in(settings, FORMER) | numbers_in(settings)


def with_numbers(settings: Mapping[str, Any], names: Collection[str]) -> Mapping[str, Any]:
    """The settings in which each of these conditions, all there are, has a number of its own.

    The very same object where all have one. A name that is back after its renaming was undone
    gets back its number, unless that is in use.

    >>> with_numbers({}, ["cold", "flu"])
    {'condition_numbers': {'cold': 0, 'flu': 1}}
    """
    numbers, former = numbers_in(settings), numbers_in(settings, FORMER)
    changed = dict(numbers)
    in_use = {numbers[name] for name in names if name in numbers}
    for name in names:
        if name in changed:
            continue
        number = former.get(name)
        if number is None or number in in_use:
            number = max([*changed.values(), *former.values()], default=-1) + 1
        for other in [one for one, n in changed.items() if n == number]:
            former[other] = changed.pop(other)  # the name that the renaming had given
        changed[name] = number
        in_use.add(number)
    if changed == numbers:
        return settings
    return {**settings, FIELD: changed, **({FORMER: former} if former else {})}


def renamed(settings: Mapping[str, Any], old: str, new: str) -> Mapping[str, Any]:
    """The settings after a condition took a name that no other bears: its number goes along.

    >>> renamed({"condition_numbers": {"flu": 3}}, "flu", "influenza")["condition_numbers"]
    {'influenza': 3}
    """
    numbers, former = numbers_in(settings), numbers_in(settings, FORMER)
    if old not in numbers:
        return settings
    number = numbers.pop(old)
    return {**settings, FIELD: {**numbers, new: number}, FORMER: {**former, old: number}}


def only(settings: Mapping[str, Any], names: Collection[str | None]) -> Mapping[str, Any]:
    """The settings with the numbers of these conditions alone.

    >>> only({"condition_numbers": {"flu": 0, "cold": 1}}, ["cold"])
    {'condition_numbers': {'cold': 1}}
    """
    numbers = {
        field: {name: n for name, n in numbers_in(settings, field).items() if name in names}
        for field in (FIELD, FORMER)
        if field in settings
    }
    return {**settings, **numbers}
