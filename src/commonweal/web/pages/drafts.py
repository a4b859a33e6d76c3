"""Drafts of agreements: yours and your organisation's, begun, looked at, proposed, deleted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Query, Request
from starlette.responses import Response

from commonweal.agreement.clause_comments import store as comments
from commonweal.agreement.clause_comments.store import ClauseComment
from commonweal.agreement.drafting import store
from commonweal.agreement.drafting.parts import PARTS
from commonweal.agreement.drafting.places import Document
from commonweal.agreement.drafting.progress import owner
from commonweal.agreement.drafting.question import Part
from commonweal.agreement.drafting.starting import from_nothing
from commonweal.agreement.drafting.store import Draft
from commonweal.agreement.library.shipped import Reusable
from commonweal.errors import BadInput, Conflict, NotAllowed
from commonweal.identity.permission import Act, Thing
from commonweal.installation import Installation, drafting
from commonweal.installation.agreed import listed
from commonweal.installation.drafting import Looked
from commonweal.web.agreed import may_be_added, sees
from commonweal.web.agreement_view import LEVEL_COLOURS
from commonweal.web.asker import Asker, Here, Signed
from commonweal.web.draft_view import Known
from commonweal.web.drafted import drafted, known_here, next_version_of
from commonweal.web.forms import Filled, FilledForm, page_router
from commonweal.web.page import Page, go, show

router = page_router()

PROGRESS_COLOURS = {"done": "green", "in part": "yellow", "not begun": "grey"}


@dataclass(frozen=True, kw_only=True)
class DraftsPage(Page):
    """The drafts of the organisation."""

    mine: tuple[Draft, ...]
    others: tuple[Draft, ...]
    may_draft: bool


@dataclass(frozen=True, kw_only=True)
class NewPage(Page):
    """What a draft can begin from; with one of the library chosen, who and what stands in the place of its parties."""

    start: str
    library: tuple[Reusable, ...]
    own: tuple[tuple[str, str], ...]
    chosen: Reusable | None
    known: Known
    filled: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class DraftPage(Page):
    """A draft: how far each part is, what is wrong, what the document is, what the risk is."""

    looked: Looked
    parts: tuple[Part, ...]
    colours: Mapping[str, str]
    level_colours: Mapping[str, str]
    may_draft: bool
    found: tuple[tuple[str, str, Any], ...]
    comments: tuple[ClauseComment, ...]
    may_comment: bool
    done: int


@router.get("/agreements/drafts")
def drafts_page(request: Request, installation: Here, asker: Signed) -> Response:
    """List the drafts of the asker's organisation."""
    asker.must(Act.SEE_DRAFT, own(asker))
    with installation.reading() as connection:
        found = store.drafts(connection, asker.person.organisation)
    page = DraftsPage(
        title="Drafts",
        seen_by="officers and stewards of your organisation",
        back=("/agreements", "Agreements"),
        mine=tuple(each for each in found if each.maker == asker.person.email),
        others=tuple(each for each in found if each.maker != asker.person.email),
        may_draft=asker.may(Act.DRAFT_AGREEMENT, own(asker)),
    )
    return show(request, "drafts/list.html", page)


def own(asker: Asker) -> Thing:
    """Return what permission needs to know of what is the asker's own organisation's."""
    return Thing(organisation=asker.person.organisation)


@router.get("/agreements/drafts/new")
def new_page(
    request: Request, installation: Here, asker: Signed, start: Annotated[str, Query(alias="from", max_length=90)] = ""
) -> Response:
    """Show what a draft can begin from."""
    asker.must(Act.DRAFT_AGREEMENT, own(asker))
    return _new(request, installation, asker, Filled(), start)


@router.post("/agreements/drafts/new")
def begin(request: Request, installation: Here, asker: Signed, form: FilledForm) -> Response:
    """Begin a draft; one of the library is first asked who and what takes the places of its parties and datasets."""
    asker.must(Act.DRAFT_AGREEMENT, own(asker))
    start = form.required("from", "Choose what to start from.", longest=90)
    if form.problems:
        return _new(request, installation, asker, form, "")
    kind, _, name = start.partition(":")
    document: Document
    if kind == "version":
        document = next_version_of(installation, asker, name)
    elif kind == "library" and form.text("act") == "begin":
        with installation.reading() as connection:
            chosen = drafting.in_library(installation, connection, name)
        stands_for = {place: form.text(field) for field, place in places(chosen).items()}
        document = drafting.like(installation, chosen, stands_for)
    elif kind == "library":
        return go(f"/agreements/drafts/new?from={start}")
    elif kind == "nothing":
        document = from_nothing(asker.person.organisation)
    else:
        form.problems["from"] = "Choose what to start from."
        return _new(request, installation, asker, form, "")
    made = drafting.make(installation, asker.person.organisation, document, by=asker.person.email)
    return go(f"/agreements/drafts/{made.id}", done="draft-made")


def places(reusable: Reusable) -> dict[str, str]:
    """Return the placeholders of an agreement of the library by the fields in which something takes their place."""
    parties = [str(party.get("organisation", "")) for party in reusable.document.get("parties", ())]
    named = {f"party-{number}": name for number, name in enumerate(parties)}
    return named | {f"dataset-{number}": name for number, name in enumerate(reusable.datasets)}


def _new(request: Request, installation: Installation, asker: Asker, form: Filled, start: str) -> Response:
    known, _ = known_here(installation)
    kind, _, name = start.partition(":")
    with installation.reading() as connection:
        every = drafting.library(installation, connection)
        chosen = drafting.in_library(installation, connection, name) if kind == "library" else None
        found = [each for each in listed(installation, connection, sees(asker)) if each.is_latest]
    mine = [each.agreement for each in found if asker.person.organisation in each.agreement.organisations]
    guessed = {}
    for field, place in places(chosen).items() if chosen else ():
        guessed[field] = place if place in known["organisations"] or place in known["datasets"] else ""
    page = NewPage(
        title="Draft an agreement" if chosen is None else f"Draft one like: {chosen.title}",
        seen_by="officers",
        back=("/agreements/drafts", "Drafts") if chosen is None else ("/agreements/drafts/new", "Start from another"),
        problems=form.problems,
        start=start,
        library=every,
        own=tuple((each.id, each.title) for each in mine),
        chosen=chosen,
        known=known,
        filled=guessed,
    )
    return show(request, "drafts/new.html", page)


@router.get("/agreements/drafts/{identifier}")
def draft_page(request: Request, installation: Here, asker: Signed, identifier: str) -> Response:
    """Show a draft."""
    return _draft(request, installation, asker, drafted(installation, asker, identifier), Filled())


def _draft(request: Request, installation: Installation, asker: Asker, draft: Draft, form: Filled) -> Response:
    looked = drafting.look(installation, draft)
    with installation.reading() as connection:
        said = comments.comments(connection, comments.on_draft(draft.id))
    party = Thing(organisation=draft.organisation, parties=frozenset({draft.organisation}))
    page = DraftPage(
        title=draft.title,
        seen_by="officers and stewards of the organisation that drafts it",
        back=("/agreements/drafts", "Drafts"),
        problems=form.problems,
        looked=looked,
        parts=PARTS,
        colours=PROGRESS_COLOURS,
        level_colours=LEVEL_COLOURS,
        may_draft=asker.may(Act.DRAFT_AGREEMENT, party),
        found=tuple((owner(each.path), each.path, each) for each in looked.problems),
        comments=said,
        may_comment=asker.may(Act.COMMENT_ON_AGREEMENT, party),
        done=sum(each.value == "done" for each in looked.progress.values()),
    )
    return show(request, "drafts/show.html", page)


@router.get("/agreements/drafts/{identifier}/document.yaml")
def document(installation: Here, asker: Signed, identifier: str) -> Response:
    """Give the draft as a file, as it is so far."""
    draft = drafted(installation, asker, identifier)
    headers = {"Content-Disposition": 'attachment; filename="draft.yaml"'}
    return Response(
        drafting.look(installation, draft, advice=False).text, headers=headers, media_type="application/yaml"
    )


@router.post("/agreements/drafts/{identifier}/propose")
def propose(request: Request, installation: Here, asker: Signed, identifier: str, form: FilledForm) -> Response:
    """Add the draft as an agreement, for each party to sign."""
    draft = drafted(installation, asker, identifier, Act.DRAFT_AGREEMENT)
    try:
        added, _ = drafting.propose(
            installation,
            draft.id,
            by=asker.person.email,
            permitted=lambda read, before: may_be_added(asker, read, before),
        )
    except (BadInput, Conflict, NotAllowed) as error:
        said = (error.message, error.remedy if isinstance(error, BadInput) else f"{error.why} {error.remedy}")
        form.problems["propose"] = " ".join(part for part in said if part)
        return _draft(request, installation, asker, draft, form)
    return go(f"/agreements/{added.id}?version={added.version}", done="draft-proposed")


@router.post("/agreements/drafts/{identifier}/delete")
def delete(request: Request, installation: Here, asker: Signed, identifier: str, form: FilledForm) -> Response:
    """Delete a draft, if that is confirmed."""
    draft = drafted(installation, asker, identifier, Act.DRAFT_AGREEMENT)
    if form.text("sure") != "yes":
        form.problems["sure"] = "Say that you are sure, or leave the draft as it is."
        return _draft(request, installation, asker, draft, form)
    drafting.delete(installation, draft.id, by=asker.person.email)
    return go("/agreements/drafts", done="draft-deleted")
