"""How the API says that something cannot be done, as its description documents it: problem+json (RFC 9457)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Problem(BaseModel):
    """What happened, why, and what to do next."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="about:blank#CODE, the code of the error")
    title: str = Field(description="One sentence; never a value of the data")
    status: int
    code: str
    detail: str = Field(default="", description="Why")
    remedy: str = Field(default="", description="What to do next")
    place: str = Field(default="", description="Where in what was sent")


_MEANING = {
    400: "The request was put together wrongly",
    401: "No token was sent, or one that does not work",
    403: "This person may not do that, or the agreement does not permit the question",
    404: "There is nothing of that name",
    409: "It cannot be done in the present state",
    413: "More was sent than may be",
    422: "What was sent is not what it must be; `place` says where",
    429: "Too many at once; Retry-After says when to try again",
    503: "The record or the engine cannot be used just now",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the documented refusals of a route: those named, and those that every route has."""
    wanted = sorted({400, 401, 403, 422, 503, *statuses})
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _MEANING[status], "model": Problem, "content": content} for status in wanted}
