"""Where to go next, as an address or a form says: only ever a page here (no open redirect)."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from fastapi import Request

_LOCAL = re.compile(r"/(?![/\\])[!-\[\]-~]*")
"""A path of printable ASCII without backslashes that is not the beginning of //HOST."""


def local(text: str) -> str:
    """Return a local path with its query, or / for anything else: other hosts, schemes, what browsers mend into one."""
    good = len(text) <= 2000 and _LOCAL.fullmatch(text) and not urlsplit(text).netloc and not urlsplit(text).scheme
    return text if good else "/"


def place_of(request: Request) -> str:
    """Return the page that a request is about: itself, or the page that a form was sent from."""
    if request.method in {"GET", "HEAD"}:
        query = f"?{request.url.query}" if request.url.query else ""
        return local(quote(request.url.path, safe="/%:@!$&'()*+,;=~-._") + query)
    referrer = urlsplit(request.headers.get("referer", ""))
    if referrer.netloc != request.headers.get("host", ""):
        return "/"
    return local(referrer.path + (f"?{referrer.query}" if referrer.query else ""))


def with_next(path: str, next_place: str) -> str:
    """Return an address that goes on to another afterwards."""
    return path if next_place == "/" else f"{path}?next={quote(next_place, safe='/')}"
