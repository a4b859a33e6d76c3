"""The first page: what waits for whoever has signed in, or what this is for everybody else."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from starlette.responses import Response

from commonweal.web.asker import Here, Visitor
from commonweal.web.forms import page_router
from commonweal.web.page import Page, show

router = page_router()


@dataclass(frozen=True, kw_only=True)
class HomePage(Page):
    """What waits."""

    waiting: tuple[tuple[str, str], ...] = ()


@router.get("/")
def home(request: Request, installation: Here, visitor: Visitor) -> Response:
    """Show the first page."""
    title = "What waits for you" if visitor else "Data shared for the public good, under agreements that run"
    page = HomePage(title=title, seen_by="everyone signed in" if visitor else "everyone")
    return show(request, "home.html", page)
