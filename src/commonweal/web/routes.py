"""Whether there is a page at an address: links are shown only to pages that are there."""

from __future__ import annotations

from fastapi import Request
from fastapi.routing import iter_route_contexts


def has_page(request: Request, path: str) -> bool:
    """Tell whether the application has a page of exactly this path (routers that were included are looked into)."""
    return any(
        route.path == path and "GET" in (route.methods or ()) for route in iter_route_contexts(request.app.routes)
    )
