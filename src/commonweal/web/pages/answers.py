"""Answers that are kept: one with all that belongs to it, its picture, its files, its proof; and the list of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import Request
from starlette.responses import Response

from commonweal.errors import NotFound
from commonweal.gateway.answer import ShownCell
from commonweal.gateway.kept.answers import about_agreement
from commonweal.gateway.picture import description, has_picture, svg
from commonweal.gateway.telling import sentence
from commonweal.identity.permission import Act
from commonweal.web.asker import Asker, Here, Signed
from commonweal.web.asking import gateway_of, opened
from commonweal.web.citing import citation
from commonweal.web.formats import DOWNLOADS, Form
from commonweal.web.forms import FilledForm, page_router
from commonweal.web.page import Page, go, show
from commonweal.web.routes import has_page

if TYPE_CHECKING:
    from commonweal.agreement.document import Agreement
    from commonweal.gateway.answer import Answer
    from commonweal.gateway.kept.store import InShort
    from commonweal.installation import Installation

router = page_router()

MOST_ROWS = 1_000
"""Rows that the page shows; all are in the files."""

A_PAGE = 20
"""Answers on one page of the list."""


@dataclass(frozen=True)
class Loss:
    """What is withheld of one column for one reason: how many cells of how many."""

    column: str
    reason: str
    cells: int
    of: int


@dataclass(frozen=True, kw_only=True)
class AnswerPage(Page):
    """An answer with everything that belongs to it. `kept` is None for one that is too large to be kept."""

    number: int
    sentence: str
    columns: tuple[str, ...]
    numeric: tuple[bool, ...]
    cells: tuple[tuple[ShownCell, ...], ...]
    rows: int
    picture: str
    losses: tuple[Loss, ...]
    has_margins: bool
    notes: tuple[str, ...]
    datasets: tuple[str, ...]
    agreement_id: str
    agreement_title: str
    agreement: str
    sql: str
    kept: InShort | None
    erasable: bool
    leaf_hash: str
    citation: str
    exception: str
    downloads: tuple[Form, ...]


@dataclass(frozen=True, kw_only=True)
class AnswersPage(Page):
    """The list: own answers, or all under agreements that one looks after. `before` leads to the older ones."""

    answers: tuple[InShort, ...]
    text: str
    overseeing: bool
    may_oversee: bool
    before: int | None


@router.get("/answers")
def answers_page(
    request: Request, installation: Here, asker: Signed, q: str = "", of: str = "mine", before: int | None = None
) -> Response:
    """List kept answers, newest first."""
    kept = gateway_of(installation, asker).answers
    overseeing = of == "agreements"
    text = " ".join(q.split())[:200] if not overseeing else ""
    found = kept.list(all_of_agreements=overseeing, text=text, before=before, limit=A_PAGE + 1)
    page = AnswersPage(
        title="Answers under your agreements" if overseeing else "Your answers",
        seen_by="officers of the agreements' parties" if overseeing else "you",
        answers=found[:A_PAGE],
        text=text,
        overseeing=overseeing,
        may_oversee=kept.looks_after_some(),
        before=found[A_PAGE - 1].number if len(found) > A_PAGE else None,
    )
    return show(request, "answers/list.html", page)


@router.get("/answers/{number}")
def one(request: Request, installation: Here, asker: Signed, number: int) -> Response:
    """Show an answer."""
    found = opened(installation, asker, number)
    erasable = found.mine or _oversees(asker, found.agreement)
    page = answer_page(request, found.answer, found.agreement, found.short, erasable=erasable)
    return show(request, "answers/answer.html", page)


@router.get("/answers/{number}/picture.svg")
def picture(installation: Here, asker: Signed, number: int) -> Response:
    """Give the picture of an answer."""
    answer = opened(installation, asker, number).answer
    if not has_picture(answer):
        raise NotFound("This answer has no picture.", remedy="Its table is on its page.")
    headers = {"Content-Security-Policy": PICTURE_POLICY}
    return Response(svg(answer), media_type="image/svg+xml", headers=headers)


PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""What the picture may do when it is opened by itself: be looked at."""


@router.get("/answers/{number}/download/{form}")
def download(installation: Here, asker: Signed, number: int, form: str) -> Response:
    """Give an answer as a file."""
    if form not in DOWNLOADS:
        raise NotFound("An answer is not to be had in this form.", remedy=f"Choose from: {', '.join(DOWNLOADS)}.")
    return as_file(opened(installation, asker, number).answer, DOWNLOADS[form])


@router.get("/answers/{number}/proof")
def proof(installation: Here, asker: Signed, number: int) -> Response:
    """Give the proof that an answer is recorded (C2SP tlog-proof)."""
    receipt = opened(installation, asker, number).answer.receipt
    headers = {"Content-Disposition": f'attachment; filename="answer-{number}.tlog-proof"'}
    return Response(receipt.proof, media_type="text/plain; charset=utf-8", headers=headers)


@router.post("/answers/{number}/delete")
def delete(installation: Here, asker: Signed, form: FilledForm, number: int) -> Response:
    """Delete a kept answer before its time."""
    gateway_of(installation, asker).answers.erase(number)
    return go("/answers", done="answer-deleted")


def as_file(answer: Answer, form: Form) -> Response:
    """Return an answer as a file to be kept, named by its number."""
    name = f"answer-{answer.receipt.index}.{form.ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(form.write(answer), media_type=form.media_type, headers=headers)


def answer_page(
    request: Request, answer: Answer, agreement: Agreement, kept: InShort | None, *, erasable: bool
) -> AnswerPage:
    """Return the page of an answer, kept or (None) just handed over."""
    number, rows = answer.receipt.index, answer.table.num_rows
    shown = answer.cells()[:MOST_ROWS]
    lost = Counter((cell.column, cell.reason) for cell in answer.withheld)
    return AnswerPage(
        title=f"Answer {number}",
        seen_by=f"people named in {agreement.title}, and officers of its parties",
        entry=number,
        number=number,
        sentence=sentence(answer),
        columns=answer.columns,
        numeric=answer.numbers,
        cells=tuple(tuple(row) for row in shown),
        rows=rows,
        picture=description(answer) if kept is not None and has_picture(answer) else "",
        losses=tuple(Loss(column, reason, cells, rows) for (column, reason), cells in lost.items()),
        has_margins=bool(answer.margins),
        notes=answer.notes,
        datasets=answer.datasets,
        agreement_id=agreement.id,
        agreement_title=agreement.title,
        agreement=agreement.reference,
        sql=answer.sql,
        kept=kept,
        erasable=erasable,
        leaf_hash=answer.receipt.leaf_hash,
        citation=citation(answer, agreement, kept.at if kept else None, _address(request, number)),
        exception=_exception(request, agreement, kept),
        downloads=tuple(DOWNLOADS.values()) if kept is not None else (),
    )


def _oversees(asker: Asker, agreement: Agreement) -> bool:
    return asker.may(Act.OVERSEE_ANSWERS, about_agreement(agreement))


def _address(request: Request, number: int) -> str:
    installation: Installation = request.app.state.installation
    return f"{installation.settings.web.url}/answers/{number}"


def _exception(request: Request, agreement: Agreement, kept: InShort | None) -> str:
    """Return where an exception is asked for, where the agreement has people who check outputs and the page is there."""
    clause = agreement.safeguards.output_checking
    if kept is None or clause is None or not clause.allowed:
        return ""
    if has_page(request, "/outputs/new"):
        return f"/outputs/new?entry={kept.asked}"
    return "/outputs" if has_page(request, "/outputs") else ""
