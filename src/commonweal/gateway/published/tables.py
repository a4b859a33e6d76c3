"""Which answers are published as files, and where each is recorded."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

published = sa.Table(
    "published_answer",
    metadata,
    sa.Column("name", sa.String(63), primary_key=True),
    sa.Column("agreement", sa.String(63), nullable=False, index=True),
    sa.Column("answer", sa.Integer, nullable=False),  # the ledger's entry of the answer
    sa.Column("entry", sa.Integer, nullable=False),  # the ledger's entry of the publication, and the table's version
    sa.Column("digest", sa.String(64), nullable=False),  # SHA-256 (hex) of the file
    sa.Column("size", sa.Integer, nullable=False),  # bytes
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("columns", sa.Text, nullable=False),  # JSON: the schema in Spark's words
    sa.Column("at", sa.String(40), nullable=False),  # ISO 8601, UTC
)
