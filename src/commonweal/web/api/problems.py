"""What every address of the API may answer besides what was asked for: problem+json (RFC 9457), documented once."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

MEDIA_TYPE = "application/problem+json"


class ProblemDetails(BaseModel):
    """A problem, as RFC 9457 has it; a refusal also holds its clause, reasons and the nearest question."""

    type: str = Field(examples=["about:blank#not-allowed"])
    title: str = Field(examples=["You may not do this."])
    status: int = Field(examples=[403])
    code: str = Field(examples=["not-allowed"])
    detail: str = Field("", examples=["This is for people with the role officer."])
    remedy: str = Field("", examples=["Ask an administrator of your organisation."])
    instance: str = Field("", examples=["9f86d081884c7d65"])


_MEANING = {
    400: "The request was put together wrongly.",
    401: "Nobody is signed in, and no token that works was sent.",
    403: "This person, or this token, may not do that.",
    404: "There is nothing of that name.",
    409: "It cannot be done in the present state.",
    422: "What was sent is not what it must be.",
    503: "It cannot be done at the moment.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what to document under `responses` for these statuses."""
    schema = {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}
    return {
        status: {"model": ProblemDetails, "description": _MEANING[status], "content": {MEDIA_TYPE: schema}}
        for status in statuses
    }


PROBLEMS = problems(401, 403, 404, 409, 422)
"""What most addresses may answer."""
