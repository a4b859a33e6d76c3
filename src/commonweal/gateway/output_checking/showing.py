"""What each person sees of a request. The requester: states and words. A checker: all of it, but not the others' verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from commonweal.gateway.output_checking import store
from commonweal.gateway.output_checking.content import Content
from commonweal.gateway.output_checking.desk import Case
from commonweal.gateway.output_checking.plain import plain
from commonweal.gateway.output_checking.request import Decision, Kind, Request
from commonweal.gateway.output_checking.state import MEANING, Doer, State
from commonweal.ledger.keyed import full_texts

ERASED = "(erased)"
SETTLED = frozenset({State.RETURNED, State.RELEASED, State.REJECTED})
"""The states in which all decisions of the round are in, and open."""


@dataclass(frozen=True)
class Shown:
    """What one person may see of a request, as JSON-ready values; `content` is there for checkers only."""

    about: Mapping[str, Any]
    content: Content | None = None

    @property
    def number(self) -> int:
        """Return the request's number."""
        return int(self.about["number"])

    @property
    def state(self) -> State:
        """Return where the request stands."""
        return State(self.about["state"])

    def as_dict(self) -> dict[str, Any]:
        """Return it as the JSON shape of the terminal."""
        if self.content is None:
            return {"output": dict(self.about)}
        checks = dict(self.content.beside)
        if self.about["kind"] != Kind.FILE.value:
            table = self.content.as_table()
            columns = [[plain(value) for value in column.to_pylist()] for column in table.columns]
            checks["table"] = {"columns": table.column_names, "rows": [list(row) for row in zip(*columns, strict=True)]}
        return {"output": dict(self.about), "for_checkers": checks}


def in_short(request: Request, parts: frozenset[Doer]) -> dict[str, Any]:
    """Return a request as a line of a list: nothing of its content, nothing of anybody's decision."""
    return {
        "number": request.number,
        "agreement": request.reference,
        "kind": request.kind.value,
        "wanted": request.wanted.value if request.kind is Kind.EXCEPTION else "",
        "file": request.file_name,
        "state": request.state.value,
        "you_are": sorted(part.value for part in parts),
        "requested_at": request.requested_at.isoformat(),
    }


def about(c: Connection, case: Case) -> dict[str, Any]:
    """Return what this person may know about a request beside its content.

    A checker sees the requester, and the others' decisions only after their own or when all are in. The requester sees
    the reasons, without names, once it is returned or rejected.
    """
    request, decisions = case.request, store.decisions(c, case.request)
    words = _words(c, request, decisions)
    said = in_short(request, case.parts) | {
        "round": request.round,
        "meaning": MEANING[request.state],
        "reason": words[request.reason],
        "question": words[request.question] if request.question else "",
        "datasets": list(request.datasets),
    }
    if Doer.CHECKER in case.parts:
        return said | _for_checker(case, decisions, words) | {"released_before": _released_before(c, request)}
    if Doer.REQUESTER in case.parts and request.state in {State.RETURNED, State.REJECTED}:
        remarks = [words[decision.reason] for decision in decisions]
        said["remarks"] = [*remarks, *([words[request.note]] if request.note else [])]
    return said


def _for_checker(case: Case, decisions: tuple[Decision, ...], words: Mapping[str, str]) -> dict[str, Any]:
    request = case.request
    decided = {decision.checker for decision in decisions}
    open_to = case.person.email in decided or request.state in SETTLED
    found: dict[str, Any] = {
        "requester": request.requester,
        "requester_organisation": request.organisation,
        "you_decided": case.person.email in decided,
    }
    if open_to:
        found["decisions"] = [
            {
                "checker": decision.checker,
                "organisation": decision.organisation,
                "verdict": decision.verdict.value,
                "reason": words[decision.reason],
            }
            for decision in decisions
        ]
    return found


def _released_before(c: Connection, request: Request) -> list[dict[str, Any]]:
    """Return the questions about the same datasets whose output was released: together they may tell more than each."""
    read = {each.partition("@")[0] for each in request.datasets}
    found = [
        other
        for other in store.requests(c, State.RELEASED)
        if read & {each.partition("@")[0] for each in other.datasets} and other.number != request.number
    ]
    texts = full_texts(c, (other.question for other in found))
    return [
        {"number": other.number, "agreement": other.reference, "question": texts.get(other.question, ERASED)}
        for other in found
    ]


def _words(c: Connection, request: Request, decisions: tuple[Decision, ...]) -> dict[str, str]:
    """Return the words behind every hash of a request and its decisions."""
    wanted = {request.reason, request.question, request.note, *(decision.reason for decision in decisions)} - {""}
    known = dict.fromkeys(wanted, ERASED) | full_texts(c, wanted)
    return known | {decision.reason: decision.text for decision in decisions if decision.text}
