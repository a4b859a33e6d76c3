"""Agreements together: what waits for an organisation, who shares what with whom, and the calendar of reviews."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from fastapi import Request
from sqlalchemy import Connection
from starlette.responses import Response

from commonweal.agreement.calendar_file import MEDIA_TYPE, calendar_file
from commonweal.agreement.due import Due, calendar
from commonweal.agreement.flows import BOX_HEIGHT, BOX_WIDTH, Drawing, Flow, drawing, flows
from commonweal.agreement.term import day_of
from commonweal.identity.permission import Act, Thing
from commonweal.installation import Installation
from commonweal.installation.agreed import (
    REVIEW_WITHIN,
    InTray,
    in_tray,
    listed,
    organisations_of_people,
    titles,
)
from commonweal.web.agreed import sees
from commonweal.web.asker import Asker, Here, Signed
from commonweal.web.forms import page_router
from commonweal.web.page import Page, show
from commonweal.web.routes import has_page

router = page_router()


@dataclass(frozen=True, kw_only=True)
class InTrayPage(Page):
    """What waits for the person's organisation."""

    organisation: str
    tray: InTray
    names: Mapping[str, str]
    review_within: int
    is_officer: bool
    has_requests: bool


@dataclass(frozen=True, kw_only=True)
class MapPage(Page):
    """Who shares what with whom: the table, and its picture."""

    flows: tuple[Flow, ...]
    names: Mapping[str, str]
    drawing: Drawing
    box: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class CalendarPage(Page):
    """What is due, month by month; what is past by itself."""

    months: tuple[tuple[str, tuple[Due, ...]], ...]
    past: tuple[Due, ...]
    today: date


@router.get("/agreements/in-tray")
def in_tray_page(request: Request, installation: Here, asker: Signed) -> Response:
    """Show what waits for the person's organisation."""
    organisation = asker.person.organisation
    with installation.reading() as connection:
        tray = in_tray(installation, connection, organisation, sees(asker))
        names = titles(connection)
    page = InTrayPage(
        title=f"In-tray of {names.get(organisation, organisation)}",
        seen_by="everyone of your organisation; each sees the agreements that they may see",
        back=("/agreements", "Agreements"),
        organisation=organisation,
        tray=tray,
        names=names,
        review_within=REVIEW_WITHIN,
        is_officer=asker.may(Act.DRAFT_AGREEMENT, _own(asker)),
        has_requests=has_page(request, "/requests"),
    )
    return show(request, "agreements/in_tray.html", page)


@router.get("/agreements/map")
def map_page(request: Request, installation: Here, asker: Signed) -> Response:
    """Show who shares what with whom under the agreements in force that the person may see."""
    with installation.reading() as connection:
        names = titles(connection)
        found = shared_flows(installation, connection, asker)
    page = MapPage(
        title="Who shares what with whom",
        seen_by="everyone signed in; each sees the agreements that they may see",
        back=("/agreements", "Agreements"),
        flows=found,
        names=names,
        drawing=drawing(found, names),
        box=(BOX_WIDTH, BOX_HEIGHT),
    )
    return show(request, "agreements/map.html", page)


@router.get("/agreements/calendar")
def calendar_page(request: Request, installation: Here, asker: Signed) -> Response:
    """Show what is due under the agreements that the person may see."""
    with installation.reading() as connection:
        today = day_of(installation.ledger.now(connection))
        found = dues(installation, connection, asker)
    ahead = [due for due in found if due.day >= today]
    months = groupby(ahead, key=lambda due: f"{due.day:%B} {due.day.year}")
    page = CalendarPage(
        title="Review calendar",
        seen_by="everyone signed in; each sees the agreements that they may see",
        back=("/agreements", "Agreements"),
        months=tuple((month, tuple(days)) for month, days in months),
        past=tuple(reversed([due for due in found if due.day < today])),
        today=today,
    )
    return show(request, "agreements/calendar.html", page)


@router.get("/agreements/calendar.ics")
def calendar_download(installation: Here, asker: Signed) -> Response:
    """Give the calendar as a file for mail programs."""
    return as_calendar(installation, asker)


def as_calendar(installation: Installation, asker: Asker) -> Response:
    """Return the calendar of what the asker may see as an iCalendar file."""
    with installation.reading() as connection:
        now = installation.ledger.now(connection)
        found = dues(installation, connection, asker)
    settings = installation.settings
    text = calendar_file(found, name=f"Agreements, {settings.name}", address=settings.web.url.rstrip("/"), now=now)
    headers = {"Content-Disposition": 'attachment; filename="agreements.ics"'}
    return Response(text, headers=headers, media_type=MEDIA_TYPE)


def dues(installation: Installation, connection: Connection, asker: Asker) -> tuple[Due, ...]:
    """Return every day of the agreements that the asker may see, past ones too."""
    return calendar((each.agreement, each.standing) for each in listed(installation, connection, sees(asker)))


def shared_flows(installation: Installation, connection: Connection, asker: Asker) -> tuple[Flow, ...]:
    """Return the flows under the agreements in force that the asker may see."""
    running = [e.agreement for e in listed(installation, connection, sees(asker)) if e.standing.in_force]
    return flows(running, organisations_of_people(connection))


def _own(asker: Asker) -> Thing:
    return Thing(organisation=asker.person.organisation)
