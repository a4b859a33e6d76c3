"""Signing in through the organisation's own provider: away to it, and back with its answer."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from commonweal.errors import NotFound
from commonweal.installation import signing_in_elsewhere
from commonweal.web.asker import Here, Visitor
from commonweal.web.cookies import begun_cookie, set_cookie
from commonweal.web.entering import begun_secret, enter
from commonweal.web.forms import page_router
from commonweal.web.next_place import local

router = page_router()


@router.get("/sign-in/organisation")
def away(
    request: Request,
    installation: Here,
    visitor: Visitor,
    next: str = "/",
    confirm: bool = False,
) -> Response:
    """Send the browser to the provider; with `confirm`, to prove there again who is signed in here."""
    confirming = visitor.session if confirm and visitor is not None else None
    address, secret = signing_in_elsewhere.begin(installation, next_place=local(next), confirming=confirming)
    response = RedirectResponse(address, 303)
    set_cookie(response, installation.settings.web, begun_cookie(installation.settings.web), secret)
    return response


@router.get("/sign-in/organisation/answer")
def back(request: Request, installation: Here, visitor: Visitor, state: str = "", code: str = "") -> Response:
    """Take the provider's answer; what it says of an error is not shown, since anybody could have written it."""
    session = visitor.session if visitor is not None else None
    secret = begun_secret(request)
    if not secret:
        raise NotFound("You have not begun to sign in here, or too long ago.", remedy="Sign in again.")
    return enter(request, signing_in_elsewhere.finish(installation, secret, state, code, session=session))
