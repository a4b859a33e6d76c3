"""Publishing answers, for programs: by officers, under agreements that allow it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from commonweal.gateway.published.store import Published
from commonweal.installation.published_answers import publish_answer, published_answers, withdraw_published
from commonweal.web.api.answers import Number
from commonweal.web.api.problems import problems
from commonweal.web.api.routing import api_router
from commonweal.web.asker import Here, Signed

router = api_router("/api", "answers")


class ToPublish(BaseModel):
    """Under which name."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=63, examples=["homes_by_tenancy"])


class PublishedAnswer(BaseModel):
    """A published answer: its file (`sha256`, `size` in bytes), and the ledger entry of the publication."""

    name: str
    agreement: str
    answer: int
    entry: int
    sha256: str
    size: int
    rows: int
    at: str

    @classmethod
    def of(cls, published: Published) -> PublishedAnswer:
        """Return its shape."""
        said = published.as_dict()
        return cls.model_validate(said | {"sha256": said.pop("digest")})


class PublishedAnswers(BaseModel):
    """What is published, by name."""

    published: list[PublishedAnswer]


@router.post("/answers/{number}/publish", status_code=201, responses=problems(404, 409))
def publish(number: Number, wanted: ToPublish, installation: Here, asker: Signed) -> PublishedAnswer:
    """Publish a kept answer as a file for everybody who has a token, as an officer of a party.

    The agreement must be public, in force, and say `onward_sharing: published`.
    """
    only = asker.token.agreements if asker.token is not None else None
    return PublishedAnswer.of(publish_answer(installation, number, wanted.name, by=asker.person.email, only=only))


@router.get("/published", responses=problems())
def published(installation: Here, asker: Signed) -> PublishedAnswers:
    """List what is published and may be had now."""
    with installation.reading() as connection:
        found = published_answers(installation, connection)
    return PublishedAnswers(published=[PublishedAnswer.of(each) for each in found])


@router.delete("/published/{name}", status_code=204, responses=problems(404, 409))
def withdraw(
    name: Annotated[str, Path(max_length=63, description="The name it is published under")],
    installation: Here,
    asker: Signed,
) -> Response:
    """Withdraw a published answer, as an officer of a party; its file is deleted, the record stays."""
    only = asker.token.agreements if asker.token is not None else None
    withdraw_published(installation, name, by=asker.person.email, only=only)
    return Response(status_code=204)
