"""Agreements, for programs: everything that the pages do."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any

from fastapi import Path, Query, Request
from starlette.responses import JSONResponse, Response

from commonweal.agreement import store
from commonweal.agreement.comparing import compare, summary
from commonweal.agreement.due import due_within
from commonweal.agreement.exporting import Format
from commonweal.agreement.reading import Severity
from commonweal.agreement.showing import agreement_as_dict, agreement_in_short
from commonweal.agreement.state import Act as Move
from commonweal.agreement.term import day_of
from commonweal.errors import BadInput
from commonweal.identity.permission import Act, Thing
from commonweal.installation import Installation, agreeing
from commonweal.installation.agreed import about, listed
from commonweal.risk import store as assessments
from commonweal.web.agreed import looked_at, may_be_added, must_do, sees
from commonweal.web.api.agreement_shapes import (
    Added,
    Agreements,
    AgreementShown,
    Checked,
    Comparison,
    Dues,
    Flows,
    Reason,
    SignedVersion,
    Standing,
    Text,
    ToSign,
    Versions,
)
from commonweal.web.api.problems import problems
from commonweal.web.api.routing import api_router
from commonweal.web.asker import Asker, Here, Signed
from commonweal.web.pages.agreement import as_file
from commonweal.web.pages.agreement_overviews import as_calendar, dues, shared_flows
from commonweal.web.step_up import must_be_fresh

router = api_router("/api/agreements", "agreements")

Identifier = Annotated[str, Path(max_length=63, description="An agreement's id.", examples=["arrears-and-care"])]

Version = Annotated[int | None, Query(ge=1, le=1_000_000, description="A version; else the one that counts today.")]

_A_CALENDAR: dict[int | str, dict[str, Any]] = {
    200: {"description": "An iCalendar file.", "content": {"text/calendar": {"schema": {"type": "string"}}}}
}

_A_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The document.",
        "content": {
            "application/yaml": {"schema": {"type": "object"}},
            "application/json": {"schema": {"type": "object"}},
            "application/ld+json": {"schema": {"type": "object"}},
        },
    }
}


@router.get("", responses=problems())
def agreements(
    installation: Here,
    asker: Signed,
    limit: Annotated[int, Query(ge=1, le=200, description="At most so many.")] = 50,
    cursor: Annotated[str, Query(max_length=80, description="The next_cursor of the page before.")] = "",
    state: Annotated[str, Query(max_length=40, description="Only those in this state.", examples=["in-force"])] = "",
) -> Agreements:
    """List the agreements that the person may see: the versions that count today, and newer ones on their way."""
    with installation.reading() as connection:
        found = listed(installation, connection, sees(asker))
    lines = [agreement_in_short(e.agreement, e.standing) for e in found if not state or e.standing.state.value == state]
    after = _after(cursor)
    rest = [each for each in lines if (each["id"], each["version"]) > after]
    page = rest[:limit]
    following = f"{page[-1]['id']}@{page[-1]['version']}" if len(rest) > limit else None
    return Agreements.model_validate({"agreements": page, "next_cursor": following})


@router.get("/calendar", responses=problems())
def calendar(
    installation: Here,
    asker: Signed,
    days: Annotated[int | None, Query(ge=0, le=36_500, description="Only what is due within so many days.")] = None,
) -> Dues:
    """List reviews, ends, certificates and accreditations of the agreements that the person may see, by day."""
    with installation.reading() as connection:
        found = dues(installation, connection, asker)
        today = day_of(installation.ledger.now(connection))
    chosen = found if days is None else due_within(found, today, days)
    return Dues.model_validate({"due": [due.as_dict() for due in chosen]})


@router.get("/calendar.ics", response_class=Response, responses=_A_CALENDAR | problems())
def calendar_file(installation: Here, asker: Signed) -> Response:
    """Give the calendar as an iCalendar file, for a mail program to read anew now and then."""
    return as_calendar(installation, asker)


@router.get("/map", responses=problems())
def flow_map(installation: Here, asker: Signed) -> Flows:
    """List who shares what with whom under the agreements in force that the person may see."""
    with installation.reading() as connection:
        found = shared_flows(installation, connection, asker)
    return Flows.model_validate({"flows": [flow.as_dict() for flow in found]})


@router.post("/check", responses=problems())
def check(installation: Here, asker: Signed, sent: Text) -> Checked:
    """List everything that is wrong with an agreement's text, without adding it."""
    asker.must(Act.DRAFT_AGREEMENT, Thing(organisation=asker.person.organisation))
    found = agreeing.check_text(installation, sent.text, "the agreement")
    usable = not any(problem.severity is Severity.ERROR for problem in found)
    return Checked.model_validate({"usable": usable, "problems": [problem.as_dict() for problem in found]})


@router.post("", status_code=201, responses=problems(409))
def add(installation: Here, asker: Signed, sent: Text) -> Added:
    """Add an agreement, or the next version of one, with an assessment of its risk; each party can then sign it."""
    asker.must(Act.DRAFT_AGREEMENT, Thing(organisation=asker.person.organisation))
    read, kept = agreeing.add_text(
        installation,
        sent.text,
        "the agreement",
        by=asker.person.email,
        permitted=lambda document, before: may_be_added(asker, document, before),
    )
    return Added.model_validate(
        {"id": read.id, "version": read.version, "content_hash": read.content_hash, "risk": _risk(kept)}
    )


@router.get(
    "/{identifier}",
    response_model=AgreementShown,
    responses=problems(404) | {304: {"description": "Nothing changed."}},
)
def show(
    request: Request, installation: Here, asker: Signed, identifier: Identifier, version: Version = None
) -> Response:
    """Show an agreement: document, clauses by what they are worth, signatures, events, risk. With an ETag."""
    with installation.reading() as connection:
        found = looked_at(installation, connection, asker, identifier, version)
        document = found.agreement
        signed = store.signatures(connection, identifier, document.version)
        body = agreement_as_dict(document, found.standing, signed, store.events(connection, identifier))
        kept = assessments.latest(connection, document)
    body |= {"versions": [each.version for each in found.versions], "risk": _risk(kept) if kept else None}
    # The content's hash and the state, and all else that the answer says: it changes exactly when the answer does.
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    tag = f'"{document.content_hash[:32]}-{found.standing.state}-{digest[:16]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if _known(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return JSONResponse(body, headers=headers)


@router.get("/{identifier}/versions", responses=problems(404))
def versions(installation: Here, asker: Signed, identifier: Identifier) -> Versions:
    """List the versions that the person may see, oldest first."""
    with installation.reading() as connection:
        found = looked_at(installation, connection, asker, identifier)
        lines = [
            agreement_in_short(each, looked_at(installation, connection, asker, identifier, each.version).standing)
            for each in found.versions
        ]
    return Versions.model_validate({"versions": lines, "counting": found.counting})


@router.get("/{identifier}/compare", responses=problems(404))
def comparison(
    installation: Here,
    asker: Signed,
    identifier: Identifier,
    first: Annotated[int, Query(alias="from", ge=1, le=1_000_000, description="The version before.", examples=[1])],
    second: Annotated[int, Query(alias="to", ge=1, le=1_000_000, description="The version after.", examples=[2])],
) -> Comparison:
    """List what differs between two versions, by clause, in plain words; what lets more or less be seen is said so."""
    with installation.reading() as connection:
        old = looked_at(installation, connection, asker, identifier, first).agreement
        new = looked_at(installation, connection, asker, identifier, second).agreement
    found = compare(old, new)
    return Comparison.model_validate(
        {
            "id": identifier,
            "from": first,
            "to": second,
            "summary": summary(found),
            "differences": [each.as_dict() for each in found],
        }
    )


@router.get("/{identifier}/export", response_class=Response, responses=_A_FILE | problems(404))
def export(
    installation: Here,
    asker: Signed,
    identifier: Identifier,
    form: Annotated[Format, Query(alias="format", description="yaml, json as signed, odrl for others.")] = Format.YAML,
    version: Version = None,
) -> Response:
    """Give an agreement as a file."""
    with installation.reading() as connection:
        document = looked_at(installation, connection, asker, identifier, version).agreement
    return as_file(document, form, installation.settings.web.url)


@router.post("/{identifier}/sign", responses=problems(404, 409))
def sign(installation: Here, asker: Signed, identifier: Identifier, sent: ToSign) -> SignedVersion:
    """Sign the latest version for the person's organisation; 409 if it is not the one whose content hash is sent."""
    with installation.reading() as connection:
        known = looked_at(installation, connection, asker, identifier)
        latest = looked_at(installation, connection, asker, identifier, known.latest)
        asker.must(Act.SIGN_AGREEMENT, about(latest.agreement))
        now = installation.ledger.now(connection)
    must_be_fresh(asker, now)
    organisation = asker.person.organisation
    signed = agreeing.sign(installation, identifier, organisation, by=asker.person.email, expected=sent.expected)
    return SignedVersion.model_validate(
        {
            "id": identifier,
            "version": signed.agreement.version,
            "organisation": organisation,
            "state": signed.standing.state.value,
            "in_force": signed.standing.in_force,
            "reason": signed.standing.reason,
            "risk": _risk(signed.assessment) if signed.assessment else None,
        }
    )


@router.post("/{identifier}/suspend", responses=problems(404, 409))
def suspend(installation: Here, asker: Signed, identifier: Identifier, sent: Reason) -> Standing:
    """Stop every answer at once, until the same party resumes it."""
    return _happen(installation, asker, identifier, Move.SUSPEND, sent.reason)


@router.post("/{identifier}/resume", responses=problems(404, 409))
def resume(installation: Here, asker: Signed, identifier: Identifier, sent: Reason) -> Standing:
    """Lift the organisation's own suspension."""
    return _happen(installation, asker, identifier, Move.RESUME, sent.reason)


@router.post("/{identifier}/withdraw", responses=problems(404, 409))
def withdraw(installation: Here, asker: Signed, identifier: Identifier, sent: Reason) -> Standing:
    """Leave the agreement: every answer stops, and the others can go on with a new version only."""
    return _happen(installation, asker, identifier, Move.WITHDRAW, sent.reason)


@router.post("/{identifier}/end", responses=problems(404, 409))
def end(installation: Here, asker: Signed, identifier: Identifier, sent: Reason) -> Standing:
    """End the agreement for good."""
    return _happen(installation, asker, identifier, Move.END, sent.reason)


def _happen(installation: Installation, asker: Asker, identifier: str, move: Move, reason: str) -> Standing:
    organisation = asker.person.organisation
    with installation.reading() as connection:
        must_do(asker, Act.STOP_AGREEMENT, looked_at(installation, connection, asker, identifier), connection)
    happened = agreeing.happen(installation, move, identifier, organisation, reason, by=asker.person.email)
    standing = happened.current.standing
    return Standing.model_validate(
        {
            "id": identifier,
            "version": happened.current.agreement.version,
            "act": move.value,
            "organisation": organisation,
            "state": standing.state.value,
            "in_force": standing.in_force,
            "reason": standing.reason,
        }
    )


def _after(cursor: str) -> tuple[str, int]:
    """Return the id and version after which a page begins; `BadInput` for what was never a cursor."""
    identifier, _, version = cursor.rpartition("@")
    if not cursor:
        return ("", 0)
    if not identifier or not version.isascii() or not version.isdigit():
        raise BadInput("This is not a cursor of this list.", remedy="Send the next_cursor of the page before, or none.")
    return (identifier, int(version))


def _risk(kept: assessments.Kept) -> dict[str, Any]:
    return {key: kept.result[key] for key in ("level", "profile_allowed", "on")} | {"assessment": kept.hash}


def _known(header: str, tag: str) -> bool:
    """Return whether If-None-Match names the tag (RFC 9110, 13.1.2), compared weakly."""
    named = [each.strip().removeprefix("W/") for each in header.split(",")]
    return header.strip() == "*" or tag in named
