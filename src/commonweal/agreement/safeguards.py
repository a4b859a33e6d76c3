"""Safeguards: how answers are protected. Only what something enforces can be written here."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from commonweal.agreement.clause import Clause
from commonweal.agreement.output_checking import OutputChecking
from commonweal.agreement.suggestion import did_you_mean
from commonweal.disclosure.metered.profile import METERED, Metered
from commonweal.disclosure.profile import PROFILES, Rules


class Output(StrEnum):
    """What may leave: aggregates, protected. There is no row-level output."""

    AGGREGATE = "aggregate"


def _known_profile(value: str) -> str:
    """Refuse a profile that nothing enforces."""
    known = [*METERED, *PROFILES]
    if value not in known:
        raise ValueError(
            f"`{value}` is not a disclosure profile that this version enforces. {did_you_mean(value, known)}".strip()
        )
    return value


class Perturbation(StrEnum):
    """Whether counts are perturbed by the ONS cell key method instead of being rounded."""

    NONE = "none"
    CELL_KEY = "cell-key"


class Siblings(StrEnum):
    """Whether questions about nearly the same people are pointed out to officers and checkers."""

    FLAGGED = "flagged"


class Dominance(Clause):
    """The `largest` contributors of a cell may hold at most `share` per cent of it, or its sums are withheld."""

    largest: Annotated[int, Field(ge=1, le=2)]
    share: Annotated[float, Field(gt=0, lt=100)]


class Safeguards(Clause):
    """A profile of disclosure rules, which the agreement may tighten and never loosen.

    `minimum_count`: fewest distinct entities of every kind in a cell that is shown. `rounding`: base to which counts
    are rounded; `perturbation`: the cell key method in its place. `quantile_side`: fewest entities on each side of a
    quantile. `p_percent`: of the p % rule. `siblings`: questions about nearly the same people are pointed out to officers,
    as `uk-tre` does anyway. `output_checking`: whether people may release what the rules withhold.
    """

    profile: Annotated[str, AfterValidator(_known_profile)] = "standard"
    output: Output = Output.AGGREGATE
    minimum_count: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    rounding: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    quantile_side: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    p_percent: Annotated[float, Field(gt=0, le=1000)] | None = None
    dominance: Dominance | None = None
    perturbation: Perturbation = Perturbation.NONE
    siblings: Siblings | None = None
    output_checking: OutputChecking | None = None

    @model_validator(mode="after")
    def _only_tightens(self) -> Safeguards:
        """Refuse a safeguard weaker than the profile's own, or one that has no meaning under it."""
        _ = self.protection
        return self

    @cached_property
    def protection(self) -> Rules | Metered:
        """Return the profile, tightened as the agreement says; ValueError if it would be loosened."""
        if self.profile not in METERED:
            return self.rules
        for name in ("rounding", "quantile_side", "p_percent", "dominance", "siblings"):
            if getattr(self, name) is not None:
                raise ValueError(f"{name} has no meaning under the profile {self.profile}, whose noise protects")
        if self.perturbation is not Perturbation.NONE:
            raise ValueError(f"perturbation has no meaning under the profile {self.profile}, whose noise protects")
        return METERED[self.profile].tightened(self.minimum_count)

    @cached_property
    def rules(self) -> Rules:
        """Return the rules of a profile of rules, tightened; ValueError if they would be loosened."""
        rules = PROFILES[self.profile].tightened(
            minimum_count=self.minimum_count,
            rounding=self.rounding,
            quantile_side=self.quantile_side,
            p_percent=self.p_percent,
            dominance=None if self.dominance is None else (self.dominance.largest, self.dominance.share),
            siblings=self.siblings is not None,
        )
        if self.perturbation is Perturbation.NONE:
            return rules
        from commonweal.disclosure.perturbation import default_table  # it loads numpy, which a check does not need

        return rules.with_perturbation(default_table(rules.threshold))
