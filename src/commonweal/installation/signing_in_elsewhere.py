"""Signing in through the organisation's provider: who is let in, as whom, and with which roles."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from commonweal.catalogue import store as catalogue
from commonweal.errors import CommonwealError, NotAllowed, NotFound
from commonweal.identity import begun, sessions, subjects
from commonweal.identity import provider as openid
from commonweal.identity import store as identity
from commonweal.identity.begun import Begun, Part
from commonweal.identity.person import Person, Role, normalised_email, role_named
from commonweal.identity.provider import Asked
from commonweal.identity.secret import new_secret
from commonweal.installation.openid import provider_of
from commonweal.installation.people import change_roles_within, record
from commonweal.installation.signing_in import CodeNeeded, SignedIn, after_first_part, into_session, must_be_there

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from commonweal.identity.id_token import Identified
    from commonweal.identity.provider import Provider
    from commonweal.identity.sessions import Session
    from commonweal.installation.installation import Installation

BY = "provider"


def begin(installation: Installation, *, next_place: str = "/", confirming: Session | None = None) -> tuple[str, str]:
    """Return the address at the provider to send a browser to, and the secret for its cookie.

    `confirming`: a session whose person is to prove themself there again, now. `NotFound` without a provider,
    `Unavailable` when it does not answer.
    """
    provider = _provider(installation)
    endpoints = openid.discover(provider)
    asked = Asked(new_secret(), new_secret(), new_secret(), must_be_now=confirming is not None)
    details = {"state": asked.state, "nonce": asked.nonce, "verifier": asked.verifier}
    if confirming is not None:
        details["session"] = confirming.id
    with installation.transaction() as connection:
        now = installation.ledger.now(connection)
        email = confirming.email if confirming else None
        secret = begun.begin(connection, Begun(Part.PROVIDER, email, next_place, details), now)
    return openid.address_to_ask(provider, endpoints, asked, hint=email or ""), secret


def finish(
    installation: Installation, begun_secret: str, state: str, code: str, *, session: Session | None = None
) -> SignedIn | CodeNeeded:
    """Sign in, or confirm, with what a browser brought back from the provider; what had begun works no more.

    `NotFound` when nothing had begun here; `NotAllowed` for another's state, an answer that is not to be believed, and
    for people who are not let in; `Unavailable` when the provider does not answer.
    """
    provider = _provider(installation)
    with installation.transaction() as connection:
        now = installation.ledger.now(connection)
        waiting = begun.find(connection, begun_secret, Part.PROVIDER, now)
        begun.end(connection, begun_secret)
    if waiting is None:
        raise NotFound("You have not begun to sign in, or too long ago.", remedy="Sign in again.")
    details = waiting.details
    if not hmac.compare_digest(details["state"].encode(), state.encode()) or not code:
        raise NotAllowed("You did not sign in.", why="It was called off, or begun elsewhere.", remedy="Sign in again.")
    asked = Asked(state, details["nonce"], details["verifier"], must_be_now="session" in details)
    found = openid.identify(provider, asked, code, now)
    with installation.transaction() as connection:
        now = installation.ledger.now(connection)
        person = _let_in(installation, connection, found)
        if asked.must_be_now:
            return _confirmed(connection, found, person, session, waiting, now)
        if found.second_factor:
            return into_session(
                installation, connection, person.email, now, by=BY, second=True, next_place=waiting.next
            )
        return after_first_part(installation, connection, person.email, now, by=BY, next_place=waiting.next)


def _confirmed(
    connection: Connection, found: Identified, person: Person, session: Session | None, waiting: Begun, now: datetime
) -> SignedIn:
    """Return the session that was confirmed, under a new secret; only the one that asked for it, by the same person."""
    if session is None or session.id != waiting.details["session"] or person.email != session.email:
        raise NotAllowed("This is not who is signed in here.", remedy="Confirm with your own account.")
    if not found.second_factor:
        raise NotAllowed(
            "Your organisation's sign-in did not ask for a second factor.",
            why="It must say that it did (amr or acr), in a way that counts here.",
            remedy="Set up a second factor of your own on your page.",
        )
    must_be_there(connection, session)
    return SignedIn(sessions.confirmed(connection, session, now)[1], waiting.next)


def _let_in(installation: Installation, connection: Connection, found: Identified) -> Person:
    """Return the person here whom a provider has identified, added if the settings say so; `NotAllowed` otherwise."""
    settings = installation.settings.oidc
    email = subjects.is_somebodys(connection, found.issuer, found.subject)
    if email is None:
        email = _email(found)
        if not identity.is_known(connection, email):
            _add(installation, connection, found, email)
        elif subjects.subject_of(connection, found.issuer, email) is not None:
            raise _not_let_in(
                "Somebody else signed in with this address before.",
                "If it is yours now, ask an administrator to remove and add you anew.",
            )
        subjects.bind(connection, found.issuer, found.subject, email)
    person = identity.person(connection, email)
    if settings.organisation_claim and person.organisation not in _organisations(installation, found):
        raise _not_let_in("Your organisation's sign-in says that you belong to another organisation.")
    if settings.roles_claim:
        person = change_roles_within(installation, connection, email, _roles(installation, found))
    return person


def _add(installation: Installation, connection: Connection, found: Identified, email: str) -> None:
    """Add somebody of an organisation that the settings let in; `NotAllowed` when they let nobody in so."""
    organisations = _organisations(installation, found)
    if not installation.settings.oidc.make_people or len(organisations) != 1:
        raise _not_let_in("You are not known here.")
    organisation = organisations.pop()
    try:
        catalogue.organisation(connection, organisation)
        person = Person(email, organisation, tuple(_roles(installation, found)), found.name)
    except CommonwealError as error:
        if isinstance(error, NotAllowed):
            raise
        raise _not_let_in("The settings of this installation name an organisation that is not here.") from None
    identity.add_person(connection, person)
    roles = [role.value for role in person.roles]
    record(installation, connection, "person.added", email, {"organisation": organisation, "roles": roles, "with": BY})


def _email(found: Identified) -> str:
    """Return the address that a provider gave, if it vouches for it."""
    try:
        return normalised_email(found.email)
    except CommonwealError:
        raise _not_let_in("Your organisation's sign-in gave no e-mail address that it has verified.") from None


def _organisations(installation: Installation, found: Identified) -> set[str]:
    known = installation.settings.oidc.organisations
    return {known[each] for each in found.organisations if each in known}


def _roles(installation: Installation, found: Identified) -> list[Role]:
    """Return what a provider's roles are here; `NotAllowed` when they are none."""
    known = installation.settings.oidc.roles
    roles = [role_named(known[each]) for each in found.roles if each in known]
    if not roles:
        raise _not_let_in("Your organisation's sign-in gives you no role here.")
    return roles


def _not_let_in(why: str, remedy: str = "Ask the administrator of your organisation to add you.") -> NotAllowed:
    return NotAllowed("You cannot sign in here.", why=why, remedy=remedy)


def _provider(installation: Installation) -> Provider:
    found = provider_of(installation)
    if found is None:
        raise NotFound("There is no sign-in through an organisation here.", remedy="Sign in with your password.")
    return found
