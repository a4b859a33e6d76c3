"""The catalogue: what datasets there are, found by words and by what they are about."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from commonweal.catalogue.describing import JOINING
from commonweal.catalogue.search import LONGEST, Wanted
from commonweal.catalogue.standards import STANDARDS
from commonweal.identity.permission import Act, Thing
from commonweal.installation.involvement import all_that_stand
from commonweal.web.asker import Here, Signed
from commonweal.web.cards import (
    Agreed,
    Card,
    cards,
    datasets_of,
    found_in,
    index_of,
    may_ask_under,
    organisation_titles,
)
from commonweal.web.forms import page_router
from commonweal.web.page import Page, show
from commonweal.web.rooms import is_served

router = page_router()

A_PAGE = 20
ANY_AGREEMENT = "any"
"""The filter's word for: under any agreement that names me."""


@dataclass(frozen=True)
class Filters:
    """What is looked for, as the form shows it."""

    words: str
    organisation: str
    entity: str
    joins: str
    under: str


@dataclass(frozen=True, kw_only=True)
class CataloguePage(Page):
    """The datasets that were found, one page of them, and what can be chosen from."""

    cards: tuple[Card, ...]
    count: int
    partly: bool
    filters: Filters
    organisations: tuple[tuple[str, str], ...]
    entities: tuple[str, ...]
    joins: tuple[tuple[str, str], ...]
    agreements: tuple[Agreed, ...]
    previous: str
    next: str
    place: str
    is_empty: bool
    may_add: bool
    may_request: bool


@router.get("/catalogue")
def catalogue_page(
    request: Request,
    installation: Here,
    asker: Signed,
    q: str = "",
    organisation: str = "",
    entity: str = "",
    joins: str = "",
    under: str = "",
    page: int = 1,
) -> Response:
    """List the datasets that fit, best first, twenty at a time."""
    asker.must(Act.SEE_CATALOGUE)
    filters = Filters(q[:LONGEST], organisation, entity, joins, under)
    with installation.reading() as connection:
        stand = may_ask_under(all_that_stand(installation, connection), asker.person)
        chosen = stand if under == ANY_AGREEMENT else [each for each in stand if each.agreement.id == under]
        wanted = Wanted(filters.words, organisation, entity, joins, datasets_of(chosen) if under else None)
        found = found_in(request, connection, wanted)
        pages = max(1, -(-len(found.references) // A_PAGE))
        number = min(max(page, 1), pages)
        some = found.references[(number - 1) * A_PAGE : number * A_PAGE]
        shown = cards(connection, asker, some, stand)
        titles = organisation_titles(connection)
    own = Thing(organisation=asker.person.organisation)
    return show(
        request,
        "catalogue/list.html",
        CataloguePage(
            title="Catalogue",
            seen_by="everyone signed in",
            cards=shown,
            count=len(found.references),
            partly=found.partly,
            filters=filters,
            organisations=tuple(sorted(titles.items(), key=lambda each: each[1])),
            entities=index_of(request).entities(),
            joins=tuple((standard, STANDARDS[standard].title) for standard in JOINING),
            agreements=tuple(Agreed(each.agreement.id, each.agreement.title) for each in stand),
            previous=_address(filters, number - 1) if number > 1 else "",
            next=_address(filters, number + 1) if number < pages else "",
            place=f"{number} of {pages}",
            is_empty=wanted.is_empty and not found.references,
            may_add=asker.may(Act.ADD_DATASET, own),
            may_request=is_served(request, "/requests/new"),
        ),
    )


def _address(filters: Filters, number: int) -> str:
    """Return the address of another page of the same search."""
    asked = {
        "q": filters.words,
        "organisation": filters.organisation,
        "entity": filters.entity,
        "joins": filters.joins,
        "under": filters.under,
        "page": str(number),
    }
    return "/catalogue?" + urlencode({name: value for name, value in asked.items() if value})
