"""The cookies: of a session, of a visit by somebody who has not signed in but has a form before them, and of signing in
that has begun and waits for its second part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from commonweal.installation.settings import WebSettings


def session_cookie(settings: WebSettings) -> str:
    """Return the name of the session's cookie; over HTTPS browsers hold `__Host-` ones to this host alone."""
    return "__Host-commonweal" if settings.is_secure() else "commonweal-session"


def visit_cookie(settings: WebSettings) -> str:
    """Return the name of the visit's cookie."""
    return "__Host-commonweal-visit" if settings.is_secure() else "commonweal-visit"


def begun_cookie(settings: WebSettings) -> str:
    """Return the name of the cookie of signing in that has begun."""
    return "__Host-commonweal-begun" if settings.is_secure() else "commonweal-begun"


def set_cookie(response: Response, settings: WebSettings, name: str, secret: str) -> None:
    """Put a cookie on a response: for this browser session, out of reach of scripts and of other sites' forms."""
    response.set_cookie(name, secret, path="/", secure=settings.is_secure(), httponly=True, samesite="lax")


def delete_cookie(response: Response, settings: WebSettings, name: str) -> None:
    """Take a cookie back."""
    response.delete_cookie(name, path="/", secure=settings.is_secure(), httponly=True, samesite="lax")
