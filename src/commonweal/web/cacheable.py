"""Answers for everybody: they may be kept for a minute, and asked for again by what they hold (RFC 9110, ETag)."""

from __future__ import annotations

import hashlib
from typing import Any

from fastapi import Request
from starlette.responses import JSONResponse, Response

from commonweal.web.asker import asker_or_none

KEPT = "public, max-age=60"


def for_everybody(request: Request, response: Response) -> Response:
    """Let anybody keep an answer that is the same for all who ask; 304 when they have it already."""
    tag = f'"{hashlib.sha256(bytes(response.body)).hexdigest()[:32]}"'
    known = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    if response.status_code == 200 and (tag in known or "*" in known):
        response = Response(status_code=304)
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = KEPT
    return response


def for_visitors(request: Request, response: Response) -> Response:
    """Let anybody keep a page, unless it was made for somebody who has signed in, whose name is on it."""
    if asker_or_none(request) is not None:
        return response
    response = for_everybody(request, response)
    response.headers["Vary"] = "Cookie"
    return response


def json_for_everybody(request: Request, value: Any) -> Response:
    """Return plain JSON that anybody may keep, and read from pages of other hosts."""
    response = for_everybody(request, JSONResponse(value))
    return open_to_all(response)


def file_for_everybody(request: Request, content: bytes | str, media_type: str, name: str = "") -> Response:
    """Return a file that anybody may keep; with a `name`, to be saved under it."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'} if name else {}
    response = for_everybody(request, Response(content, media_type=media_type))
    if response.status_code == 200:
        response.headers.update(headers)
    return open_to_all(response)


def open_to_all(response: Response) -> Response:
    """Let pages of any other host read an answer: it is public, and no cookie goes with the request."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
