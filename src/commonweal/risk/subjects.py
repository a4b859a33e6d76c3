"""Subjects: whom a dataset counts, and by which columns others could know them once datasets are joined.

A home's ward stands in one dataset and its tenants' ages in another; an agreement that links them lets both be asked of
one person. So the columns that matter are those of everything that can be joined to a dataset one to one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from commonweal.agreement.document import Agreement
from commonweal.agreement.links import domains
from commonweal.catalogue.contract import Contract, Kind
from commonweal.deidentification.treatment import Treatment


@dataclass(frozen=True)
class Join:
    """A dataset that is reached from another: equal values of two link columns, the second unique in its dataset."""

    dataset: str
    column: str
    other: str
    other_column: str


@dataclass(frozen=True)
class Subject:
    """The entities of one dataset (`kind`, for example person) with the quasi columns that can be asked of them."""

    dataset: str
    kind: str
    quasi: tuple[tuple[str, str], ...]
    joins: tuple[Join, ...] = ()

    @property
    def title(self) -> str:
        """Return the subject in words."""
        return f"{self.kind} in {self.dataset}"


def granted(agreement: Agreement, contracts: Mapping[str, Contract], reference: str) -> dict[str, Treatment]:
    """Return the columns of a dataset that are shared in some form, with their treatments; unknown ones left out."""
    terms, contract = agreement.terms(reference), contracts.get(reference)
    if terms is None or contract is None:
        return {}
    return {
        name: treatment
        for name, treatment in terms.columns.items()
        if treatment.name != "withhold" and name in contract.by_name
    }


def subjects(agreement: Agreement, contracts: Mapping[str, Contract]) -> tuple[Subject, ...]:
    """Return the subject of every dataset of the agreement whose contract is known, in the agreement's order."""
    known = [terms.dataset for terms in agreement.data if terms.dataset in contracts]
    return tuple(_subject(reference, known, agreement, contracts) for reference in known)


def _subject(base: str, known: list[str], agreement: Agreement, contracts: Mapping[str, Contract]) -> Subject:
    reached, joins = [base], list[Join]()
    for reference in reached:  # grows while it is read: what is reached is looked from in its turn
        for join in _joins(reference, known, agreement, contracts):
            if join.other not in reached:
                reached.append(join.other)
                joins.append(join)
    quasi = tuple(
        (reference, name)
        for reference in reached
        for name, treatment in granted(agreement, contracts, reference).items()
        if contracts[reference].by_name[name].kind is Kind.QUASI and treatment.name != "link"
    )
    entities = contracts[base].entities
    return Subject(base, entities[0].kind if entities else "row", quasi, tuple(joins))


def _joins(reference: str, known: list[str], agreement: Agreement, contracts: Mapping[str, Contract]) -> list[Join]:
    """Return the datasets that a dataset can be joined to without its rows being multiplied."""
    domain = domains(agreement.links)
    found = []
    for column in granted(agreement, contracts, reference):
        own = domain.get(f"{reference}.{column}")
        for other in known:
            for name in granted(agreement, contracts, other):
                linked = own is not None and domain.get(f"{other}.{name}") == own
                if other != reference and linked and contracts[other].by_name[name].unique:
                    found.append(Join(reference, column, other, name))
    return found
