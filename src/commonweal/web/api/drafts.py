"""Drafts of agreements, for programs: listed, begun, looked at, a part put, proposed, deleted."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from commonweal.agreement.drafting import store
from commonweal.agreement.drafting.filling import with_part
from commonweal.agreement.drafting.parts import PART, PARTS
from commonweal.agreement.drafting.starting import from_nothing
from commonweal.errors import BadInput
from commonweal.identity.permission import Act, Thing
from commonweal.installation import Installation, drafting
from commonweal.web.agreed import may_be_added
from commonweal.web.api.agreement_shapes import TextProblem
from commonweal.web.api.problems import problems
from commonweal.web.api.routing import api_router
from commonweal.web.asker import Here, Signed
from commonweal.web.drafted import drafted, next_version_of

router = api_router("/api/drafts", "drafts")

Identifier = Annotated[str, Path(max_length=32, description="A draft's id.", examples=["0f" * 16])]

PartName = Annotated[str, Path(max_length=40, description=f"One of {', '.join(PART)}.", examples=["law"])]


class DraftInShort(BaseModel):
    """A draft as a line of a list."""

    id: Annotated[str, Field(examples=["0f" * 16])]
    title: Annotated[str, Field(examples=["Rent arrears among people who receive care"])]
    organisation: Annotated[str, Field(examples=["northbank"])]
    maker: Annotated[str, Field(examples=["officer@northbank.example"])]
    revision: Annotated[int, Field(description="Counts up with every save.", examples=[3])]
    changed_at: Annotated[str, Field(examples=["2026-12-01T09:00:00.000000+00:00"])]


class Drafts(BaseModel):
    """The drafts of the person's organisation, the one saved last first."""

    drafts: list[DraftInShort]


class DraftShown(DraftInShort):
    """A draft: the partial document, how far each part is, what is wrong, and its YAML."""

    document: dict[str, Any]
    progress: Annotated[dict[str, str], Field(examples=[{"law": "in part"}])]
    usable: Annotated[bool, Field(description="Nothing stops it from being proposed.")]
    problems: list[TextProblem]
    text: Annotated[str, Field(examples=["commonweal: agreement/1\n"])]
    profiles: Annotated[list[dict[str, Any]], Field(description="Which profiles may be chosen, and why.")]


class ToBegin(BaseModel):
    """What a draft begins as: nothing, one like an agreement of the library, or the next version of an agreement."""

    model_config = ConfigDict(extra="forbid")

    library: Annotated[str, Field(max_length=80, examples=["housing-and-care"])] = ""
    stands_for: Annotated[
        dict[str, str],
        Field(description="Which organisation or dataset takes which place.", examples=[{"council": "northbank"}]),
    ] = {}
    version_of: Annotated[str, Field(max_length=63, description="An agreement's id.", examples=[""])] = ""


class PartGiven(BaseModel):
    """A part, as the document has it; what it does not say of the part's places is taken away."""

    model_config = ConfigDict(extra="forbid")

    document: Annotated[dict[str, Any], Field(examples=[{"purpose": {"necessity": "Neither can see both alone."}}])]
    revision: Annotated[int | None, Field(ge=1, description="What was read: 409 if it was saved since.")] = None


class Proposed(BaseModel):
    """The agreement that a draft became."""

    id: Annotated[str, Field(examples=["arrears-and-care"])]
    version: Annotated[int, Field(examples=[1])]
    content_hash: str


@router.get("", responses=problems())
def drafts(installation: Here, asker: Signed) -> Drafts:
    """List the drafts of the person's organisation."""
    asker.must(Act.SEE_DRAFT, Thing(organisation=asker.person.organisation))
    with installation.reading() as connection:
        found = store.drafts(connection, asker.person.organisation)
    covered = [d for d in found if asker.token is None or asker.token.covers(str(d.document.get("id", "")))]
    return Drafts(drafts=[DraftInShort(**in_short(each)) for each in covered])


def in_short(draft: store.Draft) -> dict[str, Any]:
    """Return a draft as plain values for a line of a list."""
    return {
        "id": draft.id,
        "title": draft.title,
        "organisation": draft.organisation,
        "maker": draft.maker,
        "revision": draft.revision,
        "changed_at": draft.changed_at.isoformat(timespec="microseconds"),
    }


@router.post("", status_code=201, responses=problems(404, 409))
def begin(installation: Here, asker: Signed, sent: ToBegin) -> DraftShown:
    """Begin a draft for the person's organisation."""
    organisation = asker.person.organisation
    asker.must(Act.DRAFT_AGREEMENT, Thing(organisation=organisation))
    if sent.version_of:
        document = next_version_of(installation, asker, sent.version_of)
    elif sent.library:
        with installation.reading() as connection:
            chosen = drafting.in_library(installation, connection, sent.library)
        document = drafting.like(installation, chosen, sent.stands_for)
    else:
        document = from_nothing(organisation)
    return _shown(installation, drafting.make(installation, organisation, document, by=asker.person.email))


@router.get("/{identifier}", responses=problems(404))
def show(installation: Here, asker: Signed, identifier: Identifier) -> DraftShown:
    """Show a draft with what is wrong with it."""
    return _shown(installation, drafted(installation, asker, identifier))


@router.put("/{identifier}/parts/{part}", responses=problems(404, 409))
def put_part(installation: Here, asker: Signed, identifier: Identifier, part: PartName, sent: PartGiven) -> DraftShown:
    """Put a part of a draft. What is wrong with it is kept, and told."""
    draft = drafted(installation, asker, identifier, Act.DRAFT_AGREEMENT)
    chosen = next((each for each in PARTS if each.name == part), None)
    if chosen is None:
        raise BadInput("An agreement has no such part.", remedy=f"There are {', '.join(PART)}.")
    if chosen.name == "name" and "id" in sent.document:
        asker.must_cover(str(sent.document["id"]))
    kept = drafting.save(
        installation, draft.id, lambda document, _: with_part(document, chosen, sent.document), expected=sent.revision
    )
    return _shown(installation, kept)


@router.post("/{identifier}/propose", status_code=201, responses=problems(404, 409))
def propose(installation: Here, asker: Signed, identifier: Identifier) -> Proposed:
    """Add a draft as an agreement, with an assessment of its risk; each party can then sign it."""
    draft = drafted(installation, asker, identifier, Act.DRAFT_AGREEMENT)
    added, _ = drafting.propose(
        installation,
        draft.id,
        by=asker.person.email,
        permitted=lambda read, before: may_be_added(asker, read, before),
    )
    return Proposed(id=added.id, version=added.version, content_hash=added.content_hash)


@router.delete("/{identifier}", status_code=204, responses=problems(404))
def delete(installation: Here, asker: Signed, identifier: Identifier) -> Response:
    """Delete a draft and the comments on it."""
    draft = drafted(installation, asker, identifier, Act.DRAFT_AGREEMENT)
    drafting.delete(installation, draft.id, by=asker.person.email)
    return Response(status_code=204)


def _shown(installation: Installation, draft: store.Draft) -> DraftShown:
    looked = drafting.look(installation, draft)
    return DraftShown.model_validate(
        in_short(draft)
        | {
            "document": draft.document,
            "progress": {name: each.value for name, each in looked.progress.items()},
            "usable": looked.usable,
            "problems": [problem.as_dict() for problem in looked.problems],
            "text": looked.text,
            "profiles": looked.risk["profiles"] if looked.risk else [],
        }
    )
