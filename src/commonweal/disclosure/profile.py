"""Profiles: named sets of disclosure rules. An agreement chooses one and may only tighten it.

Sources: SDAP Handbook on Statistical Disclosure Control for Outputs and the defaults of ACRO (uk-tre); NHS England,
HES disclosure control, since September 2018 (nhs); BRES on Nomis, article 1103, and the p % rule of business surveys
(business).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commonweal.disclosure.perturbation import PerturbationTable


@dataclass(frozen=True)
class Rules:
    """The rules that one answer must keep.

    `threshold`: fewest distinct entities of every kind in a cell that may be shown (count). `zeros_hidden`: a zero
    looks like a small number. `dominance`: (n, k): the n largest may not hold more than k per cent; None for no such
    rule. `p_percent`: what the largest and second largest leave over must be at least this share of the largest, in
    per cent. `class_disclosure`: "everybody", "nobody" and "all the same" are withheld. `rounding`: base to which
    counts are rounded (1: not at all). `quantile_side`: fewest entities on each side of a quantile. `secondary`:
    totals may not undo suppression. `perturbation`: an ONS cell key table, used instead of rounding. `siblings`:
    questions about nearly the same people are pointed out to officers and checkers. Raises
    ValueError when a number makes no sense.
    """

    threshold: int
    zeros_hidden: bool = True
    dominance: tuple[int, float] | None = None
    p_percent: float | None = None
    class_disclosure: bool = False
    rounding: int = 1
    quantile_side: int = 1
    secondary: bool = True
    perturbation: PerturbationTable | None = None
    siblings: bool = False

    def __post_init__(self) -> None:
        """Check that every number makes sense."""
        if self.threshold < 1:
            raise ValueError("the threshold must be at least 1")
        if self.rounding < 1:
            raise ValueError("the rounding base must be at least 1")
        if self.quantile_side < 1:
            raise ValueError("a quantile needs at least one entity on each side")
        if self.dominance is not None and not (self.dominance[0] in (1, 2) and 0 < self.dominance[1] < 100):
            raise ValueError("dominance must name one or two entities and a share between 0 and 100 per cent")
        if self.p_percent is not None and not self.p_percent > 0:
            raise ValueError("p must be above 0 per cent")

    @property
    def hidden_up_to(self) -> int:
        """Return the largest count of entities that is hidden: the threshold less one."""
        return self.threshold - 1

    def tightened(
        self,
        minimum_count: int | None = None,
        *,
        rounding: int | None = None,
        quantile_side: int | None = None,
        p_percent: float | None = None,
        dominance: tuple[int, float] | None = None,
        siblings: bool = False,
    ) -> Rules:
        """Return stricter rules, or raise ValueError when any of the changes would loosen these.

        A higher `minimum_count` also asks for as many entities on each side of a quantile. A coarser `rounding` must
        be a multiple of the present base: two answers rounded to bases without a common grid narrow each other down.
        """
        changed = self
        if minimum_count is not None:
            _not_less("minimum_count", minimum_count, self.threshold)
            changed = replace(changed, threshold=minimum_count, quantile_side=max(self.quantile_side, minimum_count))
        if quantile_side is not None:
            _not_less("quantile_side", quantile_side, self.quantile_side)
            changed = replace(changed, quantile_side=max(quantile_side, changed.quantile_side))
        if rounding is not None:
            _not_less("rounding", rounding, self.rounding)
            if rounding % self.rounding:
                raise ValueError(f"rounding must be a multiple of {self.rounding}, the base of the profile")
            changed = replace(changed, rounding=rounding)
        if p_percent is not None:
            _not_less("p_percent", p_percent, self.p_percent or 0)
            changed = replace(changed, p_percent=p_percent)
        if dominance is not None:
            changed = replace(changed, dominance=_stricter(dominance, self.dominance))
        return replace(changed, siblings=changed.siblings or siblings)

    def with_perturbation(self, table: PerturbationTable) -> Rules:
        """Return these rules with the cell key method in the place of rounding."""
        return replace(self, perturbation=table)


def _not_less(name: str, wanted: float, present: float) -> None:
    if wanted < present:
        raise ValueError(
            f"{name} may only be tightened: it is {present:g} in the profile, and {wanted:g} would loosen it"
        )


def _stricter(wanted: tuple[int, float], present: tuple[int, float] | None) -> tuple[int, float]:
    """Return `wanted` when it withholds all that `present` withholds: as many largest, and no greater share."""
    if present is not None and (wanted[0] < present[0] or wanted[1] > present[1]):
        raise ValueError(
            f"dominance may only be tightened: it is ({present[0]}, {present[1]:g} %) in the profile, "
            f"and ({wanted[0]}, {wanted[1]:g} %) would loosen it"
        )
    return wanted


PROFILES: Mapping[str, Rules] = MappingProxyType(
    {
        "uk-tre": Rules(
            threshold=10,
            zeros_hidden=True,
            dominance=(2, 90.0),
            p_percent=10.0,
            class_disclosure=True,
            rounding=5,
            quantile_side=10,
            secondary=True,
            siblings=True,
        ),
        # NHS England replaced secondary suppression by rounding, and shows zeros.
        "nhs": Rules(threshold=8, zeros_hidden=False, rounding=5, quantile_side=8, secondary=False),
        "business": Rules(threshold=3, dominance=(2, 90.0), p_percent=10.0, quantile_side=3, secondary=True),
    }
)
"""The rules profiles by the name that an agreement writes."""
