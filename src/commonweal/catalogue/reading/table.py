"""The staged files together: one table of numbered rows, whose values are read by planned columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from commonweal.catalogue.reading.conversions import is_missing
from commonweal.catalogue.reading.staging import Staged
from commonweal.errors import BadInput, Place


@dataclass(frozen=True)
class StagedTable:
    """All files of a source, which have one shape.

    `relation` is SQL with `source_file` (its place in `files`), `source_row`, and `c0`, `c1` ... in the order of
    `headers` and `types` ('' for text): the chosen columns only.
    """

    files: tuple[Staged, ...]
    relation: str
    headers: tuple[str, ...]
    types: tuple[str, ...]

    @property
    def label(self) -> str:
        """Return what to call the source in messages: its one file, or the folder."""
        first = self.files[0].label
        return first if len(self.files) == 1 else first.split("/", 1)[0]

    def text(self, index: int) -> str:
        """Return the SQL of a column as trimmed text."""
        return f"CAST(c{index} AS VARCHAR)" if self.types[index] else f"c{index}"

    def present(self, index: int) -> str:
        """Return a SQL condition: the column holds a value, and not a word for having none."""
        text = self.text(index)
        return f"({text} IS NOT NULL AND NOT {is_missing(text)})"


def together(files: Sequence[Staged], chosen: Sequence[Sequence[int]]) -> StagedTable:
    """Return the files as one table; BadInput names the first file whose chosen columns differ from the first file's."""
    first = files[0]
    headers = tuple(first.columns[i].header for i in chosen[0])
    types = [first.columns[i].typed for i in chosen[0]]
    for file, places in zip(files, chosen, strict=True):
        if len(places) != len(headers):
            raise BadInput(
                "The files of the folder have different shapes.",
                why=f"This one has {len(places)} columns, {first.label} has {len(headers)}.",
                remedy="Keep one table in one folder.",
                place=Place(file.label),
            )
        kinds = [file.columns[i].typed for i in places]
        types = [one if one == other else "" for one, other in zip(types, kinds, strict=True)]
    selects = []
    for number, (file, places) in enumerate(zip(files, chosen, strict=True)):
        wanted = ", ".join(
            f"s.c{place} AS c{i}" if types[i] else f"CAST(s.c{place} AS VARCHAR) AS c{i}"
            for i, place in enumerate(places)
        )
        selects.append(f"SELECT {number} AS source_file, source_row, {wanted} FROM {file.relation} AS s")
    return StagedTable(tuple(files), "(" + " UNION ALL ".join(selects) + ")", headers, tuple(types))
