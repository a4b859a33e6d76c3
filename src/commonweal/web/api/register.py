"""The public register, for programs: no token, no cookie; answers may be kept for a minute and have an ETag."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from commonweal.agreement.register.as_json import (
    agreement_as_dict,
    agreement_in_short,
    plain,
    statistics_as_dict,
)
from commonweal.agreement.register.search import Wanted, found
from commonweal.installation.register import public_register
from commonweal.web.api.problems import problems
from commonweal.web.asker import Here
from commonweal.web.cacheable import for_everybody, json_for_everybody, open_to_all

router = APIRouter(prefix="/api/register", tags=["public register"])

_KEPT: dict[int | str, dict[str, Any]] = {304: {"description": "It is as you have it (If-None-Match)"}}


class AgreementInShort(BaseModel):
    """A public agreement, as a line of a list."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "arrears-and-care",
                    "version": 1,
                    "title": "Rent arrears among people who receive care",
                    "status": "in-force",
                    "standing": "In force until 30 November 2027.",
                    "purpose": "Find where care and rent arrears meet, so that help comes before eviction.",
                    "purpose_code": "prevention",
                    "start": "2026-12-01",
                    "until": "2027-11-30",
                    "review": "2027-05-31",
                    "parties": ["northbank", "riverside_nhs"],
                    "questions": 14,
                }
            ]
        }
    )

    id: str
    version: int
    title: str
    status: str = Field(description="proposed, signed, in-force, review-due, suspended, ended or superseded")
    standing: str
    purpose: str
    purpose_code: str
    start: date
    until: date
    review: date
    parties: list[str]
    questions: int = Field(description="How many questions were asked under it in all")


class AgreementList(BaseModel):
    """A page of the list, and how many agreements there are in all that meet what was asked for."""

    agreements: list[AgreementInShort]
    page: int
    items: int
    total: int


class AgreementTold(AgreementInShort):
    """All that the public is told of an agreement; parts that are lists hold what its page shows."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": []})

    parties: list[dict[str, Any]]  # type: ignore[assignment]
    questions: dict[str, int]  # type: ignore[assignment]
    questions_this_month: dict[str, int]
    necessity: str
    benefits: list[dict[str, Any]]
    datasets: list[dict[str, Any]]
    law: list[str]
    protections: list[dict[str, Any]]
    retention: str
    incidents: list[dict[str, Any]]
    comments: list[dict[str, Any]]
    versions: list[dict[str, Any]]
    history: list[dict[str, Any]]
    content_hash: str = Field(description="SHA-256 (hex) of the canonical JSON that the parties signed")
    public_hash: str = Field(description="SHA-256 (hex) of the canonical JSON without the names of people")
    entry: int | None = Field(description="The entry of the record in which both hashes stand")


class OfficialComment(BaseModel):
    """A published comment, with the official answer if there is one."""

    id: str
    at: datetime
    published_at: datetime
    name: str
    text: str
    answer: str
    changed: str = Field(description="What changed because of it")
    answered_at: datetime | None
    answered_by: str


class Comments(BaseModel):
    """The published comments on an agreement, oldest first."""

    comments: list[OfficialComment]


class Figures(BaseModel):
    """How the service is used, under public agreements only."""

    agreements: int
    by_status: dict[str, int]
    questions: dict[str, int]
    months: list[dict[str, Any]]
    refusals: list[dict[str, Any]]
    organisations: int
    datasets: int
    incidents: int
    median_days_to_force: float | None


class CheckpointText(BaseModel):
    """The newest signed checkpoint of the record (C2SP tlog-checkpoint), and the key that signs it."""

    checkpoint: str
    key: str = Field(examples=["northbank+1a2b3c4d+AbCd..."])


class ProofTold(BaseModel):
    """The proof that both hashes of an agreement stand in the record (C2SP tlog-proof)."""

    index: int
    leaf_hash: str
    checkpoint: str
    proof: str
    public_hash: str
    content_hash: str


@router.get("", response_model=AgreementList, responses=_KEPT | problems(422))
def agreements(
    request: Request,
    installation: Here,
    words: Annotated[str, Query(max_length=200, description="All of them must be in its text")] = "",
    organisation: Annotated[str, Query(max_length=63, examples=["northbank"])] = "",
    purpose: Annotated[str, Query(max_length=63, examples=["prevention"])] = "",
    status: Annotated[str, Query(max_length=63, examples=["in-force"])] = "",
    theme: Annotated[str, Query(max_length=200)] = "",
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    items: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Response:
    """List the public agreements, by title."""
    wanted = Wanted(words, organisation, purpose, status, theme)
    every = found(public_register(installation).read().agreements, wanted)
    here = every[(page - 1) * items : page * items]
    return json_for_everybody(
        request,
        {
            "agreements": [agreement_in_short(each) for each in here],
            "page": page,
            "items": items,
            "total": len(every),
        },
    )


@router.get("/statistics", response_model=Figures, responses=_KEPT | problems())
def statistics(request: Request, installation: Here) -> Response:
    """Give the figures of the register."""
    return json_for_everybody(request, statistics_as_dict(public_register(installation).read().statistics))


@router.get("/checkpoint", response_model=CheckpointText, responses=_KEPT | problems())
def checkpoint(request: Request, installation: Here) -> Response:
    """Give the newest checkpoint of the record: whoever keeps it can tell later whether anything was taken out."""
    told = {"checkpoint": public_register(installation).checkpoint(), "key": str(installation.ledger.key)}
    return json_for_everybody(request, told)


@router.get("/agreements/{identifier}", response_model=AgreementTold, responses=_KEPT | problems(404, 422))
def agreement(request: Request, installation: Here, identifier: str) -> Response:
    """Give all that the public is told of an agreement."""
    return json_for_everybody(request, agreement_as_dict(public_register(installation).agreement(identifier)))


@router.get("/agreements/{identifier}/comments", response_model=Comments, responses=_KEPT | problems(404, 422))
def comments(request: Request, installation: Here, identifier: str) -> Response:
    """Give the published comments on an agreement, with the official answers."""
    told = plain(public_register(installation).agreement(identifier).comments)
    return json_for_everybody(request, {"comments": told})


@router.get("/agreements/{identifier}/proof", response_model=ProofTold, responses=_KEPT | problems(404, 422))
def proof(request: Request, installation: Here, identifier: str) -> Response:
    """Give the proof that what the public is told of an agreement was recorded."""
    known = public_register(installation)
    about = known.agreement(identifier)
    hashes = {"public_hash": about.public_hash, "content_hash": about.content_hash}
    return json_for_everybody(request, known.receipt(about).as_dict() | hashes)


@router.get(
    "/agreements/{identifier}/document",
    responses=_KEPT | problems(404, 422) | {200: {"content": {"application/json": {}}, "description": "The document"}},
)
def document(request: Request, installation: Here, identifier: str) -> Response:
    """Give the document as canonical JSON, byte for byte what `public_hash` is of."""
    about = public_register(installation).agreement(identifier)
    return open_to_all(for_everybody(request, Response(about.document, media_type="application/json")))
