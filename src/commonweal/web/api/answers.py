"""Kept answers, for programs."""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Header, Path, Query, Request
from starlette.responses import Response

from commonweal.web.api.answer_shapes import FORMS, NOT_ACCEPTABLE, AnswerBody, AnswerInShort, Answers
from commonweal.web.api.problems import problems
from commonweal.web.asker import Here, Signed
from commonweal.web.asking import gateway_of, opened
from commonweal.web.formats import accepted
from commonweal.web.forms import must_be_ours

router = APIRouter(prefix="/api/answers", tags=["answers"])

_LARGEST = 2**63 - 1
Number = Annotated[int, Path(ge=0, le=_LARGEST, description="The ledger entry of the answer")]


@router.get("", responses=problems())
def answers(
    installation: Here,
    asker: Signed,
    of: Annotated[
        Literal["mine", "agreements"], Query(description="One's own, or all under agreements one looks after")
    ] = "mine",
    q: Annotated[str, Query(max_length=200, description="With these words in the SQL; one's own only")] = "",
    before: Annotated[int | None, Query(ge=0, le=_LARGEST, description="Older than this answer")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Answers:
    """List kept answers, newest first, a page at a time; a token sees those under its own agreements."""
    only = asker.token.agreements if asker.token is not None else None
    kept = gateway_of(installation, asker).answers
    found = kept.list(all_of_agreements=of == "agreements", only=only, text=q, before=before, limit=limit)
    following = None
    if len(found) == limit:
        rest = {"of": of, "limit": limit, "before": found[-1].number} | ({"q": q} if q else {})
        following = f"/api/answers?{urlencode(rest)}"
    return Answers(answers=[AnswerInShort.model_validate(each.as_dict()) for each in found], next=following)


@router.get(
    "/{number}",
    response_model=AnswerBody,
    responses=problems(404)
    | NOT_ACCEPTABLE
    | {200: {"content": FORMS, "description": "The answer"}, 304: {"description": "It is what you have"}},
)
def answer(
    installation: Here,
    asker: Signed,
    number: Number,
    accept: Annotated[str, Header()] = "",
    if_none_match: Annotated[str, Header()] = "",
) -> Response:
    """Open an answer again, as JSON, CSV or an Arrow stream; it never changes, so an ETag that is known is enough."""
    form = accepted(accept)
    body = form.write(opened(installation, asker, number).answer)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Vary": "Accept", "Cache-Control": "private, no-cache"}
    known = {part.strip().removeprefix("W/") for part in if_none_match.split(",")}
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=form.media_type, headers=headers)


@router.delete("/{number}", status_code=204, responses=problems(404))
def delete(request: Request, installation: Here, asker: Signed, number: Number) -> Response:
    """Delete a kept answer before its time, as who asked it or as an officer of a party; the record stays."""
    must_be_ours(request)
    opened(installation, asker, number)
    gateway_of(installation, asker).answers.erase(number)
    return Response(status_code=204)
