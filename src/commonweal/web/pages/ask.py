"""Asking: an agreement, an editor with its tables beside it, what would happen, and what is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import Request
from starlette.responses import Response

from commonweal.agreement.store import agreements as stored_agreements
from commonweal.agreement.store import current
from commonweal.catalogue.store import datasets as stored_datasets
from commonweal.disclosure.metered.profile import Metered
from commonweal.errors import Refused
from commonweal.gateway.agreed import AgreedTable, agreed_tables
from commonweal.gateway.examples import Example, examples
from commonweal.gateway.explanation import Explanation
from commonweal.gateway.kept.answers import about_agreement
from commonweal.gateway.kept.store import is_kept
from commonweal.identity.permission import Act
from commonweal.web.asker import Asker, Here, Signed
from commonweal.web.asking import Asked, asked, explained, opened
from commonweal.web.forms import Filled, FilledForm, page_router
from commonweal.web.page import Page, go, show
from commonweal.web.pages.answers import answer_page
from commonweal.web.refusing import refusal_page

if TYPE_CHECKING:
    from commonweal.agreement.document import Agreement
    from commonweal.installation import Installation

router = page_router()

LONGEST = 20_000
"""Characters of a question that the editor takes."""


@dataclass(frozen=True)
class Choice:
    """An agreement that may be asked under."""

    id: str
    title: str
    purpose: str


@dataclass(frozen=True, kw_only=True)
class ChoosePage(Page):
    """The agreements that may be asked under."""

    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class Row:
    """One step of what will happen: what it is about, what was decided, and the details."""

    about: str
    decided: str
    details: tuple[str, ...]


@dataclass(frozen=True)
class Foretold:
    """What would happen to a question: in short, clause by clause, and every other step."""

    short: tuple[Row, ...]
    findings: tuple[dict[str, object], ...]
    steps: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class AskPage(Page):
    """The editor, with what may be asked about beside it and, when it was asked for, what would happen."""

    document: Agreement
    agreement: Choice
    tables: tuple[AgreedTable, ...]
    links: tuple[tuple[str, str], ...]
    examples: tuple[Example, ...]
    metered: bool
    several: bool
    sql: str = ""
    plain: bool = False
    foretold: Foretold | None = None


@router.get("/ask")
def ask_page(
    request: Request, installation: Here, asker: Signed, agreement: str = "", answer: int | None = None
) -> Response:
    """Show the agreements to choose from, or the editor of one; `answer` puts a kept question in it."""
    found = _open_to(installation, asker)
    if answer is not None:
        kept = opened(installation, asker, answer)
        agreement, sql = kept.short.agreement, kept.short.sql
    else:
        sql = ""
    chosen = agreement or (found[0].id if len(found) == 1 else "")
    if chosen:
        return show(request, "ask/editor.html", _editor(installation, asker, chosen, Filled(), sql=sql))
    choices = tuple(_choice(each) for each in found)
    page = ChoosePage(title="Ask a question", seen_by="everyone signed in", choices=choices)
    return show(request, "ask/choose.html", page)


@router.post("/ask")
def ask(request: Request, installation: Here, asker: Signed, form: FilledForm) -> Response:
    """Put a question in the editor (`use`), show what would happen (`explain`), or ask it."""
    agreement, plain = form.text("agreement"), form.text("plain") == "yes"
    if form.text("use"):
        page = _editor(installation, asker, agreement, form, sql=form.text("use"))
        return show(request, "ask/editor.html", page)
    sql = form.required("sql", "Write a question.", longest=LONGEST)
    page = _editor(installation, asker, agreement, form, sql=sql, plain=plain)
    if form.problems:
        return show(request, "ask/editor.html", page)
    question = Asked(sql, agreement, plain)
    try:
        if form.text("act") == "explain":
            explanation = explained(installation, asker, question)
            if explanation.refusal is not None:
                raise explanation.refusal
            page = _editor(installation, asker, agreement, form, sql=sql, plain=plain, foretold=foretold(explanation))
            return show(request, "ask/editor.html", page)
        answer = asked(installation, asker, question)
    except Refused as refusal:
        refused = refusal_page(request, question, page.document, refusal, page.examples)
        return show(request, "ask/refusal.html", refused, status=refusal.http_status)
    with installation.reading() as connection:
        kept = is_kept(connection, answer.receipt.index)
    if kept:
        return go(f"/answers/{answer.receipt.index}")
    return show(request, "answers/answer.html", answer_page(request, answer, page.document, None, erasable=False))


def foretold(explanation: Explanation) -> Foretold:
    """Return an explanation as the page shows it: what would be seen and what it costs first."""
    by_name = {step.name: step for step in explanation.steps}
    short = [_row(by_name[name].name, by_name[name]) for name in ("protect", "cost") if name in by_name]
    ruling = by_name.get("ruling")
    findings = ruling.facts.get("findings", []) if ruling else []
    assert isinstance(findings, list)
    others = [step for step in explanation.steps if step.name not in {"protect", "cost", "ruling"}]
    return Foretold(tuple(short), tuple(findings), tuple(_row(step.name, step) for step in others))


_ABOUT = {
    "agreement": "The agreement",
    "query": "What it reads",
    "obligations": "How the answer is protected",
    "risk": "Risk",
    "record": "The record",
    "plan": "How it is worked out",
    "protect": "What you would see",
    "cost": "What it costs",
}


def _row(name: str, step: object) -> Row:
    decided, details = getattr(step, "decided", ""), getattr(step, "details", ())
    return Row(_ABOUT.get(name, name), decided[:1].upper() + decided[1:], tuple(details))


def _open_to(installation: Installation, asker: Asker) -> list[Agreement]:
    """Return the agreements in force that name who asks."""
    with installation.reading() as connection:
        now, keys = installation.ledger.now(connection), installation.keys.public_keys()
        found = []
        for identifier in {each.id for each in stored_agreements(connection)}:
            counting = current(connection, identifier, now, public_keys=keys)
            about = about_agreement(counting.agreement, asker.person)
            if counting.standing.in_force and asker.may(Act.ASK, about):
                found.append(counting.agreement)
    return sorted(found, key=lambda each: each.title)


def _choice(agreement: Agreement) -> Choice:
    return Choice(agreement.id, agreement.title, agreement.purpose.statement)


def _editor(
    installation: Installation,
    asker: Asker,
    identifier: str,
    form: Filled,
    *,
    sql: str = "",
    plain: bool = False,
    foretold: Foretold | None = None,
) -> AskPage:
    """Return the editor of an agreement that names who asks; `NotAllowed` or `NotFound` otherwise."""
    with installation.reading() as connection:
        now, keys = installation.ledger.now(connection), installation.keys.public_keys()
        agreement = current(connection, identifier, now, public_keys=keys).agreement
        asker.must(Act.ASK, about_agreement(agreement, asker.person))
        datasets = {dataset.reference: dataset for dataset in stored_datasets(connection)}
    tables = agreed_tables(agreement, datasets)
    return AskPage(
        title="What will happen" if foretold else "Ask a question",
        seen_by="you",
        document=agreement,
        agreement=_choice(agreement),
        tables=tables,
        links=agreement.links,
        examples=examples(tables, agreement.links),
        metered=isinstance(agreement.safeguards.protection, Metered),
        several=len(_open_to(installation, asker)) > 1,
        sql=sql,
        plain=plain,
        foretold=foretold,
        problems=form.problems,
    )
