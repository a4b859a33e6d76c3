"""Where requests for access are kept; all words are hashes, whose texts lie in the ledger's erasable side table."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

requests = sa.Table(
    "access_request",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("requester", sa.String(320), nullable=False, index=True),
    sa.Column("organisation", sa.String(63), nullable=False),
    sa.Column("agreement", sa.String(63), nullable=False),  # "" when no agreement is about the data yet
    sa.Column("version", sa.Integer, nullable=False),  # the newest when it was asked; 0 without an agreement
    sa.Column("question", sa.String(64), nullable=False),  # "" without one
    sa.Column("entry", sa.Integer),  # the ledger's entry of the question that was tested
    sa.Column("purpose", sa.String(64), nullable=False),
    sa.Column("benefit", sa.String(64), nullable=False),
    sa.Column("datasets", sa.JSON, nullable=False),  # organisation/name
    sa.Column("columns", sa.JSON, nullable=False),  # organisation/name.column
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("granted", sa.String(80), nullable=False),  # id@version; "" unless it is granted
    sa.Column("asked_at", sa.String(40), nullable=False),  # ISO 8601, UTC
    sa.Column("changed_at", sa.String(40), nullable=False),
)

moves = sa.Table(
    "access_request_move",
    metadata,
    sa.Column("request", sa.Integer, primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True),  # from 0
    sa.Column("move", sa.String(16), nullable=False),
    sa.Column("person", sa.String(320), nullable=False),
    sa.Column("organisation", sa.String(63), nullable=False),
    sa.Column("words", sa.String(64), nullable=False),  # "" without any
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("entry", sa.Integer, nullable=False),
)
