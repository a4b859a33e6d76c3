"""Two versions of an agreement side by side, with their differences in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from commonweal.agreement.comparing import Difference, by_clause, compare, summary
from commonweal.agreement.document import Agreement
from commonweal.web.agreed import looked_at
from commonweal.web.agreement_view import badge, label
from commonweal.web.asker import Here, Signed
from commonweal.web.forms import page_router
from commonweal.web.page import Page, show

router = page_router()

EFFECT_COLOURS: Mapping[str, str] = {
    "loosened": "orange",
    "tightened": "green",
    "neither looser nor tighter": "yellow",
}


@dataclass(frozen=True, kw_only=True)
class ComparisonPage(Page):
    """What differs, by clause."""

    identifier: str
    first: Agreement
    second: Agreement
    versions: tuple[int, ...]
    summary: str
    clauses: tuple[tuple[str, tuple[Difference, ...]], ...]
    colours: Mapping[str, str]
    badges: Mapping[str, str]


@router.get("/agreements/{identifier}/compare")
def comparison_page(
    request: Request,
    installation: Here,
    asker: Signed,
    identifier: str,
    first: Annotated[int | None, Query(alias="from", ge=1, le=1_000_000)] = None,
    second: Annotated[int | None, Query(alias="to", ge=1, le=1_000_000)] = None,
) -> Response:
    """Show what differs; unless told, between the latest version and the one before it."""
    with installation.reading() as connection:
        latest = looked_at(installation, connection, asker, identifier)
        numbers = tuple(each.version for each in latest.versions)
        to = second or max(numbers)
        before = first or max((number for number in numbers if number < to), default=to)
        old = looked_at(installation, connection, asker, identifier, before).agreement
        new = looked_at(installation, connection, asker, identifier, to).agreement
    found = compare(old, new)
    page = ComparisonPage(
        title=f"What differs between versions {before} and {to}" if before != to else f"Version {to} beside itself",
        seen_by="the people both versions name and everyone of their parties",
        back=(f"/agreements/{identifier}", new.title),
        identifier=identifier,
        first=old,
        second=new,
        versions=numbers,
        summary=summary(found) if len(numbers) > 1 else "There is one version that you may see, so nothing to compare.",
        clauses=tuple((label(clause), differences) for clause, differences in by_clause(found).items()),
        colours=EFFECT_COLOURS,
        badges={each.enforcement.value: badge(each.enforcement).colour for each in found},
    )
    return show(request, "agreements/compare.html", page)
