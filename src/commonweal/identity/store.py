"""People in the metadata database. Every function works inside the caller's transaction and never commits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches

from sqlalchemy import Connection, bindparam, delete, insert, select

from commonweal.errors import CommonwealError, Conflict, NotFound
from commonweal.identity import tables
from commonweal.identity.person import Person, Role, normalised_email

_KNOWN = select(tables.person.c.email).where(tables.person.c.email == bindparam("wanted"))

_OF_A_PERSON = (
    tables.person_role,
    tables.password,
    tables.second_factor,
    tables.recovery_code,
    tables.invitation,
    tables.subject,
    tables.begun,
    tables.person,
)
"""The tables that a person goes from, the person last. Sessions end and tokens are revoked, which their files do."""


def add_person(connection: Connection, person: Person) -> None:
    """Keep a person; `Conflict` when the e-mail address is taken."""
    taken = connection.execute(select(tables.person.c.email).where(tables.person.c.email == person.email)).first()
    if taken:
        raise Conflict(
            "There is already a person with this e-mail address.",
            why="One address is one person, so that every question has one asker.",
            remedy="See who it is with: commonweal person list",
        )
    connection.execute(
        insert(tables.person).values(email=person.email, organisation=person.organisation, name=person.name)
    )
    connection.execute(
        insert(tables.person_role), [{"email": person.email, "role": role.value} for role in person.roles]
    )


def change_roles(connection: Connection, email: str, roles: Iterable[Role]) -> Person:
    """Give a person other roles; return them as they are now. `NotFound` if there is no such person."""
    changed = replace(person(connection, email), roles=tuple(roles))
    connection.execute(delete(tables.person_role).where(tables.person_role.c.email == changed.email))
    connection.execute(
        insert(tables.person_role), [{"email": changed.email, "role": role.value} for role in changed.roles]
    )
    return changed


def remove_person(connection: Connection, email: str) -> Person:
    """Remove a person, with roles, password, second factor and invitation; return who it was. `NotFound` if nobody."""
    removed = person(connection, email)
    for table in _OF_A_PERSON:
        connection.execute(delete(table).where(table.c.email == removed.email))
    return removed


def person(connection: Connection, email: str) -> Person:
    """Return the person with that e-mail address, however it is capitalised; `NotFound` with the nearest known one."""
    wanted = normalised_email(email)
    row = connection.execute(select(tables.person).where(tables.person.c.email == wanted)).one_or_none()
    if row is None:
        known = connection.execute(select(tables.person.c.email)).scalars().all()
        near = get_close_matches(wanted, known, n=1, cutoff=0.75)
        raise NotFound(
            "There is no person with this e-mail address.",
            why="Only people who were added can be named or ask.",
            remedy=f"Did you mean {near[0]}?"
            if near
            else "Add them with: commonweal person add EMAIL --organisation ...",
        )
    roles = connection.execute(select(tables.person_role.c.role).where(tables.person_role.c.email == wanted)).scalars()
    return Person(row.email, row.organisation, tuple(Role(role) for role in roles), row.name)


def is_known(connection: Connection, email: str) -> bool:
    """Return whether there is a person with that e-mail address, however it is capitalised."""
    try:
        wanted = normalised_email(email)
    except CommonwealError:  # what is no address is nobody's
        return False
    return connection.execute(_KNOWN, {"wanted": wanted}).first() is not None


def people(connection: Connection, organisation: str | None = None) -> tuple[Person, ...]:
    """Return everyone, or everyone of one organisation, ordered by organisation and e-mail address."""
    chosen = select(tables.person).order_by(tables.person.c.organisation, tables.person.c.email)
    if organisation is not None:
        chosen = chosen.where(tables.person.c.organisation == organisation)
    roles: dict[str, list[Role]] = defaultdict(list)
    for email, role in connection.execute(select(tables.person_role.c.email, tables.person_role.c.role)):
        roles[email].append(Role(role))
    return tuple(
        Person(row.email, row.organisation, tuple(roles[row.email]), row.name) for row in connection.execute(chosen)
    )
