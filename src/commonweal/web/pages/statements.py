"""What the service says of itself: how accessible it is, what it keeps about who visits, and which cookies it sets."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from starlette.responses import Response

from commonweal.agreement.comments.store import KEPT
from commonweal.web.asker import Here
from commonweal.web.cacheable import for_visitors
from commonweal.web.cookies import session_cookie, visit_cookie
from commonweal.web.forms import page_router
from commonweal.web.page import Page, show

router = page_router()


@dataclass(frozen=True, kw_only=True)
class StatementPage(Page):
    """A page of words; `cookies` are the names of the two that there are."""

    name: str
    session: str
    visit: str
    rejected_kept: int


@router.get("/accessibility")
def accessibility(request: Request, installation: Here) -> Response:
    """Show the accessibility statement."""
    return _statement(request, installation, "accessibility", "Accessibility statement")


@router.get("/privacy")
def privacy(request: Request, installation: Here) -> Response:
    """Show what the service keeps about who visits and who uses it."""
    return _statement(request, installation, "privacy", "Privacy and cookies")


@router.get("/help")
def help_page(request: Request, installation: Here) -> Response:
    """Show where to find what, and whom to ask."""
    return _statement(request, installation, "help", "Help")


def _statement(request: Request, installation: Here, name: str, title: str) -> Response:
    settings = installation.settings
    page = StatementPage(
        title=title,
        seen_by="everyone",
        name=settings.name,
        session=session_cookie(settings.web),
        visit=visit_cookie(settings.web),
        rejected_kept=KEPT.days,
    )
    return for_visitors(request, show(request, f"statements/{name}.html", page))
