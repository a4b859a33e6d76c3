"""Where people are kept. An organisation is given by name: it belongs to the catalogue's tables, not to these."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, MetaData, String, Table

metadata = MetaData()

person = Table(
    "identity_person",
    metadata,
    Column("email", String(320), primary_key=True),
    Column("organisation", String(63), nullable=False, index=True),
    Column("name", String(200), nullable=False),
)

person_role = Table(
    "identity_person_role",
    metadata,
    Column("email", String(320), ForeignKey("identity_person.email", ondelete="CASCADE"), primary_key=True),
    Column("role", String(32), primary_key=True),
)

session = Table(
    "identity_session",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("email", String(320), nullable=False, index=True),
    Column("began", String(40), nullable=False),
    Column("used", String(40), nullable=False),
    Column("second_factor", String(40)),
)

token = Table(
    "identity_token",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("email", String(320), nullable=False, index=True),
    Column("name", String(100), nullable=False),
    Column("made", String(40), nullable=False),
    Column("until", String(40), nullable=False),
    Column("revoked", String(40)),
)

token_agreement = Table(
    "identity_token_agreement",
    metadata,
    Column("token", String(64), ForeignKey("identity_token.id", ondelete="CASCADE"), primary_key=True),
    Column("agreement", String(100), primary_key=True),
)
