"""The library: reusable agreements to start from, one of them to read, and a clause as two of them have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from commonweal.agreement.drafting.parts import PARTS
from commonweal.agreement.drafting.places import put, value_at
from commonweal.agreement.drafting.question import Part
from commonweal.agreement.drafting.writing import as_yaml, fragment
from commonweal.agreement.library.shipped import Reusable
from commonweal.identity.permission import Act
from commonweal.installation import drafting
from commonweal.web.asker import Here, Signed
from commonweal.web.forms import page_router
from commonweal.web.page import Page, show
from commonweal.web.pages.draft_part import part_named
from commonweal.web.pages.drafts import own

router = page_router()


@dataclass(frozen=True, kw_only=True)
class LibraryPage(Page):
    """The agreements of the library."""

    library: tuple[Reusable, ...]
    parts: tuple[Part, ...]
    may_draft: bool


@dataclass(frozen=True, kw_only=True)
class ReusablePage(Page):
    """One agreement of the library, by its clauses."""

    reusable: Reusable
    clauses: tuple[tuple[Part, str], ...]
    text: str
    may_draft: bool


@dataclass(frozen=True, kw_only=True)
class ClausesPage(Page):
    """A clause as two agreements of the library have it, side by side."""

    part: Part
    parts: tuple[Part, ...]
    library: tuple[Reusable, ...]
    left: Reusable
    right: Reusable
    both: tuple[str, str]


@router.get("/agreements/library")
def library_page(request: Request, installation: Here, asker: Signed) -> Response:
    """List the reusable agreements."""
    with installation.reading() as connection:
        found = drafting.library(installation, connection)
    page = LibraryPage(
        title="Library of agreements",
        seen_by="everyone signed in",
        back=("/agreements", "Agreements"),
        library=found,
        parts=PARTS,
        may_draft=asker.may(Act.DRAFT_AGREEMENT, own(asker)),
    )
    return show(request, "library/list.html", page)


@router.get("/agreements/library/clauses")
def clauses_page(
    request: Request,
    installation: Here,
    _asker: Signed,
    part: Annotated[str, Query(max_length=40)] = "law",
    left: Annotated[str, Query(max_length=80)] = "",
    right: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """Show a clause side by side."""
    chosen = part_named(part)
    with installation.reading() as connection:
        found = drafting.library(installation, connection)
        one = drafting.in_library(installation, connection, left or found[0].name)
        other = drafting.in_library(installation, connection, right or found[1].name)
    page = ClausesPage(
        title=f"Clauses side by side: {chosen.title}",
        seen_by="everyone signed in",
        back=("/agreements/library", "Library"),
        part=chosen,
        parts=PARTS,
        library=found,
        left=one,
        right=other,
        both=(clause(one, chosen), clause(other, chosen)),
    )
    return show(request, "library/clauses.html", page)


@router.get("/agreements/library/{name}")
def reusable_page(request: Request, installation: Here, asker: Signed, name: str) -> Response:
    """Show one reusable agreement."""
    with installation.reading() as connection:
        found = drafting.in_library(installation, connection, name)
    page = ReusablePage(
        title=found.title,
        seen_by="everyone signed in",
        back=("/agreements/library", "Library"),
        reusable=found,
        clauses=tuple((part, clause(found, part)) for part in PARTS),
        text=as_yaml(found.own()),
        may_draft=asker.may(Act.DRAFT_AGREEMENT, own(asker)),
    )
    return show(request, "library/show.html", page)


def clause(reusable: Reusable, part: Part) -> str:
    """Return a part of an agreement of the library as YAML, to be read and copied; nothing when it has none."""
    source = reusable.own()
    if part.name == "columns":
        data = [
            {"dataset": terms.get("dataset"), "columns": terms.get("columns", {})} for terms in source.get("data", [])
        ]
        return fragment({"data": data}) if data else ""
    if part.name == "data":
        for terms in source.get("data", []):
            terms.pop("columns", None)
        return fragment({"data": source["data"]}) if source.get("data") else ""
    found: dict[str, object] = {}
    for path in part.paths:
        if value_at(source, path) is not None:
            put(found, path, value_at(source, path))
    return fragment(found) if found else ""
