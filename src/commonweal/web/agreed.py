"""Which agreements whoever asks may see, for pages and API alike; the rule is identity's."""

from __future__ import annotations

from sqlalchemy import Connection

from commonweal.agreement import store
from commonweal.agreement.document import Agreement
from commonweal.errors import NotAllowed
from commonweal.identity.permission import Act
from commonweal.installation import Installation
from commonweal.installation.agreed import Seen, Sees, about, seen
from commonweal.web.asker import Asker


def sees(asker: Asker) -> Sees:
    """Return what tells whether the asker may see a version: by permission and, with a token, by what it is for."""

    def may_see(agreement: Agreement) -> bool:
        covered = asker.token is None or asker.token.covers(agreement.id)
        return covered and asker.may(Act.SEE_AGREEMENT, about(agreement))

    return may_see


def looked_at(
    installation: Installation, connection: Connection, asker: Asker, identifier: str, version: int | None = None
) -> Seen:
    """Return a version for whoever may see it; `NotAllowed`, or `NotFound` if there is no such agreement."""
    asker.must_cover(identifier)
    found = seen(installation, connection, identifier, version, sees(asker))
    if found is None:
        asker.must(Act.SEE_AGREEMENT)  # says why not, without a word about the agreement
        raise AssertionError("nobody may see an agreement that they have nothing to do with")
    return found


def must_do(asker: Asker, act: Act, found: Seen, connection: Connection) -> None:
    """Let pass who may do an act to an agreement: a party of the version that counts, or of the latest."""
    asker.must(act, about(*_acted_on(found, connection)))


def may_do(asker: Asker, act: Act, found: Seen, connection: Connection) -> bool:
    """Return whether they may, so that a button is shown."""
    return asker.may(act, about(*_acted_on(found, connection)))


def _acted_on(found: Seen, connection: Connection) -> tuple[Agreement, ...]:
    numbers = {found.counting, found.latest}
    return tuple(store.agreement(connection, found.agreement.id, number) for number in sorted(numbers))


def may_be_added(asker: Asker, read: Agreement, before: Agreement | None) -> None:
    """Let pass an officer of a party to what is to be added and, if there is one, to the version before it.

    Otherwise others could put a version of their own in the place of an agreement that is none of theirs.
    """
    asker.must_cover(read.id)
    asker.must(Act.PROPOSE_AGREEMENT, about(read))
    if before is not None and not asker.may(Act.PROPOSE_AGREEMENT, about(before)):
        raise NotAllowed(
            "You may not add this.",
            why="There is an agreement of that id, and your organisation is not a party to it.",
            remedy="Choose another id, or ask one of its parties.",
        )
