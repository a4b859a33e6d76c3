"""Into a session and out of one: the cookies of a browser that has signed in, confirmed, or has a second part before it."""

from __future__ import annotations

from dataclasses import replace

from fastapi import Request
from starlette.responses import Response

from commonweal.identity import sessions
from commonweal.installation.signing_in import CodeNeeded, SignedIn
from commonweal.web.asker import asker_or_none, here
from commonweal.web.cookies import begun_cookie, delete_cookie, session_cookie, set_cookie, visit_cookie
from commonweal.web.next_place import local
from commonweal.web.page import go


def enter(request: Request, outcome: SignedIn | CodeNeeded, *, done: str = "signed-in") -> Response:
    """Return the answer to who proved who they are: into the session, or to the code that is still needed.

    A session that this browser had before ends, so that it never has two.
    """
    if isinstance(outcome, CodeNeeded):
        response: Response = go("/sign-in/code")
        set_cookie(response, here(request).settings.web, begun_cookie(here(request).settings.web), outcome.secret)
        return response
    before = asker_or_none(request)
    if before is not None and before.session is not None:
        with here(request).transaction() as connection:
            sessions.end(connection, before.session)
    return carry(request, go(local(outcome.next), done=done), outcome)


def carry(request: Request, response: Response, outcome: SignedIn) -> Response:
    """Put a session's new secret on a response, and take the cookies back that it makes useless."""
    settings = here(request).settings.web
    set_cookie(response, settings, session_cookie(settings), outcome.secret)
    for name in (begun_cookie(settings), visit_cookie(settings)):
        if name in request.cookies:
            delete_cookie(response, settings, name)
    return response


def go_on_as(request: Request, outcome: SignedIn) -> None:
    """Let what is still shown in this request belong to a session's new secret: its forms carry the new one's mark."""
    before = asker_or_none(request)
    with here(request).reading() as connection:
        session = sessions.find(connection, outcome.secret, here(request).ledger.now(connection))
    if before is not None and session is not None:
        request.state.asker = replace(before, session=session)


def begun_secret(request: Request) -> str:
    """Return the secret of signing in that has begun in this browser; nothing when none has."""
    return request.cookies.get(begun_cookie(here(request).settings.web), "")
