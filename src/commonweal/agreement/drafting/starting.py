"""What a draft begins as: nothing, a copy of an agreement like it, or the next version of one."""

from __future__ import annotations

from commonweal.agreement.document import Agreement
from commonweal.agreement.drafting.places import Document, copied, put
from commonweal.agreement.hashing import plain

_OWN = ("id", "version", "supersedes", "changes", "people", "decisions", "reviews", "assessments", "term", "appendices")
"""What belongs to one agreement alone, and is not copied into another."""


def from_nothing(organisation: str) -> Document:
    """Return a draft that says only who makes it."""
    return {
        "commonweal": "agreement/1",
        "version": 1,
        "parties": [{"organisation": organisation, "role": "controller"}],
    }


def from_one_like_it(document: Document) -> Document:
    """Return a draft with everything of another agreement but what is that one's alone: name, dates, people, decisions."""
    made = {"commonweal": "agreement/1", "version": 1} | {k: v for k, v in copied(document).items() if k not in _OWN}
    for name in ("outcome", "completed", "review", "dpo_advice", "reference"):
        put(made, f"legal.dpia.{name}", None)
    put(made, "security.certificates", None)
    put(made, "safeguards.output_checking", None)
    return made | {"commonweal": "agreement/1", "version": 1}


def next_version(agreement: Agreement) -> Document:
    """Return a draft of the next version: everything as it is, but for the decisions, which are taken anew."""
    made: Document = plain(agreement.as_document(), days_as_text=True)
    made.pop("decisions", None)
    return made | {"version": agreement.version + 1, "supersedes": agreement.version}
