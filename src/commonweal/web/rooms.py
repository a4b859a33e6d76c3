"""Which rooms have their pages here: a page leads only to addresses that are served."""

from __future__ import annotations

from fastapi import Request
from starlette.routing import Match


def is_served(request: Request, path: str) -> bool:
    """Tell whether a page at this address (without a query) is served by some route."""
    scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)
