"""Which measured cells the rules would withhold by themselves: on bounds, those are worth an exact count."""

from __future__ import annotations

from commonweal.disclosure import threshold
from commonweal.disclosure.cells import Cells
from commonweal.disclosure.evidence import Flags, as_measured
from commonweal.disclosure.profile import Rules
from commonweal.disclosure.protect import JUDGES


def unsure(cells: Cells, rules: Rules) -> Flags:
    """Return a flag for each measured row: whether any rule, on the evidence given, would withhold anything of it.

    Totals are left out of account: they depend on other cells, and so on what those turn out to be.
    """
    evidence = as_measured(cells.table, cells.kinds)
    flags = threshold.small_cells(evidence, rules)
    for aggregate in cells.aggregates:
        for unsafe in JUDGES[aggregate.measured]:
            flags = flags | unsafe(evidence, aggregate, rules)
    return flags
