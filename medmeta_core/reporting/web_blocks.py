"""Each kind of block as HTML; whatever comes from outside is escaped here."""

from collections.abc import Callable
from html import escape
from math import ceil
from typing import Any

from medmeta_core.reporting import pictures
from medmeta_core.reporting.blocks import (
    Bar,
    Block,
    Command,
    Facts,
    KeyFigures,
    Listing,
    Matrix,
    Outcome,
    Paragraph,
    Picture,
    Ranking,
    SideBySide,
    Strip,
    Subheading,
    Table,
)
from medmeta_core.reporting.characters import visible

N_SHADES = 10
LONG_WORD, PIECE = 24, 12


def worded(text: str) -> str:
    """Text made harmless; a number stays with its percent sign."""
    return escape(visible(text)).replace(" %", "&nbsp;%")


def cell(text: str) -> str:
    """Text of a narrow column, where words of more than LONG_WORD letters may break."""
    return " ".join(
        "<wbr>".join(worded(word[i : i + PIECE]) for i in range(0, len(word), PIECE))
        if len(word) > LONG_WORD
        else worded(word)
        for word in visible(text).split(" ")
    ).replace(" %", "&nbsp;%")


def _paragraph(block: Paragraph) -> str:
    return f'<p class="{block.tone}">{worded(block.text)}</p>'


def _subheading(block: Subheading) -> str:
    return f'<p class="subheading">{worded(block.text)}</p>'


def _listing(block: Listing) -> str:
    return "<ul>" + "".join(f"<li>{worded(item)}</li>" for item in block.items) + "</ul>"


def _command(block: Command) -> str:
    return f"<pre><code>{escape(visible(block.text))}</code></pre>"


def _key_figures(block: KeyFigures) -> str:
    cards = "".join(
        f"<div><dt>{worded(figure.name)}</dt>"
        f'<dd><strong>{worded(figure.value)}</strong><span class="quiet">'
        f"{worded(figure.remark)}</span></dd></div>"
        for figure in block.figures
    )
    return f'<dl class="figures">{cards}</dl>'


def _facts(block: Facts) -> str:
    pairs = "".join(
        f"<div><dt>{worded(name)}</dt><dd>{worded(value)}</dd></div>" for name, value in block.pairs
    )
    return f'<dl class="facts">{pairs}</dl>'


def _table(block: Table) -> str:
    head = "".join(
        f'<th scope="col"{_numeric(block, i)}>{worded(name)}</th>'
        for i, name in enumerate(block.head)
    )
    rows = "".join(_table_row(block, row) for row in block.rows)
    return (
        f'<div class="wide"><table><caption class="unseen">{worded(block.caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _table_row(table: Table, row: tuple[str, ...]) -> str:
    cells = "".join(f"<td{_numeric(table, i)}>{cell(text)}</td>" for i, text in enumerate(row))
    return f"<tr>{cells}</tr>"


def _numeric(table: Table, column: int) -> str:
    return ' class="numeric"' if column in table.numeric else ""


def _outcome(block: Outcome) -> str:
    kind = "named" if block.is_named else "unnamed"
    return (
        f'<div class="outcome {kind}"><p class="headline">{worded(block.headline)}</p>'
        f"<p>{worded(block.reason)}</p></div>"
    )


def _ranking(block: Ranking) -> str:
    rows = "".join(_bar_row(bar) for bar in block.bars)
    return (
        f'<table class="ranking"><caption class="unseen">{worded(block.caption)}</caption>'
        f"<tbody>{rows}</tbody></table>"
    )


def _bar_row(bar: Bar) -> str:
    dot = "●" if bar.in_set else "○"
    return (
        f'<tr><th scope="row">{cell(bar.name)}</th><td class="dot">{dot}</td>'
        f'<td class="bar">{_bar(bar)}</td>'
        f'<td class="numeric">{worded(bar.label)}</td></tr>'
    )


def _bar(bar: Bar) -> str:
    low, high = bar.low * 100, bar.high * 100
    return (
        '<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" width="100" height="10"/>'
        f'<rect fill="{bar.colour}" y="1" width="{bar.share * 100:.2f}" height="8"/>'
        f'<line class="whisker" x1="{low:.2f}" x2="{high:.2f}" y1="5" y2="5"/>'
        f'<line class="whisker" x1="{low:.2f}" x2="{low:.2f}" y1="2.5" y2="7.5"/>'
        f'<line class="whisker" x1="{high:.2f}" x2="{high:.2f}" y1="2.5" y2="7.5"/></svg>'
    )


def _side_by_side(block: SideBySide) -> str:
    bar = "" if block.colour_bar is None else _colour_bar(block.colour_bar)
    figures = "".join(_figure(picture, pictures.MAX_SIDE) for picture in block.pictures)
    return f'<div class="side-by-side">{figures}</div>{bar}'


def _colour_bar(bar: Picture) -> str:
    source = pictures.data_uri(bar.content)
    return (
        f'<figure class="colour-bar"><div><span>0</span><img src="{source}" alt=""><span>1</span>'
        f"</div><figcaption>{worded(bar.remark)}</figcaption></figure>"
    )


def _strip(block: Strip) -> str:
    figures = "".join(_figure(picture, pictures.MAX_SIDE_SMALL) for picture in block.pictures)
    return f'<div class="strip">{figures}</div>'


def _figure(picture: Picture, max_side: int) -> str:
    source = pictures.data_uri(pictures.for_print(picture.content, max_side=max_side))
    remark = f'<span class="quiet">{worded(picture.remark)}</span>' if picture.remark else ""
    return (
        f'<figure><img src="{source}" alt="{worded(picture.description)}">'
        f"<figcaption>{worded(picture.caption)}{remark}</figcaption></figure>"
    )


def _matrix(block: Matrix) -> str:
    numbers = "".join(f'<th scope="col">{j + 1}</th>' for j in range(len(block.names)))
    rows = "".join(_matrix_row(block, i) for i in range(len(block.names)))
    return (
        f'<div class="wide"><table class="matrix"><caption class="unseen">{worded(block.caption)}'
        f'</caption><thead><tr><th scope="col">{worded(block.corner)}</th>{numbers}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _matrix_row(matrix: Matrix, i: int) -> str:
    cells = "".join(
        f'<td class="{_shade(matrix, i, j)}">{n or "·"}</td>'
        for j, n in enumerate(matrix.counts[i])
    )
    return f'<tr><th scope="row">{i + 1}&ensp;{cell(matrix.names[i])}</th>{cells}</tr>'


def _shade(matrix: Matrix, i: int, j: int) -> str:
    share = matrix.counts[i][j] / (sum(matrix.counts[i]) or 1)
    return f"{'right' if i == j else 'wrong'}-{ceil(share * N_SHADES)}"


DRAWN: dict[type[Any], Callable[[Any], str]] = {
    Paragraph: _paragraph,
    Subheading: _subheading,
    Listing: _listing,
    Command: _command,
    KeyFigures: _key_figures,
    Facts: _facts,
    Table: _table,
    Outcome: _outcome,
    Ranking: _ranking,
    SideBySide: _side_by_side,
    Strip: _strip,
    Matrix: _matrix,
}


def block_html(block: Block) -> str:
    """The block as HTML."""
    return DRAWN[type(block)](block)
