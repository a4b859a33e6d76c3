"""Signing out. Signing in is `sign_in`."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from commonweal.identity import sessions
from commonweal.web.asker import Here, Visitor
from commonweal.web.cookies import delete_cookie, session_cookie
from commonweal.web.forms import page_router
from commonweal.web.page import go

router = page_router()


@router.post("/sign-out")
def sign_out(request: Request, installation: Here, visitor: Visitor) -> Response:
    """End this browser's session."""
    if visitor is not None and visitor.session is not None:
        with installation.transaction() as connection:
            sessions.end(connection, visitor.session)
    response = go("/", done="signed-out")
    delete_cookie(response, installation.settings.web, session_cookie(installation.settings.web))
    return response
