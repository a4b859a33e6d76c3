"""The ledger's entries, newest first, and searching them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from urllib.parse import urlencode

from fastapi import Request
from sqlalchemy import Connection
from starlette.responses import Response

from commonweal.catalogue import store as catalogue
from commonweal.errors import BadInput
from commonweal.identity.permission import Act
from commonweal.identity.person import normalised_email
from commonweal.installation import Installation
from commonweal.installation.entry_words import SHORT, in_words, kind_in_words, person_of
from commonweal.installation.overseeing import overseen_by
from commonweal.ledger.entry import Entry
from commonweal.ledger.head import read_head
from commonweal.ledger.searching import Sought, search
from commonweal.web.asker import Asker, Here, Signed
from commonweal.web.entry_reading import concerns
from commonweal.web.forms import page_router
from commonweal.web.page import Page, show

router = page_router()

A_PAGE = 50

_KEEPERS = "officers, heads of service and administrators: what concerns their organisation"

KINDS = (
    ("question", "Questions"),
    ("output", "Output checking"),
    ("agreement", "Agreements"),
    ("dataset", "Datasets"),
    ("organisation", "Organisations"),
    ("person", "People"),
    ("meter", "The meter"),
    ("report", "Reports of who used data"),
    ("treated", "Treated tables deleted"),
    ("snapshot", "Snapshots deleted"),
)
"""The first words of kinds that can be chosen, and what they are called."""


@dataclass(frozen=True)
class EntryLine:
    """One entry of a list: its number, when, what it says, and who did it (``you``, or the beginning of a hash)."""

    index: int
    time: datetime
    words: str
    kind: str
    who: str
    clock_went_back: bool


@dataclass(frozen=True)
class Asked:
    """What is looked for, as the form shows it."""

    person: str = ""
    dataset: str = ""
    agreement: str = ""
    kind: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True, kw_only=True)
class LedgerPage(Page):
    """A page of entries, and how to come to the older ones."""

    lines: tuple[EntryLine, ...]
    asked: Asked
    size: int
    older: str
    kinds: tuple[tuple[str, str], ...]
    datasets: tuple[str, ...]
    sees_all: bool
    may_report: bool
    is_search: bool


@router.get("/ledger")
def ledger_page(
    request: Request,
    installation: Here,
    asker: Signed,
    person: str = "",
    dataset: str = "",
    agreement: str = "",
    kind: str = "",
    since: str = "",
    until: str = "",
    before: int | None = None,
) -> Response:
    """List entries, newest first, fifty at a time; those who may not see all see what names them."""
    asked = Asked(person.strip(), dataset.strip(), agreement.strip(), kind.strip(), since.strip(), until.strip())
    problems: dict[str, str] = {}
    sees_all = asker.may(Act.SEE_LEDGER)
    sought = sought_by(installation, asked, problems)
    with installation.reading() as connection:
        found = (
            [] if problems else entries_for(installation, connection, asker, replace(sought, before=before), A_PAGE + 1)
        )
        lines = tuple(line(installation, asker, each) for each in found[:A_PAGE])
        names = tuple(key.reference for key in catalogue.keys(connection)) if sees_all else ()
        size = _size(connection)
    older = ""
    if len(found) > A_PAGE:
        given = {name: value for name, value in vars(asked).items() if value}
        older = "/ledger?" + urlencode(given | {"before": str(found[A_PAGE - 1].index)})
    return show(
        request,
        "ledger/list.html",
        LedgerPage(
            title="Ledger",
            seen_by="officers, heads of service and administrators: what concerns their organisation"
            if sees_all
            else "you: only what names you",
            problems=problems,
            lines=lines,
            asked=asked,
            size=size,
            older=older,
            kinds=KINDS,
            datasets=names,
            sees_all=sees_all,
            may_report=asker.may(Act.SEE_WHO),
            is_search=asked != Asked(),
        ),
    )


def entries_for(
    installation: Installation, connection: Connection, asker: Asker, sought: Sought, limit: int
) -> list[Entry]:
    """Return the newest entries that fit and that this person may list: their organisation's, or only their own."""
    own = installation.ledger.person_hash(asker.person.email)
    if asker.may(Act.SEE_LEDGER):
        overseen = overseen_by(connection, asker.person.organisation)
        fitting = search(connection, sought)
        theirs = (each for each in fitting if concerns(each, own) or overseen.holds(connection, each))
    else:
        theirs = (each for each in search(connection, replace(sought, person=own)) if concerns(each, own))
    return list(islice(theirs, limit))


def sought_by(installation: Installation, asked: Asked, problems: dict[str, str]) -> Sought:
    """Return what a form looks for; what cannot be read is noted at its field."""
    digest = ""
    if asked.person:
        try:
            digest = installation.ledger.person_hash(normalised_email(asked.person))
        except BadInput as error:
            problems["person"] = f"{error.message} {error.remedy}"
    start, end = (_day(name, text, problems) for name, text in (("since", asked.since), ("until", asked.until)))
    return Sought(
        kind=asked.kind,
        agreement=asked.agreement,
        person=digest,
        dataset=asked.dataset,
        since=start,
        until=end + timedelta(days=1) if end is not None else None,
    )


def line(installation: Installation, asker: Asker, entry: Entry) -> EntryLine:
    """Return an entry as a line of a list."""
    digest = person_of(entry)
    own = digest == installation.ledger.person_hash(asker.person.email)
    who = "you" if own else f"{digest[:SHORT]}…" if digest else ""
    return EntryLine(
        entry.index, entry.time, in_words(entry), kind_in_words(entry.kind), who, entry.clock_went_back is not None
    )


def _size(connection: Connection) -> int:
    head = read_head(connection)
    return head.size if head else 0


def _day(name: str, text: str, problems: dict[str, str]) -> datetime | None:
    """Return the first moment (UTC) of a day, which is written as in a date field."""
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
    except ValueError:
        problems[name] = "Write the day as 2026-11-24."
        return None
