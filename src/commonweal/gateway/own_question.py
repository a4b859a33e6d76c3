"""A question that a person asked before, found again by its entry: what requests and exceptions begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commonweal.errors import CommonwealError, Conflict, NotAllowed
from commonweal.ledger.keyed import full_texts
from commonweal.ledger.reading import entry as recorded_entry

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from commonweal.ledger import Ledger


def own_question(connection: Connection, ledger: Ledger, person: str, agreement: str, index: int) -> str:
    """Return the SQL that a person (by e-mail address) asked under an agreement (by id), by the number of its entry.

    The number of the answer or the refusal will do. `NotAllowed` when the entry is no question of theirs under it;
    `Conflict` when its text was erased.
    """
    try:
        body = recorded_entry(connection, index).body
        asked = body.get("asked")
        if isinstance(asked, int):
            body = recorded_entry(connection, asked).body
    except CommonwealError:
        body = {}
    digest = str(body.get("question", ""))
    under = str(body.get("agreement", "")).partition("@")[0]
    if not digest or body.get("person") != ledger.person_hash(person) or under != agreement:
        raise NotAllowed(
            f"Entry {index} is no question of yours under this agreement.",
            why="One can begin with one's own questions only.",
            remedy="Give the number that the answer or the refusal named, or the SQL itself.",
        )
    text = full_texts(connection, [digest]).get(digest)
    if text is None:
        raise Conflict(
            f"The text of the question in entry {index} was erased.",
            why="The record keeps its hash only.",
            remedy="Give the SQL itself.",
        )
    return text
