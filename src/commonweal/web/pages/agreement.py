"""One agreement: what it is for, what it is worth, what is shared, who signed, what was asked and spent; and its files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated

from fastapi import Query, Request
from sqlalchemy import Connection
from starlette.responses import Response

from commonweal.agreement import store
from commonweal.agreement.clause_comments.store import ClauseComment, comments
from commonweal.agreement.document import Agreement
from commonweal.agreement.drafting.parts import PARTS
from commonweal.agreement.drafting.question import Part
from commonweal.agreement.due import written
from commonweal.agreement.exporting import MEDIA_TYPES, Format, exported, file_name
from commonweal.agreement.fields import Enforcement, split, split_sentence
from commonweal.agreement.showing import purpose_paragraph
from commonweal.agreement.standing import Event, suspended_by
from commonweal.agreement.state import Act as Move
from commonweal.agreement.state import may as can
from commonweal.catalogue import store as catalogue
from commonweal.errors import NotFound
from commonweal.gateway.siblings.store import Siblings, siblings
from commonweal.identity import store as identity
from commonweal.identity.permission import Act
from commonweal.installation import Installation
from commonweal.installation.agreed import AskedOn, Seen, about, asked_under, meter_of, titles
from commonweal.ledger.reading import entries
from commonweal.risk import store as assessments
from commonweal.risk.showing import in_short
from commonweal.risk.store import Kept
from commonweal.web.agreed import looked_at, may_do
from commonweal.web.agreement_view import (
    BADGES,
    LEVEL_COLOURS,
    Badge,
    ClauseGroup,
    SharedDataset,
    clause_groups,
    shared_datasets,
)
from commonweal.web.asker import Asker, Here, Signed
from commonweal.web.forms import page_router
from commonweal.web.page import Page, show

if TYPE_CHECKING:
    from commonweal.gateway.metered.accounts import Account

router = page_router()

Version = Annotated[int | None, Query(ge=1, le=1_000_000)]
"""A version in an address; none: the one that counts today."""

ASKED_DAYS = 30
"""Days whose questions are counted on the page."""

STOPS = (Move.SUSPEND, Move.RESUME, Move.WITHDRAW, Move.END)


@dataclass(frozen=True)
class Named:
    """Somebody who may ask: address, name and organisation as known here, role, and why they are named."""

    email: str
    name: str
    organisation: str
    role: str
    reason: str
    accreditation: str


@dataclass(frozen=True, kw_only=True)
class AgreementPage(Page):
    """Everything about one version."""

    document: Agreement
    seen: Seen
    names: Mapping[str, str]
    purpose: str
    split: tuple[tuple[Badge, int], ...]
    split_sentence: str
    groups: tuple[ClauseGroup, ...]
    datasets: tuple[SharedDataset, ...]
    people: tuple[Named, ...]
    signatures: tuple[tuple[str, datetime | None], ...]
    events: tuple[Event, ...]
    risk: Kept | None
    risk_in_short: str
    level_colours: Mapping[str, str]
    meter: tuple[Account, ...] | None
    asked: tuple[AskedOn, ...]
    asked_days: int
    siblings: tuple[Siblings, ...] | None
    may_sign: bool
    stops: tuple[Move, ...]
    may_propose: bool
    sees_ledger: bool
    comments: tuple[ClauseComment, ...]
    may_comment: bool
    parts: tuple[Part, ...]


@router.get("/agreements/{identifier}")
def agreement_page(
    request: Request, installation: Here, asker: Signed, identifier: str, version: Version = None
) -> Response:
    """Show an agreement: the version that counts today, or another."""
    with installation.reading() as connection:
        page = _page(installation, connection, asker, looked_at(installation, connection, asker, identifier, version))
    return show(request, "agreements/show.html", page)


@router.get("/agreements/{identifier}/export")
def export(
    installation: Here, asker: Signed, identifier: str, form: Annotated[Format, Query(alias="format")] = Format.YAML,
    version: Version = None,
) -> Response:  # fmt: skip
    """Give an agreement as a file."""
    with installation.reading() as connection:
        document = looked_at(installation, connection, asker, identifier, version).agreement
    return as_file(document, form, installation.settings.web.url)


def as_file(document: Agreement, form: Format, address: str) -> Response:
    """Return an agreement as a file to keep."""
    headers = {"Content-Disposition": f'attachment; filename="{file_name(document, form)}"'}
    text = exported(document, form, f"{address.rstrip('/')}/")
    return Response(text, headers=headers, media_type=MEDIA_TYPES[form])


@router.get("/agreements/{identifier}/risk.svg")
def risk_picture(installation: Here, asker: Signed, identifier: str, version: Version = None) -> Response:
    """Give the picture of the newest assessment; the table beside it says the same."""
    with installation.reading() as connection:
        document = looked_at(installation, connection, asker, identifier, version).agreement
        kept = assessments.latest(connection, document)
    if kept is None:
        raise NotFound("This version has not been assessed.", remedy="An officer of a party can have it assessed.")
    return Response(_picture(kept.hash, json.dumps(kept.result)), media_type="image/svg+xml")


@lru_cache(maxsize=64)
def _picture(_digest: str, canonical: str) -> str:
    """Return the picture of a result; remembered by its hash, which says everything that the picture rests on."""
    from commonweal.risk.picture import svg  # imported when used: the renderer takes a while to load

    return svg(json.loads(canonical))


def _page(installation: Installation, connection: Connection, asker: Asker, found: Seen) -> AgreementPage:
    document = found.agreement
    now = installation.ledger.now(connection)
    kept = assessments.latest(connection, document)
    signed = {s.organisation: s.signed_at for s in store.signatures(connection, document.id, document.version)}
    events = store.events(connection, document.id)
    pairs = siblings(connection, document.id) if may_do(asker, Act.SEE_SIBLINGS, found, connection) else None
    counts = split()
    may_comment = asker.may(Act.COMMENT_ON_AGREEMENT, about(document))
    contracts = {dataset.reference: dataset.contract for dataset in catalogue.datasets(connection)}
    last = next(entries(connection, kind="agreement", agreement=document.id, limit=1), None)
    return AgreementPage(
        title=document.title,
        seen_by="the people it names and everyone of its parties",
        entry=last.index if last else None,
        back=("/agreements", "Agreements"),
        document=document,
        seen=found,
        names=titles(connection),
        purpose=purpose_paragraph(document),
        split=tuple((each, counts[Enforcement(each.words)]) for each in BADGES),
        split_sentence=split_sentence(),
        groups=clause_groups(document),
        datasets=shared_datasets(document, contracts),
        people=_named(connection, document),
        signatures=tuple((name, signed.get(name)) for name in document.organisations),
        events=tuple(reversed(events)),
        risk=kept,
        risk_in_short=in_short(kept.result) if kept else "",
        level_colours=LEVEL_COLOURS,
        meter=meter_of(connection, document) if asker.may(Act.SEE_METER, about(document)) else None,
        asked=asked_under(connection, document.id, now, ASKED_DAYS),
        asked_days=ASKED_DAYS,
        siblings=pairs,
        may_sign=may_sign(asker, found, connection),
        stops=_stops(asker, found, connection, events),
        may_propose=may_do(asker, Act.PROPOSE_AGREEMENT, found, connection),
        sees_ledger=asker.may(Act.SEE_LEDGER),
        comments=comments(connection, document.reference) if may_comment else (),
        may_comment=may_comment,
        parts=PARTS,
    )


def may_sign(asker: Asker, found: Seen, connection: Connection) -> bool:
    """Return whether the asker's organisation can sign the version that is looked at: the latest, not signed by it yet."""
    document = found.agreement
    signed = {each.organisation for each in store.signatures(connection, document.id, document.version)}
    return (
        document.version == found.latest
        and asker.may(Act.SIGN_AGREEMENT, about(document))
        and asker.person.organisation not in signed
        and can(found.standing.state, Move.SIGN)
    )


def _stops(asker: Asker, found: Seen, connection: Connection, events: tuple[Event, ...]) -> tuple[Move, ...]:
    """Return what the asker's organisation can do to the version that counts."""
    if found.agreement.version != found.counting or not may_do(asker, Act.STOP_AGREEMENT, found, connection):
        return ()
    ours = suspended_by([event for event in events if event.version >= found.agreement.version])
    held = asker.person.organisation in ours
    possible = [move for move in STOPS if can(found.standing.state, move)]
    return tuple(move for move in possible if move not in (Move.RESUME, Move.SUSPEND) or (move is Move.RESUME) == held)


def _named(connection: Connection, document: Agreement) -> tuple[Named, ...]:
    known = {person.email.casefold(): person for person in identity.people(connection)}
    found = []
    for person in document.people:
        here = known.get(person.email.casefold())
        held = person.accreditation
        found.append(
            Named(
                email=person.email,
                name=here.name if here else "",
                organisation=here.organisation if here else "",
                role=person.role.value,
                reason=person.reason or "",
                accreditation=f"{held.scheme}, until {written(held.until)}" if held else "",
            )
        )
    return tuple(found)
