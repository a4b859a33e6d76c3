"""Your tokens, for scripts of our own pages: by session only, since a token must not make others."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from commonweal.errors import NotAllowed
from commonweal.identity import second_factor, tokens
from commonweal.identity.permission import Act, Thing
from commonweal.identity.tokens import Token
from commonweal.installation.tokens import end_of, make_token, revoke_token
from commonweal.web.api.problems import problems
from commonweal.web.asker import Asker, Here, Signed
from commonweal.web.forms import must_be_ours
from commonweal.web.step_up import must_be_fresh

router = APIRouter(prefix="/api/tokens", tags=["tokens"])


class TokenInShort(BaseModel):
    """A token without its secret: `until` is the moment from which it does not work."""

    id: str = Field(examples=["5f1e0c"])
    name: str = Field(examples=["nightly report"])
    agreements: list[str] = Field(examples=[["arrears-and-care"]])
    made: datetime
    until: datetime
    revoked: datetime | None
    works: bool
    second_factor: bool = Field(description="Whether it was made by somebody who had given a second factor")


class Tokens(BaseModel):
    """Your tokens, the newest first."""

    tokens: list[TokenInShort]


class NewToken(BaseModel):
    """A token to make: for agreements that name you, until the end of a day within a year."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100, examples=["nightly report"])
    agreements: list[str] = Field(min_length=1, max_length=1000, examples=[["arrears-and-care"]])
    until: date = Field(examples=["2027-03-31"], description="Its last day, in UTC")


class MadeToken(BaseModel):
    """A token that was made; `secret` is shown this once."""

    token: TokenInShort
    secret: str = Field(examples=["cwt_..."])


@router.get("", responses=problems())
def list_tokens(installation: Here, asker: Signed) -> Tokens:
    """List your tokens, those that have ended too. By session only."""
    _must_be_session(asker)
    with installation.reading() as connection:
        now = installation.ledger.now(connection)
        found = tokens.tokens_of(connection, asker.person.email)
    return Tokens(tokens=[_in_short(each, now) for each in found])


@router.post("", status_code=201, responses=problems(403))
def make(request: Request, installation: Here, asker: Signed, wanted: NewToken) -> MadeToken:
    """Make a token. By session only; who has a second factor must have given it just now."""
    _must_be_session(asker)
    must_be_ours(request)
    with installation.reading() as connection:
        now = installation.ledger.now(connection)
        if second_factor.is_set_up(connection, asker.person.email):
            must_be_fresh(asker, now)
    token, secret = make_token(
        installation,
        asker.person.email,
        name=wanted.name,
        agreements=wanted.agreements,
        until=end_of(min(wanted.until, date.max - timedelta(days=1))),
        second_factor=asker.second_factor,
        by=asker.person.email,
    )
    return MadeToken(token=_in_short(token, now), secret=secret)


@router.delete("/{identifier}", responses=problems(404, 409))
def revoke(request: Request, installation: Here, asker: Signed, identifier: str) -> TokenInShort:
    """Revoke one of your tokens, by its id or at least 8 letters of its beginning. By session only."""
    _must_be_session(asker)
    must_be_ours(request)
    revoked = revoke_token(installation, asker.person.email, identifier, by=asker.person.email)
    with installation.reading() as connection:
        return _in_short(revoked, installation.ledger.now(connection))


def _must_be_session(asker: Asker) -> None:
    if asker.session is None:
        raise NotAllowed(
            "A token cannot list, make or revoke tokens.",
            why="One that was found could otherwise make others that outlive it.",
            remedy="Do it on the pages, under Your tokens.",
        )
    asker.must(Act.MAKE_TOKEN, Thing(maker=asker.person.email))


def _in_short(token: Token, now: datetime) -> TokenInShort:
    return TokenInShort(
        id=token.id[:16],
        name=token.name,
        agreements=sorted(token.agreements),
        made=token.made,
        until=token.until,
        revoked=token.revoked,
        works=token.works(now),
        second_factor=token.second_factor,
    )
