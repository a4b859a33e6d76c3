"""Who a person is to a provider: its lasting name for them (`iss` and `sub`), which an address is not.

An address that is given to somebody else at the provider must not open the account of who had it before (OpenID Connect
Core section 5.7), so it is bound to the provider's name for the person at the first sign-in.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from commonweal.identity import tables


def subject_of(connection: Connection, issuer: str, email: str) -> str | None:
    """Return a provider's name for a person, None while it is not known."""
    mine = (tables.subject.c.issuer == issuer) & (tables.subject.c.email == email)
    return connection.execute(select(tables.subject.c.subject).where(mine)).scalar()


def is_somebodys(connection: Connection, issuer: str, subject: str) -> str | None:
    """Return the person whom a provider calls so, None when it is nobody known."""
    mine = (tables.subject.c.issuer == issuer) & (tables.subject.c.subject == subject)
    return connection.execute(select(tables.subject.c.email).where(mine)).scalar()


def bind(connection: Connection, issuer: str, subject: str, email: str) -> None:
    """Remember a provider's name for a person."""
    connection.execute(insert(tables.subject).values(issuer=issuer, subject=subject, email=email))


def unbind(connection: Connection, email: str) -> None:
    """Forget every provider's name for a person, so that the next sign-in binds anew."""
    connection.execute(delete(tables.subject).where(tables.subject.c.email == email))
