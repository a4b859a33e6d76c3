"""The installation's own table: which version of commonweal made or upgraded this database, and when."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table

metadata = MetaData()

installation_history = Table(
    "installation_history",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("revision", String(32), nullable=False),
    Column("version", String(32), nullable=False),
    Column("at", DateTime, nullable=False),  # UTC
)
