"""Who is asking: the person behind a session's cookie or a token, read anew for every request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, cast

from fastapi import Depends, Request
from sqlalchemy import Connection

from commonweal.errors import NotAllowed, SignInNeeded
from commonweal.identity import sessions, tokens
from commonweal.identity import store as identity
from commonweal.identity.permission import NOTHING, Act, Thing, may, must
from commonweal.identity.person import Person
from commonweal.identity.sessions import Session
from commonweal.identity.tokens import Token
from commonweal.installation import Installation
from commonweal.web.cookies import session_cookie

if TYPE_CHECKING:
    from commonweal.gateway.gateway import Gateway
    from commonweal.gateway.output_checking import OutputChecking


@dataclass(frozen=True)
class Asker:
    """A person who has proved who they are in this request: by a session (pages) or by a token (programs)."""

    person: Person
    session: Session | None = None
    token: Token | None = None

    def may(self, act: Act, about: Thing = NOTHING) -> bool:
        """Return whether they may do an act to a thing."""
        return may(self.person, act, about)

    def must(self, act: Act, about: Thing = NOTHING) -> None:
        """Let them pass if they may; `NotAllowed` otherwise."""
        must(self.person, act, about)

    @property
    def second_factor(self) -> bool:
        """Return whether a second factor was given: in this session, or in the one in which the token was made."""
        if self.token is not None:
            return self.token.second_factor
        return self.session is not None and self.session.second_factor is not None

    def holds(self, connection: Connection) -> bool:
        """Return whether the session or token still holds: what a question that runs for long looks at."""
        if self.token is not None:
            return tokens.still_works(connection, self.token.id, datetime.now(UTC))
        return self.session is not None and sessions.is_there(connection, self.session.id)

    def gateway(self, installation: Installation) -> Gateway:
        """Return the gateway for them: it knows of their second factor, and stops when session or token end."""
        return installation.gateway(self.person.email, second_factor=self.second_factor, holds=self.holds)

    def output_checking(self, installation: Installation) -> OutputChecking:
        """Return output checking for them."""
        return installation.output_checking(self.person.email, second_factor=self.second_factor)

    def must_cover(self, agreement: str) -> None:
        """Let them pass unless they come with a token that is for other agreements."""
        if self.token is not None and not self.token.covers(agreement):
            raise NotAllowed(
                "This token is not for this agreement.",
                why="A token works under the agreements it was made for.",
                remedy="Make one for this agreement under Your tokens.",
            )


def address_of(request: Request) -> str:
    """Return the network address that a request comes from, as the server knows it."""
    return request.client.host if request.client else ""


def here(request: Request) -> Installation:
    """Return the installation that is served."""
    return cast(Installation, request.app.state.installation)


def asker_or_none(request: Request) -> Asker | None:
    """Return who is asking, or None for a visitor; remembered for the request. A token counts where programs come only."""
    known = getattr(request.state, "asker", False)
    if known is not False:
        return cast("Asker | None", known)
    found = _found(request)
    request.state.asker = found
    return found


def asker(request: Request) -> Asker:
    """Return who is asking; `SignInNeeded` for a visitor."""
    found = asker_or_none(request)
    if found is None:
        raise SignInNeeded(
            "Sign in first.",
            why="This is for people who are known here.",
            remedy="Sign in, or send a token: Authorization: Bearer cwt_...",
        )
    return found


def is_for_programs(path: str) -> bool:
    """Return whether what is at a path is for programs: they come with a token, and get problems as JSON."""
    return path.startswith(("/api/", "/delta-sharing/"))


Here = Annotated[Installation, Depends(here)]
Signed = Annotated[Asker, Depends(asker)]
Visitor = Annotated[Asker | None, Depends(asker_or_none)]


def _found(request: Request) -> Asker | None:
    installation = here(request)
    bearer = request.headers.get("authorization", "")
    kind, _, secret = bearer.partition(" ")
    by_token = is_for_programs(request.url.path) and kind.lower() == "bearer"
    cookie = request.cookies.get(session_cookie(installation.settings.web))
    if not by_token and not cookie:
        return None
    with installation.reading() as connection:
        now = installation.ledger.now(connection)
        found = _by_token(connection, secret.strip(), now) if by_token else _by_session(connection, cookie or "", now)
    if found is not None and found.session is not None and found.session.is_due(now):
        with installation.transaction() as connection:
            sessions.touch(connection, found.session, now)
    return found


def _by_token(connection: Connection, secret: str, now: datetime) -> Asker | None:
    token = tokens.find(connection, secret, now)
    if token is None or not identity.is_known(connection, token.email):
        return None
    return Asker(identity.person(connection, token.email), token=token)


def _by_session(connection: Connection, secret: str, now: datetime) -> Asker | None:
    session = sessions.find(connection, secret, now)
    if session is None or not identity.is_known(connection, session.email):
        return None
    return Asker(identity.person(connection, session.email), session=session)
