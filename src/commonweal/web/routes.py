"""Whether there is a page at an address: links are shown only to pages that are there."""

from __future__ import annotations

from fastapi import Request
from fastapi.routing import APIRoute


def has_page(request: Request, path: str) -> bool:
    """Tell whether the application has a page at exactly this path."""
    return any(isinstance(route, APIRoute) and route.path == path for route in request.app.routes)
