"""Verdicts: for people who check outputs, which numbers break which rule, with the counts that say so.

An answer gives one reason for all; a checker must see more: that these are 4 households, or that one holds 95 % of a sum.
So verdicts are exact, and are shown to checkers only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module

import numpy as np

from commonweal.disclosure import complement, dominance, quantiles, same_value, threshold
from commonweal.disclosure.cells import Aggregate, Cells
from commonweal.disclosure.evidence import Counts, Evidence, as_measured
from commonweal.disclosure.profile import Rules
from commonweal.disclosure.protect import JUDGES, Judge
from commonweal.disclosure.reasons import either, plural

Told = Callable[[Evidence, Aggregate, Rules, int, Sequence[str]], str]


@dataclass(frozen=True)
class Verdict:
    """That one number breaks one rule: the row of the measured cells, the aggregate, the rule's name, and what was found."""

    row: int
    aggregate: str
    rule: str
    found: str


def verdicts(cells: Cells, rules: Rules) -> tuple[Verdict, ...]:
    """Return every break of a rule by a number of measured cells, by row and aggregate; the evidence must be exact.

    What is withheld only because a total would give another number away breaks no rule and has no verdict. Cells about
    no kind of entity break none.
    """
    if not cells.kinds:
        return ()
    evidence = as_measured(cells.table, cells.kinds)
    small = threshold.small_cells(evidence, rules)
    entities = evidence.entities()
    found: list[Verdict] = []
    for aggregate in cells.aggregates:
        for row in np.flatnonzero(small).tolist():
            found.append(
                Verdict(row, aggregate.name, threshold.RULE.name, _few(entities, cells.kinds, row, rules.threshold))
            )
        for judge in JUDGES[aggregate.measured]:
            flags = judge(evidence, aggregate, rules)
            if judge is threshold.unsafe:
                flags = flags & ~small  # said already, of the whole cell
            rule = import_module(judge.__module__).RULE.name
            for row in np.flatnonzero(flags).tolist():
                found.append(
                    Verdict(row, aggregate.name, rule, _TOLD[judge](evidence, aggregate, rules, row, cells.kinds))
                )
    return tuple(sorted(found, key=lambda verdict: (verdict.row, verdict.aggregate)))


def _few(entities: Sequence[Counts], kinds: Sequence[str], row: int, least: int) -> str:
    counts = either([f"{int(each[row])} {plural(kind)}" for each, kind in zip(entities, kinds, strict=True)])
    return f"{counts}; at least {least} are needed"


def _contributing(evidence: Evidence, aggregate: Aggregate, rules: Rules, row: int, kinds: Sequence[str]) -> str:
    return _few(evidence.contributing(aggregate), kinds, row, rules.threshold)


def _rest(evidence: Evidence, aggregate: Aggregate, rules: Rules, row: int, kinds: Sequence[str]) -> str:
    pairs = zip(evidence.entities(), evidence.contributing(aggregate), kinds, strict=True)
    left = either([f"{int(whole[row] - part[row])} of {int(whole[row])} {plural(kind)}" for whole, part, kind in pairs])
    return f"all but {left}; at least {rules.threshold} must be left"


def _dominated(evidence: Evidence, aggregate: Aggregate, rules: Rules, row: int, kinds: Sequence[str]) -> str:
    del kinds
    largest, second, total = (evidence.amounts(f"{aggregate.name}__{what}")[row] for what in ("max1", "max2", "total"))
    shares = [f"{100 * part / total:.0f} %" if total else "all" for part in (largest, largest + second)]
    limits = [f"{rules.dominance[0]} may hold at most {rules.dominance[1]:g} %"] if rules.dominance else []
    limits += [f"p % rule with p = {rules.p_percent:g}"] if rules.p_percent else []
    return f"the largest holds {shares[0]}, the largest two {shares[1]}; {', '.join(limits)}"


def _same(evidence: Evidence, aggregate: Aggregate, rules: Rules, row: int, kinds: Sequence[str]) -> str:
    del evidence, aggregate, rules, row, kinds
    return "everybody has the same value"


def _one_sided(evidence: Evidence, aggregate: Aggregate, rules: Rules, row: int, kinds: Sequence[str]) -> str:
    del kinds
    rows = int(evidence.counts(f"{aggregate.name}__rows")[row])
    return f"{rows} rows in all; at least {rules.quantile_side} entities are needed on each side"


_TOLD: Mapping[Judge, Told] = {
    threshold.unsafe: _contributing,
    complement.unsafe: _rest,
    dominance.unsafe: _dominated,
    dominance.unsafe_moment: _dominated,
    dominance.unsafe_rows: _dominated,
    same_value.unsafe: _same,
    quantiles.unsafe: _one_sided,
}
"""How what each rule found is told; a test holds it to the rules that judge."""
