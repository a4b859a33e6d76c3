"""Whether the parts of an agreement agree with each other, whatever the datasets hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.agreement.data import DatasetTerms, split_column
from commonweal.agreement.legal import Legal
from commonweal.agreement.parties import Party
from commonweal.agreement.people import NamedPerson
from commonweal.agreement.suggestion import did_you_mean

if TYPE_CHECKING:
    from commonweal.agreement.document import Agreement

Path = tuple[str | int, ...]
"""Where in the document something is: keys and positions from the top."""


@dataclass(frozen=True)
class Finding:
    """Something wrong at a place of the document; `grave` says that the agreement cannot be used as it stands."""

    path: Path
    message: str
    suggestion: str = ""
    grave: bool = True


@dataclass(frozen=True)
class Parts:
    """The parts that the checks look at, each with its position; parts that could not be read are absent."""

    version: int | None = None
    supersedes: int | None = None
    parties: tuple[tuple[int, Party], ...] = ()
    people: tuple[tuple[int, NamedPerson], ...] = ()
    legal: Legal | None = None
    data: tuple[tuple[int, DatasetTerms], ...] = ()
    links: tuple[tuple[int, tuple[str, str]], ...] = ()
    whole_parties: bool = True  # every party could be read, so that an absent one is really absent
    whole_data: bool = True  # likewise for the datasets
    nobody_asks: bool = False  # the document names no people at all

    @classmethod
    def of(cls, agreement: Agreement) -> Parts:
        """Return the parts of a whole agreement."""
        return cls(
            version=agreement.version,
            supersedes=agreement.supersedes,
            parties=tuple(enumerate(agreement.parties)),
            people=tuple(enumerate(agreement.people)),
            legal=agreement.legal,
            data=tuple(enumerate(agreement.data)),
            links=tuple(enumerate(agreement.links)),
            nobody_asks=not agreement.people,
        )


def inconsistencies(parts: Parts) -> Iterator[Finding]:
    """Yield every contradiction within the document."""
    yield from _repeated(parts)
    if parts.supersedes is not None and parts.version is not None and parts.supersedes != parts.version - 1:
        yield Finding(
            ("supersedes",), "`supersedes` must be the version before this one.", "It is optional: leave it out."
        )
    if parts.whole_parties:
        organisations = [party.organisation for _, party in parts.parties]
        for position, terms in parts.data:
            if terms.organisation not in organisations:
                yield Finding(
                    ("data", position, "dataset"),
                    f"`{terms.dataset}` belongs to `{terms.organisation}`, which is not a party to the agreement.",
                    f"Add {terms.organisation} to `parties`: nobody's data is shared without their signature.",
                )
    yield from _links(parts)


def _repeated(parts: Parts) -> Iterator[Finding]:
    """Yield what is named twice."""
    named: list[tuple[Path, str, str]] = []
    named += [(("parties", n, "organisation"), "party", party.organisation) for n, party in parts.parties]
    named += [(("people", n, "email"), "person", person.email.casefold()) for n, person in parts.people]
    named += [(("data", n, "dataset"), "dataset", terms.dataset) for n, terms in parts.data]
    named += [(("links", n), "link", " = ".join(sorted(link))) for n, link in parts.links]
    seen: set[tuple[str, str]] = set()
    for path, what, name in named:
        if (what, name) in seen:
            yield Finding(path, f"This {what} is named twice.", "Remove one of the two.")
        seen.add((what, name))


def _links(parts: Parts) -> Iterator[Finding]:
    """Yield links that join a column to itself, or whose ends are not granted as link columns."""
    granted = {terms.dataset: terms for _, terms in parts.data}
    for position, link in parts.links:
        if link[0] == link[1]:
            yield Finding(("links", position), "This link joins a column to itself.", "Name two different columns.")
        for side, end in enumerate(link):
            dataset, column = split_column(end)
            terms = granted.get(dataset)
            path: Path = ("links", position, side)
            if terms is None:
                if parts.whole_data:
                    yield Finding(
                        path, f"`{dataset}` is not among the shared datasets.", did_you_mean(dataset, granted)
                    )
                continue
            treatment = terms.columns.get(column)
            if treatment is None:
                yield Finding(
                    path, f"The column `{column}` of `{dataset}` is not shared.", did_you_mean(column, terms.columns)
                )
            elif treatment.name != "link":
                yield Finding(
                    path,
                    f"The column `{column}` of `{dataset}` is not shared as a link.",
                    f"Write `{column}: link` under `{dataset}`, or remove this link.",
                )
