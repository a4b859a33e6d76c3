"""Protect: from cells with their evidence to cells that may be shown. The steps below are all there is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from commonweal.disclosure import complement, dominance, quantiles, same_value, threshold
from commonweal.disclosure.cells import Aggregate, Cells, Measured, ProtectedCells, Withheld
from commonweal.disclosure.differences import withheld_with_differences
from commonweal.disclosure.everybody import nearly_all
from commonweal.disclosure.evidence import Amounts, Counts, Evidence, Flags, as_measured
from commonweal.disclosure.grid import Layout, lay_out
from commonweal.disclosure.keys import KeyCodes, encode_keys, packed
from commonweal.disclosure.knowledge import doubt_of_rows, of_amounts, of_counts
from commonweal.disclosure.least_loss import LARGEST
from commonweal.disclosure.margins import Margins, margins
from commonweal.disclosure.profile import Rules
from commonweal.disclosure.reasons import notes, reason
from commonweal.disclosure.rounding import coarse, shown_counts, significant, spread
from commonweal.disclosure.scaling import CENTRAL_FIGURES, scaled, shown_amounts, shown_moments, typical
from commonweal.disclosure.secondary import Addends, giving_up_order, withheld_in_all

COUNTED = (Measured.ROWS, Measured.ENTITIES, Measured.VALUES, Measured.INDICATOR)
ADDITIVE = (Measured.ROWS, Measured.ENTITIES, Measured.INDICATOR, Measured.AMOUNT, Measured.MOMENT)
"""Measures of which a total is the sum of its parts. Distinct entities are, unless one is in several parts; see
`audit.intervals`.
"""

Judge = Callable[[Evidence, Aggregate, Rules], Flags]
_COUNT: tuple[Judge, ...] = (threshold.unsafe, complement.unsafe)
JUDGES: Mapping[Measured, tuple[Judge, ...]] = {
    Measured.ROWS: (*_COUNT, dominance.unsafe_rows),
    Measured.ENTITIES: _COUNT,
    Measured.VALUES: _COUNT,
    Measured.INDICATOR: _COUNT,
    Measured.AMOUNT: (*_COUNT, same_value.unsafe, dominance.unsafe),
    Measured.MOMENT: (*_COUNT, dominance.unsafe_moment),
    Measured.QUANTILE: (*_COUNT, quantiles.unsafe),
}
"""The rules by what is measured. A moment is withheld besides wherever one of its amounts is."""


@dataclass(frozen=True)
class Draft:
    """Cells on their way from step to step: `shown` holds counts as they would be shown, `withheld` a flag a row."""

    cells: Cells
    keys: KeyCodes
    layout: Layout
    evidence: Evidence
    small: Flags
    shown: Mapping[str, Counts]
    withheld: Mapping[str, Flags]
    said: tuple[str, ...] = ()


def protect(cells: Cells, rules: Rules) -> ProtectedCells:
    """Return the cells as `rules` let them be shown.

    Deterministic; independent of the order of the rows; two tables that differ only in evidence that is withheld give
    the same result, its list of withheld numbers and its notes included. Cells about no kind of entity are shown as
    they are. Raises ValueError when evidence that a rule needs was not measured.
    """
    draft = lay_out_rows(cells, rules)
    for step in STEPS if cells.kinds else ():
        draft = step(draft, rules)
    return publish(draft, rules)


def lay_out_rows(cells: Cells, rules: Rules) -> Draft:
    """Sort the rows, find the cells that are too small, and complete the grid of those that may be named."""
    measured = as_measured(cells.table, cells.kinds)
    sets = measured.counts("set")
    keys = encode_keys(cells, sets)
    if cells.kinds:
        entities = measured.entities()
        small = threshold.small_cells(measured, rules)
        small |= nearly_all(entities, sets, keys.codes, cells.grouping_sets, cells.sensitive, rules)
        layout = lay_out(cells, keys, sets, small, rules.zeros_hidden)
    else:
        order = np.argsort(packed(np.column_stack([sets, keys.codes])), kind="stable")
        small = np.zeros(len(sets), dtype=np.bool_)
        layout = Layout(order, sets[order], keys.codes[order], np.ones(len(sets), dtype=np.bool_))
    evidence = replace(measured, source=layout.source)
    nothing = np.zeros(len(layout.source), dtype=np.bool_)
    small = small[layout.source] | (layout.source < 0) if len(small) else layout.source < 0
    return Draft(cells, keys, layout, evidence, small, {}, {aggregate.name: nothing for aggregate in cells.aggregates})


def count(draft: Draft, rules: Rules) -> Draft:
    """Round or perturb every count, and the number of rows behind every amount."""
    shown = {}
    for aggregate in draft.cells.aggregates:
        if aggregate.measured in COUNTED:
            shown[aggregate.name] = shown_counts(
                draft.evidence.counts(aggregate.name), _cell_keys(draft, aggregate, rules), rules
            )
        elif aggregate.measured is not Measured.QUANTILE:
            rows = draft.evidence.counts(f"{aggregate.name}__rows")
            shown[f"{aggregate.name}__rows"] = shown_counts(rows, _cell_keys(draft, aggregate, rules), rules)
    return replace(draft, shown=shown)


def judge(draft: Draft, rules: Rules) -> Draft:
    """Withhold what any rule finds unsafe by itself."""
    withheld = {}
    for aggregate in draft.cells.aggregates:
        flags = draft.small.copy()
        for unsafe in JUDGES[aggregate.measured]:
            flags |= unsafe(draft.evidence, aggregate, rules)
        if rules.perturbation is not None and aggregate.measured in COUNTED:
            shown = draft.shown[aggregate.name]
            flags |= (shown < rules.threshold) & ~((shown == 0) & (not rules.zeros_hidden))
        if aggregate.measured in (Measured.AMOUNT, Measured.MOMENT):
            flags |= ~np.isfinite(draft.evidence.amounts(aggregate.name))
        withheld[aggregate.name] = flags
    if rules.secondary:
        withheld = withheld_with_differences(draft.cells, draft.evidence, withheld, rules)
    return replace(draft, withheld=_with_their_amounts(draft, withheld))


def guard_totals(draft: Draft, rules: Rules) -> Draft:
    """Withhold further numbers, so that no total undoes what the rules withhold."""
    if not rules.secondary or len(draft.cells.grouping_sets) < 2:
        return draft
    equations = margins(draft.layout.sets, draft.layout.codes, draft.cells.grouping_sets)
    order = giving_up_order(draft.evidence.entities())
    withheld = dict(draft.withheld)
    for aggregate in draft.cells.aggregates:
        if aggregate.measured not in ADDITIVE:
            continue
        addends = _addends(draft, aggregate, rules, equations, withheld[aggregate.name], order)
        withheld[aggregate.name] = withheld_in_all(equations, addends)
    said = () if equations.size <= LARGEST else (TOO_LARGE,)
    return replace(draft, withheld=_with_their_amounts(draft, withheld), said=said)


def _addends(
    draft: Draft, aggregate: Aggregate, rules: Rules, equations: Margins, primary: Flags, order: Counts
) -> Addends:
    """Return one aggregate as secondary suppression looks at it."""
    contributing = tuple(draft.evidence.contributing(aggregate))
    addends = Addends(primary, contributing, order, rules.threshold)
    if aggregate.measured in COUNTED:
        shown = draft.shown[aggregate.name].astype(np.float64)
        low, high = np.maximum(shown - spread(rules), rules.threshold), shown + spread(rules)
        known = of_counts(equations, primary, low, high, rules.threshold)
        return replace(addends, low=low, high=high, known=known, weight=shown)
    if aggregate.measured is not Measured.AMOUNT:
        return addends
    name, evidence = aggregate.name, draft.evidence
    amounts = np.where(primary, 0.0, evidence.amounts(name))
    signed = bool((np.where(primary, 0.0, evidence.amounts(f"{name}__low")) < 0).any())
    weight = np.where(primary, 0.0, evidence.amounts(f"{name}__total"))
    entities = np.where(primary, 0, np.minimum.reduce(contributing)).sum()
    doubt = doubt_of_rows(draft.shown[f"{name}__rows"], spread(rules), rules.threshold)
    average = float(weight.sum() / max(entities, 1))
    known = of_amounts(equations, primary, amounts, doubt, average, signed, rules, contributing)
    return replace(addends, known=known, weight=weight)


TOO_LARGE = (
    f"With more than {LARGEST:,} cells and totals, more numbers are withheld than need be: the totals are guarded by simple "
    "rules and not by linear programming."
)


STEPS: tuple[Callable[[Draft, Rules], Draft], ...] = (count, judge, guard_totals)
"""What happens between laying the rows out and publishing them."""


def publish(draft: Draft, rules: Rules) -> ProtectedCells:
    """Build the table of what is shown, and the list of what is not."""
    cells, layout = draft.cells, draft.layout
    named = np.flatnonzero(layout.named)
    columns: dict[str, pa.Array] = dict(zip(cells.keys, draft.keys.decoded(layout.codes[named]), strict=True))
    columns["set"] = pa.array(layout.sets[named])
    with_totals = rules.secondary and len(cells.grouping_sets) > 1
    given_up = {d.shown for d in cells.differences} | {n for p in cells.partitions for part in p.parts for n in part}
    found: list[tuple[int, str, str]] = []
    for aggregate in cells.aggregates:
        flags = draft.withheld[aggregate.name][named]
        follows = (with_totals and aggregate.measured in ADDITIVE) or (rules.secondary and aggregate.name in given_up)
        why = reason(aggregate, cells.kinds, rules, follows, _repeats(draft, aggregate)) if cells.kinds else ""
        columns[aggregate.name] = _values(draft, aggregate, rules, named, flags)
        columns[f"{aggregate.name}__why"] = _whys(why, flags)
        found += [(row, aggregate.name, why) for row in np.flatnonzero(flags).tolist()]
    found.sort(key=lambda entry: entry[0])
    said = notes(cells.aggregates, cells.kinds, rules, bool(cells.keys)) if cells.kinds else ()
    return ProtectedCells(
        pa.table(columns),
        cells.keys,
        cells.aggregates,
        tuple(Withheld(*entry) for entry in found),
        (*said, *draft.said),
    )


def _values(draft: Draft, aggregate: Aggregate, rules: Rules, named: Counts, flags: Flags) -> pa.Array:
    """Return the aggregate's column, null where it is withheld."""
    source = draft.layout.source[named]
    column = draft.cells.table.column(aggregate.name).combine_chunks()
    if not draft.cells.kinds:
        return column.take(pa.array(source))
    if aggregate.measured in COUNTED:
        return pa.array(draft.shown[aggregate.name][named], mask=flags)
    if aggregate.measured is Measured.QUANTILE:
        shown = column.take(pa.array(source, mask=flags | (source < 0)))
        return coarse(shown, quantiles.FIGURES) if quantiles.can_be_rounded(shown.type) else shown
    # A sum of no rows is null in SQL; where it may be told (zeros are shown), it stays null.
    empty = draft.evidence.counts(f"{aggregate.name}__rows") == 0
    numbers = (
        _amounts(draft, aggregate, rules)
        if aggregate.measured is Measured.AMOUNT
        else _moments(draft, aggregate, rules)
    )
    return pa.array(numbers[named], mask=flags | empty[named])


def _amounts(draft: Draft, aggregate: Aggregate, rules: Rules) -> Amounts:
    evidence, name = draft.evidence, aggregate.name
    if evidence.has(f"{name}__size"):
        unit = evidence.amounts(f"{name}__size")
    else:
        unit = typical(evidence.amounts(f"{name}__total"), np.minimum.reduce(evidence.contributing(aggregate)))
    amounts = np.where(draft.withheld[name], 0.0, evidence.amounts(name))
    rows, shown = evidence.counts(f"{name}__rows"), draft.shown[f"{name}__rows"]
    return shown_amounts(amounts, unit, rows, shown, spread(rules), rules.threshold)


def _moments(draft: Draft, aggregate: Aggregate, rules: Rules) -> Amounts:
    evidence, name = draft.evidence, aggregate.name
    moments = np.where(draft.withheld[name], 0.0, evidence.as_added(name))
    rows, shown = evidence.counts(f"{name}__rows"), draft.shown[f"{name}__rows"]
    factors = _factors(draft.cells, aggregate)
    if factors is None:
        return significant(scaled(moments, rows, shown), CENTRAL_FIGURES)
    one, other = (np.where(draft.withheld[name], 0.0, evidence.as_added(factor.name)) for factor in factors)
    shown_one, shown_other = (_amounts(draft, factor, rules) for factor in factors)
    return shown_moments(moments, (one, other), (shown_one, shown_other), rows, shown)


def _factors(cells: Cells, moment: Aggregate) -> tuple[Aggregate, Aggregate] | None:
    """Return the amounts of a moment's two factors, None when it names none that was measured."""
    amounts = {aggregate.name: aggregate for aggregate in cells.aggregates if aggregate.measured is Measured.AMOUNT}
    one = amounts.get(moment.same_as)
    other = amounts.get(moment.times or moment.same_as)
    return None if one is None or other is None else (one, other)


def _with_their_amounts(draft: Draft, withheld: Mapping[str, Flags]) -> dict[str, Flags]:
    """Withhold a moment wherever one of the amounts it goes with is withheld."""
    joined = dict(withheld)
    for aggregate in draft.cells.aggregates:
        if aggregate.measured is Measured.MOMENT:
            for factor in _factors(draft.cells, aggregate) or ():
                joined[aggregate.name] = joined[aggregate.name] | withheld[factor.name]
    return joined


def _repeats(draft: Draft, aggregate: Aggregate) -> bool:
    """Return whether it is a count over which entities repeat: a fact of the question, which its evidence shows."""
    return aggregate.measured is Measured.ROWS and draft.evidence.has(f"{aggregate.name}__max1")


def _cell_keys(draft: Draft, aggregate: Aggregate, rules: Rules) -> Counts | None:
    """Return the cell keys of those that contribute, where they were measured, else of the whole cell."""
    if rules.perturbation is None:
        return None
    own = f"{aggregate.name}__cell_key"
    return draft.evidence.counts(own if draft.evidence.has(own) else "cell_key")


def _whys(why: str, flags: Flags) -> pa.Array:
    words = pa.array(["", why], pa.string()).take(pa.array(flags.astype(np.int8)))
    return pa.array(words.to_numpy(zero_copy_only=False), pa.string(), mask=~flags)
