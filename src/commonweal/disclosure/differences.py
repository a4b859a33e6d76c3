"""Differences: two numbers of one cell may not be subtracted to get at a few."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from commonweal.disclosure.cells import Cells, Measured, Partition
from commonweal.disclosure.evidence import Counts, Evidence, Flags
from commonweal.disclosure.profile import Rules
from commonweal.disclosure.rule import Rule

RULE = Rule(
    name="differences",
    promise="Of two numbers about nearly the same rows of a cell, one is withheld unless their difference would itself pass "
    "every rule; of a whole and its parts, a part is withheld unless what they leave over holds at least the threshold of "
    "entities of every kind.",
    source="SDAP Handbook (differencing, secondary disclosure); Denning, Denning and Schwartz, The Tracker, 1979",
    choice="The part is given up rather than the whole, the later one rather than the earlier, so that which one it is "
    "tells nothing. No difference at all and a difference of a few look alike. Parts of which fewer than the threshold of "
    "rows are in two count as apart. That a column's public codes together leave nobody over tells nothing. "
    "Three numbers that are no whole with its parts are not put together.",
)


def withheld_with_differences(
    cells: Cells, evidence: Evidence, withheld: Mapping[str, Flags], rules: Rules
) -> dict[str, Flags]:
    """Return `withheld` with what must be given up besides, so that nothing follows by subtracting within a cell."""
    result = dict(withheld)
    order = {aggregate.name: number for number, aggregate in enumerate(cells.aggregates)}
    for difference in sorted(cells.differences, key=lambda d: (order[d.shown], order[d.other])):
        unsafe = withheld[difference.by] & ~result[difference.other]
        result[difference.shown] = result[difference.shown] | unsafe
    for partition in cells.partitions:
        _give_up_parts(cells, evidence, result, partition, rules.threshold)
    return result


def _give_up_parts(
    cells: Cells, evidence: Evidence, withheld: dict[str, Flags], partition: Partition, threshold: int
) -> None:
    """Withhold parts, the last first, until what the shown ones leave of the whole is no longer too few."""
    measured = {aggregate.name: aggregate for aggregate in cells.aggregates}

    def rows(name: str) -> Counts:
        is_sum = measured[name].measured in (Measured.AMOUNT, Measured.ENTITIES)
        return evidence.counts(f"{name}__rows" if is_sum else name)

    firsts = [names[0] for names in partition.parts]
    covered = np.sum([rows(name) for name in firsts], axis=0) + rows(partition.rest)
    apart = covered - rows(partition.whole) < threshold
    whole = evidence.contributing(measured[partition.whole])
    parts = [evidence.contributing(measured[name]) for name in firsts]
    for names in reversed(partition.parts):
        shown = [~np.all([withheld[name] for name in part], axis=0) for part in partition.parts]
        left = [
            total - np.sum([np.where(flag, part[kind], 0) for flag, part in zip(shown, parts, strict=True)], axis=0)
            for kind, total in enumerate(whole)
        ]
        few = apart & ~withheld[partition.whole] & (np.minimum.reduce(left) < threshold)
        if partition.complete:  # all parts together leave nobody, as everybody knows; with one withheld it is left over
            few &= ~np.all(shown, axis=0)
        for name in names:
            withheld[name] = withheld[name] | few
