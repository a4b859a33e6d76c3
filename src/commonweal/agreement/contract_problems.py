"""Whether an agreement fits what exists: datasets, columns and their kinds, organisations and people."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from commonweal.agreement.column_types import joinable
from commonweal.agreement.consistency import Finding, Parts, Path
from commonweal.agreement.data import DatasetTerms, split_column
from commonweal.agreement.rows import row_mistakes, rows_expression
from commonweal.agreement.suggestion import did_you_mean
from commonweal.catalogue.contract import Column, Contract, Kind
from commonweal.deidentification.reading import read_treatment
from commonweal.deidentification.treatment import Treatment


def _enforced(*words: str) -> tuple[str, ...]:
    """Return those of the treatments that something carries out in this version."""

    def is_enforced(word: str) -> bool:
        try:
            read_treatment(word)
        except ValueError:
            return False
        return True

    return tuple(filter(is_enforced, words))


_ONLY = {
    Kind.IDENTIFIER: _enforced("withhold", "pseudonym"),
    Kind.TEXT: _enforced("withhold", "redact"),
    Kind.LINK: _enforced("link", "withhold"),
}
"""The treatments that a kind of column may have; the other kinds may have any but ``link``."""


def contract_findings(
    parts: Parts, contracts: Mapping[str, Contract], organisations: Collection[str], people: Mapping[str, str] | None
) -> Iterator[Finding]:
    """Yield everything about an agreement that does not fit the datasets, organisations and people that exist.

    `people` maps e-mail addresses to organisations; None when it is not known who exists.
    """
    yield from _organisations(parts, organisations)
    if people is not None:
        yield from _people(parts, people)
    for position, terms in parts.data:
        path: Path = ("data", position)
        contract = contracts.get(terms.dataset)
        if contract is None:
            yield Finding(
                (*path, "dataset"), f"There is no dataset `{terms.dataset}`.", did_you_mean(terms.dataset, contracts)
            )
            continue
        for name, treatment in terms.columns.items():
            yield from _column(parts, (*path, "columns", name), terms, contract.by_name.get(name), treatment, contract)
        condition = rows_expression(terms)
        if condition is not None:
            for message, suggestion in row_mistakes(condition, contract):
                yield Finding((*path, "rows"), message, suggestion)
    yield from _links(parts, contracts)


def _organisations(parts: Parts, organisations: Collection[str]) -> Iterator[Finding]:
    """Yield parties that the installation does not know: they have no key, so they cannot sign."""
    for position, party in parts.parties:
        if party.organisation not in organisations:
            near = did_you_mean(party.organisation, organisations)
            yield Finding(
                ("parties", position, "organisation"),
                f"`{party.organisation}` is not an organisation of this installation, so it cannot sign.",
                f"{near} `commonweal organisation add {party.organisation}` adds it.".strip(),
            )


def _people(parts: Parts, people: Mapping[str, str]) -> Iterator[Finding]:
    """Yield people who are not known yet, and people whose organisation is not a party."""
    known = {email.casefold(): organisation for email, organisation in people.items()}
    parties = [party.organisation for _, party in parts.parties]
    for position, person in parts.people:
        path: Path = ("people", position, "email")
        organisation = known.get(person.email.casefold())
        if organisation is None:
            yield Finding(
                path,
                "Nobody with this address is known yet, so they cannot ask.",
                "`commonweal person add` adds them; " + (did_you_mean(person.email, known) or "look at the spelling."),
                grave=False,
            )
        elif organisation not in parties and parts.whole_parties:
            yield Finding(
                path,
                f"This person belongs to `{organisation}`, which is not a party.",
                f"Add {organisation} to `parties`.",
            )


def _column(
    parts: Parts, path: Path, terms: DatasetTerms, column: Column | None, treatment: Treatment, contract: Contract
) -> Iterator[Finding]:
    """Yield what is wrong with one column's treatment."""
    name = str(path[-1])
    if column is None:
        yield Finding(path, f"`{terms.dataset}` has no column `{name}`.", did_you_mean(name, contract.by_name))
        return
    if treatment.name == "withhold":
        return
    if column.kind is None:
        yield Finding(
            path,
            f"The column `{name}` of `{terms.dataset}` is not classified, so it cannot be shared.",
            "Give it a kind in its contract, or write `withhold`.",
        )
        return
    allowed = _ONLY.get(column.kind)
    if allowed is not None and treatment.name not in allowed:
        yield Finding(
            path,
            f"`{name}` is of kind {column.kind}, so it can only have {' or '.join(f'`{word}`' for word in allowed)}.",
        )
    elif allowed is None and treatment.name == "link":
        yield Finding(
            path,
            f"`{name}` is of kind {column.kind}; only link columns can be linked.",
            "Write `keep`, or withhold it.",
        )
    else:
        reason = treatment.applies_to(column.physical_type)
        if reason:
            yield Finding(path, f"The treatment does not fit the column `{name}`: {reason}")
    yield from _conditions(parts, path, column)


def _conditions(parts: Parts, path: Path, column: Column) -> Iterator[Finding]:
    """Yield the legal conditions that a shared column needs and the agreement lacks."""
    if parts.legal is None:
        return
    offence = "offence" in column.standard or "conviction" in column.standard
    if offence and parts.legal.criminal_offence is None and parts.legal.law_enforcement is None:
        yield Finding(
            path,
            f"`{column.name}` is about offences, and the agreement names no condition for that.",
            "Add `legal.criminal_offence` (UK GDPR Article 10).",
            grave=False,
        )
    if column.kind is Kind.SPECIAL and not offence and parts.legal.special_category is None:
        yield Finding(
            path,
            f"`{column.name}` is special category data, and the agreement names no condition for sharing it.",
            "Add `legal.special_category` (UK GDPR Article 9), or withhold the column.",
        )


def _links(parts: Parts, contracts: Mapping[str, Contract]) -> Iterator[Finding]:
    """Yield links whose ends hold different things."""
    for position, link in parts.links:
        ends = [(contracts.get(dataset), column) for dataset, column in map(split_column, link)]
        columns = [contract.by_name.get(column) for contract, column in ends if contract is not None]
        if len(columns) != 2 or columns[0] is None or columns[1] is None:
            continue  # said already, at the dataset or at the column
        left, right = columns[0], columns[1]
        if not joinable(left.physical_type, right.physical_type):
            yield Finding(
                ("links", position),
                f"These columns cannot be joined: one is {left.physical_type}, the other {right.physical_type}.",
                "Give both the same type in their contracts.",
            )
        elif left.standard and right.standard and left.standard != right.standard:
            yield Finding(
                ("links", position),
                f"These columns hold different things: {left.standard} and {right.standard}.",
                "Look whether this is the link that is meant.",
                grave=False,
            )


def advice(parts: Parts) -> Iterator[Finding]:
    """Yield what a careful officer would ask, none of it grave."""
    if parts.nobody_asks:
        yield Finding(("people",), "No people are named, so nobody can ask.", "Add `people`.", grave=False)
    for position, party in parts.parties:
        if party.dpo is None:
            yield Finding(
                ("parties", position),
                f"No data protection officer is named for `{party.organisation}`.",
                "Public authorities have one (UK GDPR Article 37): add `dpo`.",
                grave=False,
            )
    for position, terms in parts.data:
        if terms.because is None:
            yield Finding(
                ("data", position),
                f"Nothing says why `{terms.dataset}` is needed.",
                "Add `because`: data minimisation asks for a reason.",
                grave=False,
            )
