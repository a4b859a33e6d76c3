"""Signing in with an account that is kept here: password, then a code; invitations; confirming; passwords and codes anew.

A failed attempt is counted in its own transaction before it is looked at (`commonweal.identity.attempts`), and is not in
the ledger: who typed what is nobody's business. What succeeds is recorded with the change it makes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from commonweal.errors import CommonwealError, NotAllowed, NotFound
from commonweal.identity import attempts, begun, invitations, passwords, second_factor, sessions
from commonweal.identity import store as identity
from commonweal.identity.attempts import Attempt
from commonweal.identity.begun import Begun, Part
from commonweal.identity.person import normalised_email
from commonweal.installation.people import record

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from commonweal.identity.invitations import Invitation
    from commonweal.identity.person import Person
    from commonweal.identity.sessions import Session
    from commonweal.installation.installation import Installation

PASSWORD, CODE = "password", "code"
"""The two kinds of attempt."""


@dataclass(frozen=True)
class SignedIn:
    """A session that has begun: the secret for the browser's cookie, and the local path to go to."""

    secret: str
    next: str = "/"


@dataclass(frozen=True)
class CodeNeeded:
    """The first part was right, and the person has a second factor: the secret for the cookie of what has begun."""

    secret: str


def with_password(
    installation: Installation, email: str, password: str, address: str, *, next_place: str = "/"
) -> SignedIn | CodeNeeded:
    """Sign in with a password, from a network address.

    `NotAllowed` when it is not right, in the same words and after the same work whether or not there is such a person;
    `Busy` after too many attempts.
    """
    known = _written(email)
    if not is_right_password(installation, known, password, address):
        raise wrong_password()
    with installation.transaction() as connection:
        now = installation.ledger.now(connection)
        return after_first_part(installation, connection, known, now, by=PASSWORD, next_place=next_place)


def is_right_password(installation: Installation, email: str, password: str, address: str) -> bool:
    """Return whether a password is a person's; counted as an attempt, `Busy` after too many."""
    attempt, key = Attempt(PASSWORD, email, address), installation.keys.secret("attempts")
    with installation.transaction() as connection:
        attempts.count(connection, attempt, key, installation.ledger.now(connection))
        kept = passwords.kept_hash(connection, email)
    if not passwords.is_right(kept, password) or kept is None:
        return False
    again = passwords.hash_of(password) if passwords.is_old(kept) else None
    with installation.transaction() as connection:
        attempts.succeeded(connection, attempt, key)
        if again is not None:
            passwords.replace_hash(connection, email, kept, again)
        return passwords.kept_hash(connection, email) in {kept, again}  # not changed, and not removed, meanwhile


def after_first_part(
    installation: Installation, connection: Connection, email: str, now: datetime, *, by: str, next_place: str
) -> SignedIn | CodeNeeded:
    """Go on after the first part was right: to the code for who has a second factor, else into a session."""
    if second_factor.is_set_up(connection, email):
        return CodeNeeded(begun.begin(connection, Begun(Part.CODE, email, next_place, {"by": by}), now))
    return into_session(installation, connection, email, now, by=by, second=False, next_place=next_place)


def into_session(
    installation: Installation,
    connection: Connection,
    email: str,
    now: datetime,
    *,
    by: str,
    second: bool,
    next_place: str,
) -> SignedIn:
    """Begin a session under a secret that nobody knew before, and record it."""
    if not identity.is_known(connection, email):  # removed a moment ago
        raise wrong_password()
    sessions.delete_ended(connection, now)
    attempts.delete_forgotten(connection, now)
    _, secret = sessions.begin(connection, email, now, second_factor=second)
    record(installation, connection, "person.signed-in", email, {"by": by, "second_factor": second})
    return SignedIn(secret, next_place)


def with_code(installation: Installation, begun_secret: str, code: str, address: str) -> SignedIn:
    """Go on signing in with a code of the app, or a recovery code.

    `NotFound` when nothing has begun, or too long ago; `NotAllowed` for a wrong or used code; `Busy` after too many.
    """
    with installation.transaction() as connection:
        now = installation.ledger.now(connection)
        waiting = begun.find(connection, begun_secret, Part.CODE, now)
        if waiting is None or waiting.email is None:
            raise NotFound("You have not begun to sign in, or too long ago.", remedy="Sign in again.")
        if _is_right_code(installation, connection, waiting.email, code, address, now):
            begun.end(connection, begun_secret)
            by, email = waiting.details["by"], waiting.email
            return into_session(installation, connection, email, now, by=by, second=True, next_place=waiting.next)
    raise wrong_code()


def confirm(installation: Installation, session: Session, code: str, address: str) -> SignedIn:
    """Give the second factor afresh, in a session: it goes on under a new secret. Errors as `with_code`."""
    with installation.transaction() as connection:
        now = installation.ledger.now(connection)
        must_be_there(connection, session)
        if _is_right_code(installation, connection, session.email, code, address, now):
            return SignedIn(sessions.confirmed(connection, session, now)[1])
    raise wrong_code()


def invited(installation: Installation, secret: str) -> tuple[Invitation, Person]:
    """Return a link's invitation and whom it is for; one `NotFound` whatever is wrong with it."""
    with installation.reading() as connection:
        found = invitations.find(connection, secret, installation.ledger.now(connection))
        if found is None:
            raise _no_invitation()
        return found, identity.person(connection, found.email)


def accept(installation: Installation, secret: str, password: str) -> SignedIn | CodeNeeded:
    """Set a password with an invitation, which works no more, and sign in with it; other sessions end.

    `BadInput` for a password that is not good (the invitation still works), `NotFound` for a link that does not work.
    """
    _, person = invited(installation, secret)
    good = passwords.hash_of(passwords.must_be_good(password, about=_about(person)))
    with installation.transaction() as connection:
        now = installation.ledger.now(connection)
        used = invitations.use(connection, secret, now)
        if used is None:
            raise _no_invitation()
        passwords.set_password(connection, used.email, good, now)
        if used.forgets_second_factor:
            second_factor.remove(connection, used.email)
        sessions.end_all(connection, used.email)
        begun.end_all(connection, used.email)
        record(installation, connection, "person.changed", used.email, {"what": "password"}, by=used.email)
        return after_first_part(installation, connection, used.email, now, by="invitation", next_place="/you")


def change_password(installation: Installation, session: Session, old: str, new: str, address: str) -> SignedIn:
    """Change the password of who is signed in; their other sessions end, and this one goes on under a new secret.

    `NotAllowed` when the old one is not right, `BadInput` when the new one is not good, `Busy` after too many attempts.
    """
    with installation.reading() as connection:
        person = identity.person(connection, session.email)
    good = passwords.must_be_good(new, about=_about(person))
    if not is_right_password(installation, person.email, old, address):
        raise wrong_password()
    hash_ = passwords.hash_of(good)
    with installation.transaction() as connection:
        now = installation.ledger.now(connection)
        must_be_there(connection, session)
        passwords.set_password(connection, person.email, hash_, now)
        sessions.end_all(connection, person.email, but=session)
        begun.end_all(connection, person.email)
        record(installation, connection, "person.changed", person.email, {"what": "password"}, by=person.email)
        return SignedIn(sessions.renewed(connection, session, now)[1])


def begin_second_factor(installation: Installation, session: Session) -> None:
    """Make a secret to put into an app; it counts once a code of it was given."""
    with installation.transaction() as connection:
        must_be_there(connection, session)
        second_factor.begin(connection, session.email, session.id, installation.keys.secret("second-factor"))


def confirm_second_factor(
    installation: Installation, session: Session, code: str, address: str
) -> tuple[tuple[str, ...], SignedIn]:
    """Let the secret in the app count from now on; return recovery codes, and the session under a new secret.

    `NotAllowed` for a wrong code, `Busy` after too many, `Conflict` when none was begun. Other sessions end.
    """
    key = installation.keys.secret("second-factor")
    attempt, keyed = Attempt(CODE, session.email, address), installation.keys.secret("attempts")
    with installation.transaction() as connection:
        now = installation.ledger.now(connection)
        must_be_there(connection, session)
        attempts.count(connection, attempt, keyed, now)
        codes = second_factor.confirm(connection, session.email, session.id, code, key, now)
        if codes is not None:
            attempts.succeeded(connection, attempt, keyed)
            sessions.end_all(connection, session.email, but=session)
            begun.end_all(connection, session.email)
            record(
                installation, connection, "person.changed", session.email, {"what": "second-factor"}, by=session.email
            )
            return codes, SignedIn(sessions.confirmed(connection, session, now)[1])
    raise wrong_code()


def new_recovery_codes(installation: Installation, session: Session) -> tuple[str, ...]:
    """Make new recovery codes in place of the old ones; they are shown once."""
    with installation.transaction() as connection:
        must_be_there(connection, session)
        codes = second_factor.new_recovery_codes(connection, session.email)
        record(installation, connection, "person.changed", session.email, {"what": "recovery-codes"}, by=session.email)
    return codes


def end_others(installation: Installation, session: Session) -> int:
    """End a person's other sessions; return how many."""
    with installation.transaction() as connection:
        return sessions.end_all(connection, session.email, but=session)


def must_be_there(connection: Connection, session: Session) -> None:
    """Refuse to go on in a session that was ended while this was on its way."""
    if not sessions.is_there(connection, session.id):
        raise NotAllowed("Your session has ended.", remedy="Sign in again.")


def wrong_password() -> NotAllowed:
    """Return the error for a password that is not right, or a person who is not there: it does not say which."""
    return NotAllowed("The e-mail address or the password is not right.", remedy="Type both again.")


def wrong_code() -> NotAllowed:
    """Return the error for a code that is not right, or was used."""
    return NotAllowed("This code is not right, or was used already.", remedy="Wait for the next one in your app.")


def _is_right_code(
    installation: Installation, connection: Connection, email: str, code: str, address: str, now: datetime
) -> bool:
    """Return whether a code is a person's and unused, and use it; counted in the same transaction, which must commit."""
    attempt, keyed = Attempt(CODE, email, address), installation.keys.secret("attempts")
    attempts.count(connection, attempt, keyed, now)
    if not second_factor.use(connection, email, code, installation.keys.secret("second-factor"), now):
        return False
    attempts.succeeded(connection, attempt, keyed)
    return True


def _no_invitation() -> NotFound:
    return NotFound(
        "This link does not work any more.",
        why="An invitation works once, for a week, and only the latest of a person does.",
        remedy="Ask the administrator of your organisation for a new one.",
    )


def _about(person: Person) -> tuple[str, ...]:
    return (person.email, person.email.partition("@")[0], person.name, person.organisation)


def _written(email: str) -> str:
    """Return an address in its one form, or what was typed instead of one: nobody has that."""
    try:
        return normalised_email(email)
    except CommonwealError:
        return email.strip().lower()[:400]
