"""The ledger, for programs: entries, proofs, the checkpoint, verifying, and reports of who used data and why."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import PlainTextResponse, Response

from commonweal.identity.permission import Act
from commonweal.installation.entry_words import in_words
from commonweal.installation.publishing import publish_checkpoint
from commonweal.installation.who import About, Scope, make_report, report, to_csv
from commonweal.ledger.entry import Entry as Recorded
from commonweal.ledger.searching import Sought
from commonweal.ledger.verification import verify as verify_file
from commonweal.web.api.problems import problems
from commonweal.web.asker import Here, Signed, Visitor
from commonweal.web.entry_reading import readable_entry
from commonweal.web.forms import must_be_ours
from commonweal.web.pages.ledger import entries_for

router = APIRouter(prefix="/api/ledger", tags=["ledger"])

_TEXT: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}


class Entry(BaseModel):
    """One entry: its number, time (UTC), kind and body as recorded, its hash, and what it says in a sentence."""

    index: int = Field(examples=[1204])
    time: str = Field(examples=["2026-11-24T10:16:36.123456Z"])
    kind: str = Field(examples=["question.asked"])
    body: dict[str, Any]
    leaf_hash: str
    clock_went_back: str | None = None
    words: str = Field(examples=["A question was asked of northbank/housing under arrears-and-care@1, for prevention."])


class Entries(BaseModel):
    """Entries, newest first; `next` is the `before` of the next page, if there is one."""

    entries: list[Entry]
    next: int | None = None


class Verifying(BaseModel):
    """What to verify against: a checkpoint kept elsewhere, as text; nothing it saw may be missing."""

    against: str = ""


class VerifiedLedger(BaseModel):
    """The ledger is whole: so many entries, this root, signed by this key. `seconds` is how long checking took."""

    verified: bool
    entries: int
    root: str
    signed_by: str
    latest_time: str
    checkpoints: int
    against: int | None
    seconds: float


class ReportWanted(BaseModel):
    """What a report is to be about, and why it is needed: the reason is recorded."""

    about: About
    named: str = Field(max_length=400, description="The dataset, agreement, kind of entity, or e-mail address")
    since: datetime | None = Field(None, description="From then on")
    until: datetime | None = Field(None, description="Until then, not included")
    reason: str = Field(min_length=1, max_length=2000, examples=["Request for access 2026/114"])


class Use(BaseModel):
    """One use of data: who asked, under which agreement and what for, of which datasets, and how it ended."""

    entry: int
    time: str
    person: str
    agreement: str
    purpose: str
    datasets: list[str]
    outcome: str
    sql: str


class MadeReport(BaseModel):
    """A report, and the entry that records it."""

    report: int
    made: str
    by: str
    reason: str
    about: About
    named: str
    since: str
    until: str
    uses: list[Use]


@router.get("/entries", responses=problems())
def entries(
    installation: Here,
    asker: Signed,
    person: Annotated[str, Query(max_length=400, description="Only what names this person, by e-mail address")] = "",
    dataset: Annotated[str, Query(max_length=200)] = "",
    agreement: Annotated[str, Query(max_length=200)] = "",
    kind: Annotated[str, Query(max_length=100, description="`question.asked`, or `question` for all of them")] = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before: Annotated[int | None, Query(ge=0, le=2**53, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Entries:
    """List entries, newest first. Those who may not see the whole ledger see what names them."""
    digest = installation.ledger.person_hash(person) if person else ""
    sought = Sought(kind, agreement, digest, dataset, _utc(since), _utc(until), before)
    with installation.reading() as connection:
        found = entries_for(installation, connection, asker, sought, limit + 1)
    shown = [_shown(each) for each in found[:limit]]
    return Entries(entries=shown, next=shown[-1].index if len(found) > limit else None)


@router.get("/entries/{index}", responses=problems(404))
def entry(index: int, installation: Here, visitor: Visitor, leaf: str = "") -> Entry:
    """Show an entry: to its readers, and to anybody who has its hash (`leaf`, from a receipt)."""
    with installation.reading() as connection:
        return _shown(readable_entry(connection, installation, visitor, index, leaf))


@router.get("/entries/{index}/proof", responses={**_TEXT, **problems(404)}, response_class=PlainTextResponse)
def proof(index: int, installation: Here, visitor: Visitor, leaf: str = "") -> Response:
    """Hand out the proof that an entry is in the ledger (C2SP tlog-proof), as `entry` does."""
    with installation.reading() as connection:
        found = readable_entry(connection, installation, visitor, index, leaf)
        return PlainTextResponse(installation.ledger.receipt(connection, found.index).proof)


@router.get("/checkpoint", responses={**_TEXT, **problems()}, response_class=PlainTextResponse)
def checkpoint(installation: Here) -> Response:
    """Hand out the signed checkpoint of everything recorded so far (C2SP signed note), to anybody."""
    return PlainTextResponse(publish_checkpoint(installation))


@router.get("/key", responses={**_TEXT, **problems()}, response_class=PlainTextResponse)
def key(installation: Here) -> Response:
    """Hand out the public key that signs this ledger, to anybody."""
    return PlainTextResponse(f"{installation.ledger.key}\n")


@router.post("/verify", responses=problems(404))
def verify(request: Request, installation: Here, asker: Signed, wanted: Verifying) -> VerifiedLedger:
    """Check every entry, hash and signature. A million entries take about ten seconds."""
    must_be_ours(request)
    asker.must(Act.SEE_LEDGER)
    begun = time.monotonic()
    path = installation.settings.database.path(installation.folder)
    found = verify_file(path, against=wanted.against or None, key=str(installation.ledger.key))
    return VerifiedLedger.model_validate(found.as_dict() | {"seconds": round(time.monotonic() - begun, 3)})


@router.post("/reports", status_code=201, responses=problems(404))
def make(request: Request, installation: Here, asker: Signed, wanted: ReportWanted) -> MadeReport:
    """Make a report of who used data and why; that it was made, and the reason, is recorded."""
    must_be_ours(request)
    asker.must(Act.SEE_WHO)
    scope = Scope(wanted.about, wanted.named, _utc(wanted.since), _utc(wanted.until))
    return MadeReport.model_validate(make_report(installation, scope, wanted.reason, by=asker.person.email).as_dict())


@router.get(
    "/reports/{index}",
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}, **problems(404)},
    response_model=MadeReport,
)
def made(index: int, request: Request, installation: Here, asker: Signed) -> Any:
    """Show a report that you made, as it was then: as JSON, or as CSV by `Accept: text/csv`."""
    asker.must(Act.SEE_WHO)
    found = report(installation, index, by=asker.person.email)
    if "text/csv" in request.headers.get("accept", ""):
        return Response(to_csv(found), media_type="text/csv; charset=utf-8")
    return MadeReport.model_validate(found.as_dict())


def _shown(found: Recorded) -> Entry:
    return Entry.model_validate(found.as_dict() | {"words": in_words(found)})


def _utc(moment: datetime | None) -> datetime | None:
    """Return a moment with a time zone: UTC where none is said."""
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
