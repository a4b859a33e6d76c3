"""Routers of the API: a program comes with a token; a script of our own pages with the session, and from our pages only."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request

from commonweal.web.asker import asker_or_none
from commonweal.web.forms import must_be_ours

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def checked(request: Request) -> None:
    """Refuse what another site made a browser send with somebody's session; a token no other site can send."""
    found = asker_or_none(request)
    if request.method not in _SAFE and (found is None or found.token is None):
        must_be_ours(request)


def api_router(prefix: str, tag: str) -> APIRouter:
    """Return a router for programs: whatever is sent to it is checked first."""
    return APIRouter(prefix=prefix, tags=[tag], dependencies=[Depends(checked)])
