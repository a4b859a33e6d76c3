"""What the public said and what went wrong, for programs of the parties' officers: moderate, answer, record."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from commonweal.agreement import store
from commonweal.agreement.comments import store as comments
from commonweal.agreement.comments.comment import LONGEST, Comment
from commonweal.agreement.incidents import store as incidents
from commonweal.agreement.incidents.incident import Affected, Incident, ToldIco
from commonweal.identity.permission import Act, Thing
from commonweal.installation import Installation, listening
from commonweal.web.api.problems import problems
from commonweal.web.asker import Asker, Here, Signed
from commonweal.web.forms import must_be_ours

router = APIRouter(prefix="/api", tags=["comments and incidents"])


class CommentTold(BaseModel):
    """A comment as the parties see it."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    agreement: str
    at: datetime
    name: str
    text: str
    state: str = Field(description="held, published or rejected")
    moderated_at: datetime | None
    moderated_by: str
    reason: str
    answer: str
    changed: str
    answered_at: datetime | None
    answered_by: str


class CommentsTold(BaseModel):
    """The comments on one agreement, oldest first."""

    comments: list[CommentTold]


class Rejection(BaseModel):
    """Why a comment is rejected."""

    reason: str = Field(max_length=500, examples=["It names somebody."])


class OfficialAnswer(BaseModel):
    """What everybody will read beside a comment."""

    answer: str = Field(max_length=LONGEST, examples=["We asked the owner, and the column was taken out."])
    changed: str = Field("", max_length=LONGEST, examples=["Version 2 shares one column less."])


class IncidentSaid(BaseModel):
    """What went wrong; `suspend` stops the agreement in the same transaction."""

    happened: date = Field(examples=["2026-12-01"])
    what: str = Field(max_length=LONGEST, examples=["A file with an answer was sent to the wrong address."])
    done: str = Field(max_length=LONGEST, examples=["The receiver has confirmed that it was deleted."])
    told_ico: ToldIco
    affected: Affected = Affected.NOT_KNOWN
    suspend: bool = False
    held_until: date | None = None
    held_because: str = Field("", max_length=500)


class IncidentsTold(BaseModel):
    """The incidents under one agreement, newest first, those kept back included."""

    incidents: list[Incident]


def ours(request: Request, asker: Signed) -> Asker:
    """Return who asks; what comes with a session, not a token, must come from a page of ours."""
    if asker.session is not None:
        must_be_ours(request)
    return asker


Ours = Annotated[Asker, Depends(ours)]


@router.get("/agreements/{identifier}/comments", responses=problems(401, 403, 404, 422))
def list_comments(installation: Here, asker: Signed, identifier: str) -> CommentsTold:
    """List all comments on an agreement, those that wait to be read included."""
    _must(installation, asker, identifier, Act.MODERATE)
    with installation.reading() as connection:
        found = comments.comments(connection, agreements=[identifier])
    return CommentsTold(comments=[CommentTold.model_validate(each) for each in found])


@router.post("/comments/{identifier}/publish", responses=problems(401, 403, 404, 409, 422))
def publish(installation: Here, asker: Ours, identifier: str) -> CommentTold:
    """Publish a comment that is held."""
    _must(installation, asker, _about(installation, identifier).agreement, Act.MODERATE)
    person = asker.person
    return _told(listening.publish_comment(installation, identifier, person.organisation, by=person.email))


@router.post("/comments/{identifier}/reject", responses=problems(401, 403, 404, 409, 422))
def reject(installation: Here, asker: Ours, identifier: str, said: Rejection) -> CommentTold:
    """Reject a comment that is held, with a reason."""
    _must(installation, asker, _about(installation, identifier).agreement, Act.MODERATE)
    person = asker.person
    return _told(listening.reject_comment(installation, identifier, person.organisation, said.reason, by=person.email))


@router.post("/comments/{identifier}/answer", responses=problems(401, 403, 404, 409, 422))
def answer(installation: Here, asker: Ours, identifier: str, said: OfficialAnswer) -> CommentTold:
    """Answer a published comment for everybody."""
    _must(installation, asker, _about(installation, identifier).agreement, Act.ANSWER_PUBLIC)
    person = asker.person
    made = listening.answer_comment(
        installation, identifier, person.organisation, said.answer, changed=said.changed, by=person.email
    )
    return _told(made)


@router.get("/agreements/{identifier}/incidents", responses=problems(401, 403, 404, 422))
def list_incidents(installation: Here, asker: Signed, identifier: str) -> IncidentsTold:
    """List the incidents under an agreement, those kept back included."""
    _must(installation, asker, identifier, Act.RECORD_INCIDENT)
    with installation.reading() as connection:
        found = incidents.incidents(connection, [identifier])
    return IncidentsTold(incidents=list(found))


@router.post("/agreements/{identifier}/incidents", status_code=201, responses=problems(401, 403, 404, 409, 422))
def record(installation: Here, asker: Ours, identifier: str, said: IncidentSaid) -> Incident:
    """Record an incident; with `suspend` nothing is answered from the same moment on."""
    _must(installation, asker, identifier, Act.RECORD_INCIDENT)
    told = listening.Told(
        said.happened,
        said.what,
        said.done,
        said.told_ico,
        said.affected,
        suspend=said.suspend,
        held_until=said.held_until,
        held_because=said.held_because,
    )
    person = asker.person
    return listening.record_incident(installation, identifier, person.organisation, told, by=person.email)


def _about(installation: Installation, identifier: str) -> Comment:
    with installation.reading() as connection:
        return comments.comment(connection, identifier)


def _must(installation: Installation, asker: Asker, agreement: str, act: Act) -> None:
    with installation.reading() as connection:
        about = store.agreement(connection, agreement)
    asker.must(act, Thing(parties=frozenset(about.organisations)))
    asker.must_cover(agreement)


def _told(comment: Comment) -> CommentTold:
    return CommentTold.model_validate(comment)
