"""Facts: everything that a finding may look at, gathered once. Plain values; no database, no engine, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from math import log10

from commonweal.agreement.document import Agreement
from commonweal.catalogue.contract import Column, Contract, Kind
from commonweal.deidentification.treatment import Treatment
from commonweal.risk.detail import levels
from commonweal.risk.measured import Measured
from commonweal.risk.released import NOTHING, Released
from commonweal.risk.subjects import Subject, granted, subjects
from commonweal.risk.traits import Sector, Trait, sector, traits


@dataclass(frozen=True)
class SharedColumn:
    """A column that the agreement shares: its contract, its treatment, what it is about and how fine it still is."""

    dataset: str
    column: Column
    treatment: Treatment
    traits: frozenset[Trait]
    levels: float

    @property
    def name(self) -> str:
        """Return ``dataset.column`` without the organisation, as analysts write it."""
        return f"{self.dataset.partition('/')[2]}.{self.column.name}"

    @property
    def kind(self) -> Kind | None:
        """Return the column's kind."""
        return self.column.kind


@dataclass(frozen=True)
class Facts:
    """An agreement, what it shares, who its parties are, and what is known of the data and of earlier releases.

    `measured` holds bands measured on the data, by the dataset of the subject; a subject that is missing there was not
    measured. Whatever rests on `measured` alone may not decide anything about a question.
    """

    agreement: Agreement
    contracts: Mapping[str, Contract]
    sectors: Mapping[str, Sector]
    today: date
    measured: Mapping[str, Measured] = field(default_factory=dict)
    released: Released = NOTHING

    @cached_property
    def columns(self) -> tuple[SharedColumn, ...]:
        """Return every shared column of a known dataset, in the agreement's order."""
        found = []
        for terms in self.agreement.data:
            for name, treatment in granted(self.agreement, self.contracts, terms.dataset).items():
                column = self.contracts[terms.dataset].by_name[name]
                found.append(
                    SharedColumn(
                        terms.dataset, column, treatment, traits(terms.dataset, column), levels(column, treatment)
                    )
                )
        return tuple(found)

    @cached_property
    def subjects(self) -> tuple[Subject, ...]:
        """Return whom the datasets count, with the quasi columns that can be asked of each."""
        return subjects(self.agreement, self.contracts)

    @cached_property
    def widest(self) -> Subject | None:
        """Return the subject with the most quasi columns, the first of them; None when there is none."""
        return max(self.subjects, key=lambda subject: len(subject.quasi), default=None)

    @property
    def width(self) -> int:
        """Return how many quasi columns the widest subject has."""
        return len(self.widest.quasi) if self.widest else 0

    @cached_property
    def detail(self) -> float:
        """Return the common logarithm of the number of classes that the finest subject's quasi columns could make."""
        fineness = {(shared.dataset, shared.column.name): log10(shared.levels) for shared in self.columns}
        return max((sum(fineness[each] for each in subject.quasi) for subject in self.subjects), default=0.0)

    def of_kind(self, *kinds: Kind) -> tuple[SharedColumn, ...]:
        """Return the shared columns of some kinds, links left out."""
        return tuple(each for each in self.columns if each.kind in kinds and each.treatment.name != "link")

    def with_trait(self, trait: Trait) -> tuple[SharedColumn, ...]:
        """Return the shared columns with a trait, links left out."""
        return tuple(each for each in self.columns if trait in each.traits and each.treatment.name != "link")

    @property
    def secrets(self) -> tuple[SharedColumn, ...]:
        """Return the sensitive and special columns that are shared."""
        return self.of_kind(Kind.SENSITIVE, Kind.SPECIAL)


def facts(
    agreement: Agreement,
    contracts: Mapping[str, Contract],
    *,
    today: date,
    titles: Mapping[str, str] | None = None,
    measured: Mapping[str, Measured] | None = None,
    released: Released = NOTHING,
) -> Facts:
    """Return the facts of an agreement; `titles` are the organisations' titles by name, where they are known."""
    known = titles or {}
    sectors = {name: sector(name, known.get(name, "")) for name in agreement.organisations}
    return Facts(agreement, contracts, sectors, today, measured or {}, released)
