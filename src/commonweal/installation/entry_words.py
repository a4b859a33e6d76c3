"""What an entry of the ledger says, in a sentence: the same in every page, list and report.

A kind that is not in the table is told by its words, so that a new room's entries can be read before it has sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from commonweal.ledger.entry import Entry

Body = Mapping[str, Any]
Sentence = Callable[[Body], str]

SHORT = 12
"""How many digits of a hash are shown where there is no room for all."""


def in_words(entry: Entry) -> str:
    """Return an entry as a sentence; people are not in it, since an entry knows them by hashes only."""
    sentence = _SENTENCES.get(entry.kind)
    try:
        return sentence(entry.body) if sentence else _plain(entry)
    except (KeyError, TypeError, ValueError):  # an entry of another version, with other facts
        return _plain(entry)


def kind_in_words(kind: str) -> str:
    """Return a kind as words: ``question.asked`` becomes "Question asked"."""
    return kind.replace(".", " ").replace("-", " ").capitalize()


def person_of(entry: Entry) -> str:
    """Return the keyed hash of who did it, empty where an entry names nobody or is about somebody else."""
    for name in ("by", "person") if entry.kind != "person.added" else ("by",):
        value = entry.body.get(name)
        if isinstance(value, str):
            return value
    return ""


def brief(value: object) -> str:
    """Return a value short enough for a line: hashes by their first digits, lists with commas."""
    if isinstance(value, list | tuple):
        return ", ".join(brief(each) for each in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {brief(each)}" for name, each in value.items())
    text = str(value)
    if len(text) >= 64 and not text.strip("0123456789abcdef"):
        return f"{text[:SHORT]}…"
    return text if len(text) <= 80 else f"{text[:80]}…"


def _plain(entry: Entry) -> str:
    said = "; ".join(
        f"{name.replace('_', ' ')}: {brief(value)}" for name, value in entry.body.items() if name != "person"
    )
    return f"{kind_in_words(entry.kind)}{': ' if said else ''}{said}."


def _rows(body: Body, name: str = "rows") -> str:
    count = int(body[name])
    return f"{count:,} {'row' if count == 1 else 'rows'}"


def _under(body: Body) -> str:
    return f"under {body['agreement']}"


def _version(body: Body) -> str:
    return f"version {body['version']} of {body['agreement']}"


def _datasets(body: Body) -> str:
    names = [str(each).partition("@")[0] for each in body["datasets"]]
    return ", ".join(dict.fromkeys(names))


def _by_party(what: str) -> Sentence:
    return lambda body: f"{body['organisation']} {what} {body['agreement']}."


def _output(what: str) -> Sentence:
    return lambda body: f"Output {body['output']} {_under(body)} was {what}."


def _request(what: str) -> Sentence:
    return lambda body: f"Request {body['request']} for access was {what}."


def _withheld(body: Body) -> str:
    count = int(body["withheld"])
    return f"{count:,} {'part' if count == 1 else 'parts'} withheld"


def _urgent(body: Body) -> str:
    return ", as urgent" if "urgent" in body else ""


def _commented(body: Body) -> str:
    on = "a draft" if "draft" in body else _version(body)
    return f"a clause ({body['clause']}) of {on}"


def _report(body: Body) -> str:
    about = {
        "dataset": "use of",
        "agreement": "use under",
        "entity": "use of records about one",
        "asker": "questions of a person",
    }
    return f"A report was made about {about[body['about']]}{' ' + body['named'] if body.get('named') else ''}."


_SENTENCES: dict[str, Sentence] = {
    "organisation.added": lambda b: f"The organisation {b['organisation']} ({b['title']}) was added, with its public key.",
    "person.added": lambda b: f"A person of {b['organisation']} was added as {', '.join(b['roles'])}.",
    "dataset.added": lambda b: f"The dataset {b['dataset']} was added: {_rows(b)}, with its contract.",
    "dataset.replaced": lambda b: f"The dataset {b['dataset']} got a new contract or snapshot{_urgent(b)}: {_rows(b)}.",
    "snapshot.deleted": lambda b: f"The earlier snapshot of {b['dataset']} was deleted.",
    "treated.deleted": lambda b: f"Treated tables were deleted: {brief(dict(b))}.",
    "counted.deleted": lambda b: f"{b['tables']} counted tables were deleted: they were no longer needed.",
    "agreement.added": lambda b: f"The text of {_version(b)} was added.",
    "agreement.assessed": lambda b: f"The risk of {_version(b)} was assessed: {b['level']}.",
    "agreement.signed": lambda b: f"{b['organisation']} signed {_version(b)}.",
    "agreement.suspended": _by_party("suspended"),
    "agreement.resumed": _by_party("lifted its suspension of"),
    "agreement.withdrawn": _by_party("withdrew from"),
    "agreement.ended": _by_party("ended"),
    "question.asked": lambda b: f"A question was asked of {_datasets(b)} {_under(b)}, for {b['purpose'].replace('-', ' ')}.",
    "question.answered": lambda b: f"Question {b['asked']} was answered: {_rows(b)}, {_withheld(b)}.",
    "question.refused": lambda b: f"A question was refused {_under(b)}, by the clause {b['clause']}.",
    "question.failed": lambda b: f"Question {b['asked']} got no answer ({b['error']}).",
    "question.explained": lambda b: f"What question {b['asked']} would be answered was worked out, and nothing shown.",
    "answer.published": lambda b: f"Answer {b['answer']} under {b['agreement']} was published as {b['name']}.",
    "answer.withdrawn": lambda b: f"The published answer {b['name']} was withdrawn.",
    "meter.opened": lambda b: f"A shared table was opened {_under(b)} by {_columns(b)}.",
    "meter.released": lambda b: f"A released table was kept, by {_columns(b)}.",
    "output.requested": _output("asked for"),
    "output.viewed": _output("looked at by a checker"),
    "output.decided": _output("decided on by a checker"),
    "output.resubmitted": _output("sent again with an answer"),
    "output.prepared": _output("computed for its checkers"),
    "output.failed": _output("to be computed, which failed"),
    "output.disagreed": _output("not agreed on by its checkers"),
    "output.released": _output("released"),
    "output.rejected": _output("rejected"),
    "output.returned": _output("sent back with questions"),
    "output.withdrawn": _output("taken back"),
    "output.expired": _output("deleted, for its time was over"),
    "output.fetched": _output("fetched"),
    "request.made": lambda b: f"Request {b['request']} for access to {_datasets(b)} was made.",
    "request.said": _request("talked about"),
    "request.granted": lambda b: f"Request {b['request']} for access was granted, by {b['granted']}.",
    "request.declined": _request("declined"),
    "request.withdrawn": _request("taken back"),
    "report.made": _report,
    "draft.made": lambda b: f"{b['organisation']} began a draft of an agreement.",
    "draft.deleted": lambda b: f"{b['organisation']} deleted a draft of an agreement.",
    "draft.proposed": lambda b: f"{b['organisation']} proposed a draft as {b['agreement']}.",
    "comment.made": lambda b: f"{b['organisation']} commented on {_commented(b)}.",
    "comment.resolved": lambda b: f"{b['organisation']} resolved a comment on {_commented(b)}.",
    "comment.reopened": lambda b: f"{b['organisation']} opened a comment on {_commented(b)} again.",
}  # fmt: skip


def _columns(body: Body) -> str:
    names = [str(column[0]) for column in body["columns"]]
    return ", ".join(names) or "nothing: totals only"
