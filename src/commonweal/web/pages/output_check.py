"""Checking an output: looking at it, which is recorded, and deciding on it. Only for those who may check it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.responses import Response

from commonweal.errors import BadInput, Conflict, NotAllowed
from commonweal.gateway.output_checking.request import Kind, Verdict
from commonweal.gateway.output_checking.requesting import LONGEST_REASON
from commonweal.gateway.output_checking.showing import Shown
from commonweal.gateway.output_checking.state import OPEN, Doer, State
from commonweal.installation import Installation
from commonweal.web.asker import Asker, Here, Signed
from commonweal.web.forms import Filled, FilledForm, page_router
from commonweal.web.page import Page, go, show
from commonweal.web.pages.outputs import attachment, known, parts_of, what_is

router = page_router()

VERDICTS: Mapping[Verdict, str] = {
    Verdict.APPROVE: "Approve: it may be released",
    Verdict.REJECT: "Reject: it may not be released",
    Verdict.ASK: "Ask: send it back to the requester with a question",
}

MOST_LINES = 200
"""Lines of a text file that are shown; the file itself can be kept and read whole."""


@dataclass(frozen=True)
class Figure:
    """One number of one cell: what would be released, beside what the rules let through, and why they do not."""

    cell: str
    number: str
    exact: str
    protected: str
    withheld: bool
    entities: str
    breaks: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """What would be released, and what helps to judge it; `rows_alone` is for rows, `file` and `text` for files."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: tuple[Figure, ...]
    broken: int
    profile: str
    notes: tuple[str, ...]
    alone: str
    file: Mapping[str, str]
    text: tuple[str, ...]
    is_cut: bool


@dataclass(frozen=True, kw_only=True)
class CheckPage(Page):
    """What is asked for, what was released before and, after a look, the output and the decision."""

    number: int
    what: str
    agreement: str
    agreement_id: str
    question: str
    reason: str
    requester: str
    requester_organisation: str
    state: str
    meaning: str
    datasets: tuple[str, ...]
    before: tuple[Mapping[str, Any], ...]
    decided: bool
    verdicts: Mapping[str, str]
    verdict: str
    typed: str
    sheet: Sheet | None
    is_file: bool
    longest: int = LONGEST_REASON


@router.get("/outputs/{number}/check")
def before_a_look(request: Request, installation: Here, asker: Signed, number: int) -> Response:
    """Show what is asked for, without the output: opening an address is no look."""
    return _page(request, number, _to_check(installation, asker, number), Filled())


@router.post("/outputs/{number}/check")
def look(request: Request, installation: Here, asker: Signed, number: int) -> Response:
    """Show the output; the look is recorded."""
    _to_check(installation, asker, number)
    return _page(request, number, asker.output_checking(installation).show(known(number)), Filled())


@router.post("/outputs/{number}/file")
def file(installation: Here, asker: Signed, number: int) -> Response:
    """Give a checker the file that is to be released, to look at with their own tools; the look is recorded."""
    _to_check(installation, asker, number)
    found = asker.output_checking(installation).show(known(number))
    if found.content is None or found.about["kind"] != Kind.FILE.value:
        raise Conflict("There is no file to look at.", why="This output is a table.", remedy="Look at it on its page.")
    return attachment(found.about["file"], found.content.body, "application/octet-stream")


@router.post("/outputs/{number}/decide")
def decide(request: Request, installation: Here, asker: Signed, number: int, form: FilledForm) -> Response:
    """Take a checker's decision."""
    _to_check(installation, asker, number)
    verdict = form.text("verdict")
    if verdict not in set(Verdict):
        form.problems["verdict"] = "Say what you decide."
    reason = form.required("reason", "Say why. Others will read it.", longest=LONGEST_REASON)
    if not form.problems:
        try:
            asker.output_checking(installation).decide(known(number), Verdict(verdict), reason)
            return go(f"/outputs/{number}", done="output-decided")
        except BadInput as error:
            form.fault("reason", error)
    return _page(request, number, asker.output_checking(installation).show(known(number)), form)


def _to_check(installation: Installation, asker: Asker, number: int) -> Shown:
    """Return an output without its content, for who may check it while it is open."""
    found = asker.output_checking(installation).standing(known(number))
    if Doer.CHECKER not in parts_of(found):
        own = Doer.REQUESTER in parts_of(found)
        raise NotAllowed(
            f"You cannot check output {number}.",
            why="Nobody checks their own output." if own else "It is not yours to check.",
            remedy="Two others decide; where it stands is on its page.",
        )
    if found.state not in OPEN:
        raise Conflict(
            f"Output {number} is {found.state.value.replace('-', ' ')}, so there is nothing to check.",
            remedy="Where it stands is on its page.",
        )
    return found


def _page(request: Request, number: int, found: Shown, form: Filled) -> Response:
    about = found.about
    decided = bool(about["you_decided"])
    offered = dict(VERDICTS)
    if decided:
        offered = {Verdict.ASK: VERDICTS[Verdict.ASK]} if found.state is State.DISAGREED else {}
    page = CheckPage(
        title=f"Check output {number}",
        seen_by="those who may check it, never who asked for it",
        back=(f"/outputs/{number}", f"Output {number}"),
        problems=form.problems,
        number=number,
        what=what_is(about),
        agreement=about["agreement"],
        agreement_id=about["agreement"].partition("@")[0],
        question=about["question"],
        reason=about["reason"],
        requester=about["requester"],
        requester_organisation=about["requester_organisation"],
        state=found.state.value,
        meaning=about["meaning"],
        datasets=tuple(about["datasets"]),
        before=tuple(about["released_before"]),
        decided=decided,
        verdicts={key.value: words for key, words in offered.items()},
        verdict=form.text("verdict"),
        typed=form.text("reason"),
        sheet=_sheet(found) if found.content is not None else None,
        is_file=about["kind"] == Kind.FILE.value,
    )
    return show(request, "outputs/check.html", page)


def _sheet(found: Shown) -> Sheet:
    checks = found.as_dict()["for_checkers"]
    table = checks.get("table", {"columns": [], "rows": []})
    figures = tuple(_figure(line) for line in checks.get("lines", ()))
    text, is_cut = _text(found, checks.get("file", {}))
    return Sheet(
        tuple(table["columns"]),
        tuple(tuple(_said(value) for value in row) for row in table["rows"]),
        tuple(sorted(figures, key=lambda each: not each.breaks)),
        sum(bool(each.breaks) for each in figures),
        str(checks.get("profile", "")),
        tuple(checks.get("notes", ())),
        _alone(checks),
        {name: str(value) for name, value in checks.get("file", {}).items()},
        text,
        is_cut,
    )


def _alone(checks: Mapping[str, Any]) -> str:
    """Return how much rows are alike, in a sentence; nothing when the output is no rows."""
    if "rows_alone" not in checks:
        return ""
    compared = ", ".join(checks["compared"]) or "nothing"
    return (
        f"{checks['rows']:,} rows. Alike in {compared}: at least {checks['smallest_class']:,}; "
        f"{checks['rows_alone']:,} rows are alone."
    )


def _text(found: Shown, file: Mapping[str, Any]) -> tuple[tuple[str, ...], bool]:
    if not file or file["form"] not in ("CSV", "text") or found.content is None:
        return (), False
    lines = found.content.body.decode("utf-8-sig").splitlines()
    return tuple(lines[:MOST_LINES]), len(lines) > MOST_LINES


def _figure(line: Mapping[str, Any]) -> Figure:
    return Figure(
        ", ".join(f"{name} {_said(value)}" for name, value in line["cell"].items()) or "everybody",
        line["number"],
        _said(line["value"]),
        "[c]" if line["withheld"] else _said(line["protected"]),
        bool(line["withheld"]),
        ", ".join(f"{number} {kind}" for kind, number in line["entities"].items()),
        tuple(f"{each['rule']}: {each['found']}" for each in line["breaks"]),
    )


def _said(value: object) -> str:
    return (
        "" if value is None else f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    )
