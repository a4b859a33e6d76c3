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
