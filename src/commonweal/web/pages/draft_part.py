"""One part of a draft: its questions in plain words, what they mean, and what is wrong at its field. Saved at any time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request
from starlette.responses import Response

from commonweal.agreement.drafting import store
from commonweal.agreement.drafting.filling import filled, with_links, with_part
from commonweal.agreement.drafting.fitting import fitted
from commonweal.agreement.drafting.parts import PART, PARTS
from commonweal.agreement.drafting.places import Document, items_at
from commonweal.agreement.drafting.progress import Progress, at_fields, owner, progress
from commonweal.agreement.drafting.question import Part
from commonweal.agreement.drafting.store import Draft
from commonweal.agreement.library.shipped import Reusable
from commonweal.catalogue.contract import Contract
from commonweal.errors import BadInput, Conflict, NotFound
from commonweal.identity.permission import Act, Thing
from commonweal.installation import Installation, drafting
from commonweal.web.asker import Asker, Here, Signed
from commonweal.web.draft_view import (
    SEPARATOR,
    Shown,
    ShownColumns,
    ShownLink,
    ShownList,
    columns,
    fields,
    links,
    lists,
)
from commonweal.web.drafted import drafted, known_here
from commonweal.web.forms import Filled, FilledForm, page_router
from commonweal.web.page import Page, go, show

router = page_router()


@dataclass(frozen=True, kw_only=True)
class PartPage(Page):
    """A part with what stands in it; `wrong` is what is wrong by field, also where nothing was sent just now."""

    draft: Draft
    revision: int
    part: Part
    number: int
    of: int
    fields: tuple[Shown, ...]
    lists: tuple[ShownList, ...]
    columns: tuple[ShownColumns, ...]
    links: tuple[ShownLink, ...]
    wrong: Mapping[str, str]
    more_wrong: tuple[str, ...]
    library: tuple[Reusable, ...]
    may_draft: bool
    saved: bool


def part_named(name: str) -> Part:
    """Return a part; `NotFound` if there is none of that name."""
    if name not in PART:
        raise NotFound("An agreement has no such part.", remedy=f"There are {', '.join(PART)}.")
    return PART[name]


@router.get("/agreements/drafts/{identifier}/{name}")
def part_page(request: Request, installation: Here, asker: Signed, identifier: str, name: str) -> Response:
    """Show a part with what stands in it."""
    draft = drafted(installation, asker, identifier)
    return _page(request, installation, asker, draft, part_named(name), draft.document, Filled())


@router.post("/agreements/drafts/{identifier}/{name}")
def save(request: Request, installation: Here, asker: Signed, identifier: str, name: str, form: FilledForm) -> Response:
    """Save what was typed, whatever it is; stay while something in it is wrong, unless the person leaves."""
    draft, part = drafted(installation, asker, identifier, Act.DRAFT_AGREEMENT), part_named(name)
    act = form.text("act")

    def change(document: Document, contracts: Mapping[str, Contract]) -> Document:
        before, made = _datasets(document), answered(document, part, form)
        return fitted(made, contracts, _datasets(made) - before) if part.name == "data" else made

    revision = form.text("revision")
    try:
        if act == "copy":
            return _copied(installation, draft, part, form)
        expected = int(revision) if revision.isdecimal() and len(revision) < 10 else None
        kept = drafting.save(installation, draft.id, change, expected=expected)
    except (Conflict, BadInput) as error:
        form.fault("revision" if isinstance(error, Conflict) else "form", error)
        return _page(request, installation, asker, draft, part, answered(draft.document, part, form), form)
    here = f"/agreements/drafts/{draft.id}"
    if act == "another":
        return go(f"{here}/{name}", done="draft-saved")
    if act == "leave":
        return go(here, done="draft-saved")
    wrong = _wrong(installation, kept, part, kept.document)
    if wrong[0] or wrong[1]:
        form.problems |= wrong[0] or {"form": wrong[1][0]}
        return _page(request, installation, asker, kept, part, kept.document, form, saved=True)
    following = PARTS.index(part) + 1
    return go(f"{here}/{PARTS[following].name}" if following < len(PARTS) else here, done="draft-saved")


def _datasets(document: Document) -> frozenset[str]:
    return frozenset(str(terms.get("dataset")) for terms in items_at(document, "data"))


def answered(document: Document, part: Part, form: Filled) -> Document:
    """Return a draft with what a form says of a part."""
    if part.name == "links":
        pairs = [each.split(SEPARATOR, 1) for each in form.many("links")]
        return with_links(document, [(pair[0], pair[1]) for pair in pairs if len(pair) == 2])
    return filled(document, part, {name: form.text(name) for name in form.data if isinstance(name, str)})


def _copied(installation: Installation, draft: Draft, part: Part, form: Filled) -> Response:
    with installation.reading() as connection:
        source = drafting.in_library(installation, connection, form.text("from"))
    drafting.save(installation, draft.id, lambda document, _: with_part(document, part, source.own()))
    return go(f"/agreements/drafts/{draft.id}/{part.name}", done="part-copied")


def _wrong(
    installation: Installation, draft: Draft, part: Part, document: Document
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return what is wrong with a part: by field, and what belongs to no field of the page."""
    looked = drafting.look(installation, Draft(**(vars(draft) | {"document": document})), advice=False)
    found = [each for each in looked.problems if owner(each.path) == part.name]
    known, contracts = known_here(installation)
    names = [field.name for field in fields(part, document, known)]
    names += [field.name for each in lists(part, document, known) for item in each.items for field in item.fields]
    if part.name == "columns":
        names += [each.field.name for shown in columns(document, contracts) for each in shown.columns]
    if part.name == "links":
        names.append("links")
    shown = at_fields(found, names)
    rest = tuple(
        f"{each.message} {each.suggestion}".strip()
        for each in found
        if each.severity.value == "error" and not at_fields([each], names)
    )
    return shown, rest


def _page(
    request: Request,
    installation: Installation,
    asker: Asker,
    draft: Draft,
    part: Part,
    document: Document,
    form: Filled,
    *,
    saved: bool = False,
) -> Response:
    known, contracts = known_here(installation)
    begun = _is_begun(part, document)
    wrong, rest = _wrong(installation, draft, part, document) if begun or saved else ({}, ())
    with installation.reading() as connection:
        library = drafting.library(installation, connection)
        revision = store.draft(connection, draft.id).revision
    page = PartPage(
        title=part.asks,
        seen_by="officers and stewards of the organisation that drafts it",
        back=(f"/agreements/drafts/{draft.id}", draft.title),
        problems=form.problems,
        draft=draft,
        revision=revision,
        part=part,
        number=PARTS.index(part) + 1,
        of=len(PARTS),
        fields=fields(part, document, known),
        lists=lists(part, document, known),
        columns=columns(document, contracts) if part.name == "columns" else (),
        links=links(document, contracts) if part.name == "links" else (),
        wrong=wrong,
        more_wrong=rest,
        library=library,
        may_draft=asker.may(Act.DRAFT_AGREEMENT, Thing(organisation=draft.organisation)),
        saved=saved,
    )
    return show(request, "drafts/part.html", page)


def _is_begun(part: Part, document: Document) -> bool:
    """Return whether anything stands in a part: what is wrong is not told before anything is typed."""
    return progress(document, ())[part.name] is not Progress.NOT_BEGUN
