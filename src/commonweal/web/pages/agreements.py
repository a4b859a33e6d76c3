"""The agreements of whoever is signed in: found by words and state; and adding one from a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request
from starlette.responses import Response

from commonweal.agreement.reading import Problem, Severity
from commonweal.agreement.tag import EVERY, Tag
from commonweal.errors import BadInput, Conflict
from commonweal.identity.permission import Act, Thing
from commonweal.installation import agreeing
from commonweal.installation.agreed import Listed, listed, titles
from commonweal.web.agreed import may_be_added, sees
from commonweal.web.asker import Asker, Here, Signed
from commonweal.web.forms import Filled, FilledForm, page_router
from commonweal.web.page import Page, go, show

router = page_router()

A_PAGE = 20
"""Agreements on one page of the list."""

LARGEST_TEXT = 300_000
"""The most characters of an agreement's text; one with every field filled in takes a tenth of it."""


@dataclass(frozen=True, kw_only=True)
class AgreementsPage(Page):
    """The agreements that fit what was looked for, a page of them."""

    lines: tuple[Listed, ...]
    names: Mapping[str, str]
    found: int
    all: int
    words: str
    state: str
    organisation: str
    tags: tuple[Tag, ...]
    number: int
    pages: int
    before: str
    after: str
    may_add: bool
    may_draft: bool


@dataclass(frozen=True, kw_only=True)
class AddPage(Page):
    """A form for an agreement's text, with what is wrong with the text that was sent."""

    text: str = ""
    found: tuple[Problem, ...] = field(default=())
    errors: int = 0
    checked: bool = False


@router.get("/agreements")
def agreements_page(
    request: Request,
    installation: Here,
    asker: Signed,
    words: Annotated[str, Query(max_length=200)] = "",
    state: Annotated[str, Query(max_length=40)] = "",
    organisation: Annotated[str, Query(max_length=63)] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    """List the agreements that name the person, or to which their organisation is a party."""
    with installation.reading() as connection:
        every = listed(installation, connection, sees(asker))
        names = titles(connection)
    fitting = tuple(each for each in every if _fits(each, names, words, state, organisation))
    pages = max(1, ceil(len(fitting) / A_PAGE))
    number = min(page, pages)
    asked = {"words": words, "state": state, "organisation": organisation}

    def at(wanted: int) -> str:
        kept = {name: value for name, value in asked.items() if value} | {"page": str(wanted)}
        return f"/agreements?{urlencode(kept)}" if 1 <= wanted <= pages else ""

    concerned = {name for each in every for name in each.agreement.organisations}
    shown = AgreementsPage(
        title="Your agreements",
        seen_by="everyone signed in; each sees the agreements that name them or their organisation",
        lines=fitting[(number - 1) * A_PAGE : number * A_PAGE],
        names={name: names.get(name, name) for name in sorted(concerned)},
        found=len(fitting),
        all=len(every),
        words=words,
        state=state,
        organisation=organisation,
        tags=tuple(dict.fromkeys(EVERY)),
        number=number,
        pages=pages,
        before=at(number - 1),
        after=at(number + 1),
        may_add=_drafts(asker),
        may_draft=_drafts(asker),
    )
    return show(request, "agreements/list.html", shown)


@router.get("/agreements/add")
def add_page(request: Request, asker: Signed) -> Response:
    """Show the form."""
    _must_draft(asker)
    return _form(request, Filled())


@router.post("/agreements/add")
def add(request: Request, installation: Here, asker: Signed, form: FilledForm) -> Response:
    """Check the text; with `add`, add it if nothing stops it, and go to the agreement."""
    _must_draft(asker)
    text = _text(form)
    if form.problems:
        return _form(request, form, text=text)
    found = agreeing.check_text(installation, text, "the agreement")
    errors = [problem for problem in found if problem.severity is Severity.ERROR]
    if errors or form.text("act") != "add":
        if errors:
            form.problems["text"] = f"The text has {'a problem' if len(errors) == 1 else f'{len(errors)} problems'}."
        return _form(request, form, text=text, found=found, errors=len(errors), checked=True)
    try:
        added, _ = agreeing.add_text(
            installation,
            text,
            "the agreement",
            by=asker.person.email,
            permitted=lambda read, before: may_be_added(asker, read, before),
        )
    except (BadInput, Conflict) as error:
        form.problems["text"] = " ".join(part for part in (error.message, error.why, error.remedy) if part)
        return _form(request, form, text=text, found=found, checked=True)
    return go(f"/agreements/{added.id}?version={added.version}", done="agreement-added")


def _fits(line: Listed, names: Mapping[str, str], words: str, state: str, organisation: str) -> bool:
    document = line.agreement
    if state and line.tag.words != state:
        return False
    if organisation and organisation not in document.organisations:
        return False
    searched = " ".join(
        (
            document.id,
            document.title,
            document.purpose.statement,
            document.purpose.code.value,
            *(names.get(name, name) for name in document.organisations),
            *(terms.dataset for terms in document.data),
        )
    ).casefold()
    return all(word in searched for word in words.casefold().split())


def _drafts(asker: Asker) -> bool:
    return asker.may(Act.DRAFT_AGREEMENT, Thing(organisation=asker.person.organisation))


def _must_draft(asker: Asker) -> None:
    asker.must(Act.DRAFT_AGREEMENT, Thing(organisation=asker.person.organisation))


def _text(form: Filled) -> str:
    """Return the text of the file, or what was pasted; what is wrong with either is noted at its field."""
    file = form.file("file")
    if file is None:
        return form.required("text", "Choose a file, or paste the agreement's text.", longest=LARGEST_TEXT)
    content = file.file.read(LARGEST_TEXT + 1)
    if len(content) > LARGEST_TEXT:
        form.problems["file"] = f"The file must be {LARGEST_TEXT:,} bytes or fewer."
        return ""
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        form.problems["file"] = "The file is not UTF-8 text. Save it as UTF-8."
        return ""
    if not text.strip():
        form.problems["file"] = "The file is empty."
    return text


def _form(
    request: Request,
    form: Filled,
    *,
    text: str = "",
    found: tuple[Problem, ...] = (),
    errors: int = 0,
    checked: bool = False,
) -> Response:
    page = AddPage(
        title="Add an agreement from a file",
        seen_by="officers",
        back=("/agreements", "Agreements"),
        problems=form.problems,
        text=text,
        found=found,
        errors=errors,
        checked=checked,
    )
    return show(request, "agreements/add.html", page)
