"""Who may read an entry of the ledger: those it is about, those who look after the record, and who holds its hash.

The hash of an entry is in its receipt: whoever has that may see that the entry is there, signed in or not.
"""

from __future__ import annotations

import hmac

from sqlalchemy import Connection

from commonweal.agreement import store as agreements
from commonweal.errors import NotAllowed, NotFound, SignInNeeded
from commonweal.identity.permission import Act
from commonweal.installation import Installation
from commonweal.installation.involvement import thing_of
from commonweal.installation.overseeing import overseen_by
from commonweal.installation.who import KIND
from commonweal.ledger.entry import Entry
from commonweal.ledger.reading import entry as stored_entry
from commonweal.ledger.searching import names
from commonweal.web.asker import Asker


def readable_entry(
    connection: Connection, installation: Installation, visitor: Asker | None, index: int, leaf: str = ""
) -> Entry:
    """Return an entry that this reader may see; `NotFound`, `SignInNeeded` or `NotAllowed` otherwise.

    With a `leaf` (hex) that is not the entry's, it is as if there were no such entry.
    """
    if leaf and visitor is None:
        return by_hash(connection, index, leaf)
    if visitor is None:
        return _public(connection, index)
    entry = stored_entry(connection, index)
    if (leaf and _same(leaf, entry)) or may_read(connection, installation, visitor, entry):
        return entry
    raise NotAllowed(
        "This entry is not for you to read.",
        why="An entry is read by those it is about, and by who looks after the record for an organisation it concerns.",
        remedy="With its hash, which is in the receipt, anybody may fetch its proof.",
    )


def by_hash(connection: Connection, index: int, leaf: str) -> Entry:
    """Return the entry of an index and a hash (hex); one and the same `NotFound` whichever is wrong."""
    try:
        entry = stored_entry(connection, index)
    except NotFound:
        entry = None
    if entry is None or not _same(leaf, entry):
        raise NotFound(
            "There is no entry with this number and hash.",
            why="Both must be those of the receipt.",
            remedy="Copy them from the receipt; if they are right, tell the keeper of this ledger.",
        )
    return entry


def may_read(connection: Connection, installation: Installation, asker: Asker, entry: Entry) -> bool:
    """Tell whether somebody who is signed in may read an entry."""
    own = installation.ledger.person_hash(asker.person.email)
    if concerns(entry, own) or entry.kind == "organisation.added":
        return True
    if asker.may(Act.SEE_LEDGER) and overseen_by(connection, asker.person.organisation).holds(connection, entry):
        return True
    if entry.kind.startswith("agreement."):
        return _of_agreement(connection, entry, asker)
    if entry.kind.startswith("dataset."):
        return str(entry.body.get("dataset", "")).partition("/")[0] == asker.person.organisation
    asked = entry.body.get("asked")
    return isinstance(asked, int) and concerns(stored_entry(connection, asked), own)


def concerns(entry: Entry, digest: str) -> bool:
    """Tell whether an entry is a person's own to read, by keyed hash; a report about somebody is its maker's alone."""
    return entry.body.get("person") == digest if entry.kind == KIND else names(entry, digest)


def _public(connection: Connection, index: int) -> Entry:
    """Return an entry about an agreement that is public: what happens to those is for everybody to see."""
    try:
        entry = stored_entry(connection, index)
    except NotFound:
        entry = None
    if entry is None or not entry.kind.startswith("agreement.") or not _of_agreement(connection, entry, None):
        raise SignInNeeded(
            "Sign in first.",
            why="This entry is for people who are known here.",
            remedy="Sign in, or send its hash, which is in the receipt.",
        )
    return entry


def _of_agreement(connection: Connection, entry: Entry, asker: Asker | None) -> bool:
    try:
        agreement = agreements.agreement(connection, str(entry.body.get("agreement", "")).partition("@")[0])
    except NotFound:
        return False
    return agreement.transparency.public or (asker is not None and asker.may(Act.SEE_AGREEMENT, thing_of(agreement)))


def _same(leaf: str, entry: Entry) -> bool:
    return hmac.compare_digest(leaf.strip().lower().encode(), entry.leaf_hash.encode())
