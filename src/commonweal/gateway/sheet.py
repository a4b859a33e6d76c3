"""Sheets: rows of text as a table where the terminal has room, and as a block for each row where it has not."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType

NEVER_FOLDED = 20
"""Characters up to which a column is not folded: names, times and numbers stay in one piece."""

NARROWEST_FOLDED = 24
"""Fewest characters that a folded column needs to be read with ease."""

_BETWEEN = 3


def sheet(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, width: int, right: Collection[int] = (), dim: str = ""
) -> RenderableType:
    """Return rows of text for a terminal of `width` characters; nothing is ever cut off.

    A block leaves out what is empty. `right` are the positions of columns that are set to the right (numbers); cells
    equal to `dim` are shown faintly.
    """
    from rich.text import Text  # imported when used: JSON and --help need no Rich

    natural = [max(len(column), *(len(row[i]) for row in rows), 0) for i, column in enumerate(columns)]
    rigid = [size for size in natural if size <= NEVER_FOLDED]
    foldable = len(natural) - len(rigid)
    room = width - sum(rigid) - _BETWEEN * len(natural)
    if room < NARROWEST_FOLDED * foldable and sum(natural) + _BETWEEN * len(natural) > width:
        longest = max(len(column) for column in columns)
        blocks = ["\n".join(f"{c:{longest}}  {t}" for c, t in zip(columns, row, strict=True) if t) for row in rows]
        return Text("\n\n".join(blocks), overflow="fold")
    from rich import box
    from rich.table import Table

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for i, column in enumerate(columns):
        justify, short = "right" if i in right else "left", natural[i] <= NEVER_FOLDED
        drawn.add_column(Text(column), justify=justify, overflow="fold", no_wrap=short)  # type: ignore[arg-type]
    for row in rows:
        drawn.add_row(*(Text(text, style="dim" if dim and text == dim else "") for text in row))
    return drawn
