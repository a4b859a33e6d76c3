"""Requests for access, for programs: everything that the pages do."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from commonweal.agreement.comments.comment import LONGEST
from commonweal.agreement.requests.request import AccessRequest, RequestState, Said, Wanted
from commonweal.agreement.requests.store import LONGEST_QUESTION
from commonweal.installation import Installation, requesting_access
from commonweal.web.api.problems import problems
from commonweal.web.api.routing import api_router
from commonweal.web.asker import Asker, Here, Signed

router = api_router("/api/requests", "requests for access")

Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="The request's number.", examples=[1])]


class RequestTold(BaseModel):
    """A request as its requester and those whose data it is see it."""

    model_config = ConfigDict(from_attributes=True)

    number: int = Field(examples=[1])
    requester: str
    organisation: str
    agreement: str = Field(description="Under which it is not permitted yet; empty when it is about none")
    question: str = Field(description="The SQL, if one is attached")
    entry: int | None = Field(description="The ledger entry of the question that was tried")
    purpose: str
    benefit: str
    datasets: list[str] = Field(examples=[["northbank/housing"]])
    columns: list[str] = Field(examples=[["northbank/housing.arrears"]])
    state: RequestState
    granted: str = Field(description="The version that grants it, id@version; else empty")
    asked_at: datetime
    changed_at: datetime
    moves: list[Said]


class RequestsTold(BaseModel):
    """The requests that concern the person, newest first."""

    requests: list[RequestTold]


class RequestMade(BaseModel):
    """What is asked for. Datasets and columns are taken from the question when none are named."""

    purpose: str = Field(max_length=LONGEST, examples=["See where arrears grow."])
    benefit: str = Field(max_length=LONGEST, examples=["Tenants get help before they are evicted."])
    datasets: list[str] = Field([], max_length=50, examples=[["northbank/housing"]])
    columns: list[str] = Field([], max_length=500, examples=[["northbank/housing.arrears"]])
    agreement: str = Field("", max_length=63, examples=["arrears-and-care"])
    sql: str = Field("", max_length=LONGEST_QUESTION)
    entry: int | None = Field(None, ge=0, le=2**53, description="A question of one's own that was refused")


class Words(BaseModel):
    """What is said."""

    words: str = Field(max_length=LONGEST, examples=["Would bands of five years do?"])


class Declined(BaseModel):
    """Why it is declined."""

    reason: str = Field(max_length=LONGEST, examples=["A smaller extract does."])


class Granted(BaseModel):
    """Which version permits it."""

    agreement: str = Field(max_length=80, examples=["arrears-and-care@2"])
    words: str = Field("", max_length=LONGEST)


@router.get("", responses=problems())
def requests(installation: Here, asker: Signed) -> RequestsTold:
    """List the requests that concern the person; a token sees those under its own agreements."""
    with installation.reading() as connection:
        found = requesting_access.all_seen(connection, asker.person)
    told = [each.request for each in found if asker.token is None or asker.token.covers(each.request.agreement)]
    return RequestsTold(requests=[RequestTold.model_validate(each) for each in told])


@router.post("", status_code=201, responses=problems(404, 409))
def make(installation: Here, asker: Signed, body: RequestMade) -> RequestTold:
    """Ask those whose data it is for access."""
    asker.must_cover(body.agreement)
    named = Wanted(
        body.purpose, body.benefit, tuple(body.datasets), tuple(body.columns), body.agreement, body.sql, body.entry
    )
    by = asker.person.email
    wanted = requesting_access.filled_in(installation, named, by=by)
    return RequestTold.model_validate(requesting_access.make(installation, wanted, by=by))


@router.get("/{number}", responses=problems(404))
def show(installation: Here, asker: Signed, number: Number) -> RequestTold:
    """Show a request that concerns the person."""
    return RequestTold.model_validate(_covered(installation, asker, number))


@router.post("/{number}/say", responses=problems(404, 409))
def say(installation: Here, asker: Signed, number: Number, body: Words) -> RequestTold:
    """Say something about a request."""
    _covered(installation, asker, number)
    return RequestTold.model_validate(requesting_access.say(installation, number, body.words, by=asker.person.email))


@router.post("/{number}/grant", responses=problems(404, 409))
def grant(installation: Here, asker: Signed, number: Number, body: Granted) -> RequestTold:
    """Close a request as granted by a version of an agreement, signed by all its parties, that permits it."""
    _covered(installation, asker, number)
    done = requesting_access.grant(installation, number, body.agreement, words=body.words, by=asker.person.email)
    return RequestTold.model_validate(done)


@router.post("/{number}/decline", responses=problems(404, 409))
def decline(installation: Here, asker: Signed, number: Number, body: Declined) -> RequestTold:
    """Decline a request, with a reason."""
    _covered(installation, asker, number)
    done = requesting_access.decline(installation, number, body.reason, by=asker.person.email)
    return RequestTold.model_validate(done)


@router.post("/{number}/withdraw", responses=problems(404, 409))
def withdraw(installation: Here, asker: Signed, number: Number) -> RequestTold:
    """Take one's own request back."""
    _covered(installation, asker, number)
    return RequestTold.model_validate(requesting_access.withdraw(installation, number, by=asker.person.email))


def _covered(installation: Installation, asker: Asker, number: int) -> AccessRequest:
    """Return a request that concerns the person, under an agreement that their token, if any, is for."""
    with installation.reading() as connection:
        found = requesting_access.seen(connection, asker.person, number).request
    asker.must_cover(found.agreement)
    return found
