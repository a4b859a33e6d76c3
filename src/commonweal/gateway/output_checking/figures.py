"""The figures of an exception: exact or unsuppressed, beside the protected ones, each with the rules that it breaks.

They are computed by the engine over treated tables, as for any question; what is left out is only the protection. This
happens when a checker first looks, never for the requester, whose request touches no data: so neither time nor errors
nor the size of anything can tell them what is in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commonweal.disclosure.cells import Cells, ProtectedCells
from commonweal.disclosure.profile import Rules
from commonweal.disclosure.protect import protect
from commonweal.disclosure.verdicts import verdicts
from commonweal.errors import BadInput
from commonweal.gateway.ask import Intended, over_rows, still_in_force
from commonweal.gateway.explanation import number_in_words
from commonweal.gateway.measuring import Run, exactly_measured
from commonweal.gateway.output_checking.checkers import judged_by
from commonweal.gateway.output_checking.content import Content, table_content
from commonweal.gateway.output_checking.plain import plain
from commonweal.gateway.output_checking.request import Wanted
from commonweal.gateway.surroundings import Surroundings
from commonweal.gateway.together import Together, taken_apart, together
from commonweal.query.measure import SET

MOST_CELLS = 5_000
"""Cells that two people can be asked to look through."""

WHY = "__why"


@dataclass(frozen=True)
class Line:
    """One number of one cell as a checker sees it.

    `cell` maps group keys to their values; `protected` is what the rules would show, None where they withhold it;
    `entities` how many of each kind are in the cell; `breaks` the rules it breaks, each with what was found.
    """

    cell: Mapping[str, object]
    number: str
    value: object
    protected: object
    withheld: bool
    entities: Mapping[str, int]
    breaks: tuple[tuple[str, str], ...]

    def as_dict(self) -> dict[str, object]:
        """Return the line as JSON-ready values."""
        return {
            "cell": {name: plain(value) for name, value in self.cell.items()},
            "number": self.number,
            "value": plain(self.value),
            "protected": plain(self.protected),
            "withheld": self.withheld,
            "entities": dict(self.entities),
            "breaks": [{"rule": rule, "found": found} for rule, found in self.breaks],
        }


def unsuppressed(rules: Rules) -> Rules:
    """Return rules that withhold nothing and still round or perturb counts as the agreement does."""
    return Rules(1, zeros_hidden=False, rounding=rules.rounding, secondary=False, perturbation=rules.perturbation)


def exception_figures(intended: Intended, wanted: Wanted, around: Surroundings) -> Content:
    """Return what an exception would release, with every cell's verdicts beside it.

    Raises:
        BadInput: when there are more cells than people can check.
        NotAllowed: when the agreement ends meanwhile.
        EngineFailed: the same for every failure of the engine.
    """
    profile, rules = judged_by(intended.permitted.admitted.agreement)
    plan = over_rows(intended, around)
    run = Run(around.engine, around.limits, still_in_force(intended, around))
    released: dict[str, ProtectedCells] = {}
    lines: list[Line] = []
    for joined in together(plan.measures, plan.known):
        cells = exactly_measured(joined, plan, rules, run)
        if len(lines) + cells.table.num_rows > MOST_CELLS:
            raise too_much(f"more than {MOST_CELLS:,} cells")
        chosen = unprotected(cells) if wanted is Wanted.EXACT else protect(cells, unsuppressed(rules))
        released |= taken_apart(joined, chosen)
        lines += sheet_of(joined, cells, rules)
    table = around.presenter.present(plan.presentation, plan.titles, released).table
    beside = {
        "lines": [line.as_dict() for line in lines],
        "profile": profile,
        "notes": list(plan.notes),
    }
    return table_content(table, beside)


def unprotected(cells: Cells) -> ProtectedCells:
    """Return cells as they were measured, in the form in which answers are presented. Nothing is protected."""
    import pyarrow as pa

    table = cells.table
    columns = {name: table.column(name) for name in (*cells.keys, SET)}
    for aggregate in cells.aggregates:
        columns[aggregate.name] = table.column(aggregate.name)
        columns[aggregate.name + WHY] = pa.chunked_array([pa.nulls(table.num_rows, pa.string())])
    return ProtectedCells(pa.table(columns), cells.keys, cells.aggregates, ())


def sheet_of(joined: Together, cells: Cells, rules: Rules) -> list[Line]:
    """Return a line for each number of each measured cell: what it is, what would be shown of it, what it breaks."""
    shown = _shown(protect(cells, rules))
    broken: dict[tuple[int, str], list[tuple[str, str]]] = {}
    for verdict in verdicts(cells, rules):
        broken.setdefault((verdict.row, verdict.aggregate), []).append((verdict.rule, verdict.found))
    hidden = {d.by for d in cells.differences} | {p.rest for p in cells.partitions}
    titles = [key.title or key.name for key in joined.whole.keys]
    lines = []
    for row, values in enumerate(cells.table.to_pylist()):
        members = cells.grouping_sets[values[SET]]
        cell = {titles[i]: values[cells.keys[i]] for i in members}
        entities = {kind: int(values[f"n_{kind}"] or 0) for kind in cells.kinds}
        protected = shown.get((values[SET], *(values[key] for key in cells.keys)))
        for base in joined.whole.aggregates:
            if base.name in hidden:
                continue
            kept = None if protected is None else protected[base.name]
            withheld = protected is None or protected[base.name + WHY] is not None
            breaks = tuple(broken.get((row, base.name), ()))
            if withheld and not breaks:
                breaks = (("secondary suppression", "another withheld number would follow from it"),)
            lines.append(Line(cell, number_in_words(base), values[base.name], kept, withheld, entities, breaks))
    return lines


def _shown(protected: ProtectedCells) -> dict[tuple[object, ...], dict[str, Any]]:
    """Return the rows of protected cells by their grouping set and keys."""
    return {(row[SET], *(row[key] for key in protected.keys)): row for row in protected.table.to_pylist()}


def too_much(what: str) -> BadInput:
    """Return the error for an output that people cannot look through."""
    return BadInput(
        f"This output is too large to be checked: it has {what}.",
        why="Two people have to look at all of it.",
        remedy="Decide to send it back (--ask), and let the requester ask for less.",
    )
