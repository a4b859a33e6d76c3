"""The catalogue for other catalogues (DCAT-AP), open to everybody unless the settings close it, and what its addresses name."""

from __future__ import annotations

import hashlib
from typing import cast

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from commonweal.catalogue.dcat import Offer, Part, catalogue_graph, dataset_graph, written
from commonweal.catalogue.document import content_hash
from commonweal.errors import NotFound, SignInNeeded
from commonweal.identity.permission import Act
from commonweal.installation import Installation
from commonweal.installation.public_catalogue import offer_of, public_offers, publication
from commonweal.web.asker import Asker, Here, Visitor
from commonweal.web.forms import page_router
from commonweal.web.pages.dataset import dataset_named

router = page_router()

A_PAGE = 100
"""Datasets in one page of the feed: written in about a second."""

FORMS = {"ttl": ("turtle", "text/turtle; charset=utf-8"), "jsonld": ("json-ld", "application/ld+json")}
_KEPT = 64


@router.get("/catalogue.ttl")
def turtle(request: Request, installation: Here, visitor: Visitor, page: int = 1) -> Response:
    """Hand out the public catalogue as Turtle."""
    return _feed(request, installation, visitor, "ttl", page)


@router.get("/catalogue.jsonld")
def json_ld(request: Request, installation: Here, visitor: Visitor, page: int = 1) -> Response:
    """Hand out the public catalogue as JSON-LD."""
    return _feed(request, installation, visitor, "jsonld", page)


@router.get("/catalogue/{organisation}/{name}.ttl")
def one(installation: Here, visitor: Visitor, organisation: str, name: str) -> Response:
    """Hand out the description of one dataset: a public one to everybody, any to those who are signed in."""
    if visitor is None:
        _must_be_open(installation, visitor)
        with installation.reading() as connection:
            public = {each.dataset.reference: each for each in public_offers(installation, connection)}
        offer = public.get(f"{organisation}/{name}")
        if offer is None:
            raise NotFound("There is no public dataset of that name.", remedy="See /catalogue.ttl for those there are.")
    else:
        visitor.must(Act.SEE_CATALOGUE)
        dataset = dataset_named(installation, organisation, name)
        with installation.reading() as connection:
            offer = offer_of(installation, connection, dataset)
    text = written(dataset_graph(offer, publication(installation)), "turtle")
    return Response(text, media_type=FORMS["ttl"][1])


@router.get("/datasets/{organisation}/{name}")
def named(organisation: str, name: str) -> Response:
    """Lead from the address that names a dataset to the page about it."""
    return RedirectResponse(f"/catalogue/{organisation}/{name}", 303)


def _feed(request: Request, installation: Installation, visitor: Asker | None, form: str, page: int) -> Response:
    _must_be_open(installation, visitor)
    with installation.reading() as connection:
        offers = public_offers(installation, connection)
    pages = max(1, -(-len(offers) // A_PAGE))
    if not 1 <= page <= pages:
        raise NotFound("There is no such page of the catalogue.", remedy=f"There are {pages}: begin with the first.")
    tag = f'"{_digest(offers, form, page)}"'
    headers = {"ETag": tag, "Cache-Control": "public, max-age=300" if visitor is None else "no-store"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(_text(request, installation, offers, form, page, tag), media_type=FORMS[form][1], headers=headers)


def _text(
    request: Request, installation: Installation, offers: tuple[Offer, ...], form: str, page: int, tag: str
) -> str:
    """Return a page of the feed, kept as long as nothing in it changes: writing it takes longer than finding it."""
    kept = cast("dict[str, str]", getattr(request.app.state, "feed", None) or {})
    request.app.state.feed = kept
    if tag not in kept:
        some = offers[(page - 1) * A_PAGE : page * A_PAGE]
        graph = catalogue_graph(some, publication(installation), _part(installation, form, page, len(offers)))
        if len(kept) >= _KEPT:
            kept.clear()
        kept[tag] = written(graph, FORMS[form][0])
    return kept[tag]


def _part(installation: Installation, form: str, page: int, total: int) -> Part:
    pages = max(1, -(-total // A_PAGE))

    def address(number: int) -> str:
        return f"{installation.settings.web.url}/catalogue.{form}?page={number}" if 1 <= number <= pages else ""

    return Part(address(page), address(1), address(pages), address(page + 1), address(page - 1), total)


def _digest(offers: tuple[Offer, ...], form: str, page: int) -> str:
    """Return what a page of the feed is made of, as a hash."""
    made_of = [
        (
            each.dataset.reference,
            content_hash(each.dataset.contract),
            each.dataset.snapshot.as_of,
            each.policies,
            each.contact,
        )
        for each in offers
    ]
    return hashlib.sha256(repr((form, page, made_of)).encode()).hexdigest()[:32]


def _must_be_open(installation: Installation, visitor: Asker | None) -> None:
    if visitor is None and not installation.settings.web.public_catalogue:
        raise SignInNeeded(
            "Sign in first.", why="The catalogue of this installation is not public.", remedy="Sign in to read it."
        )
