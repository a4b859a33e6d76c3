"""The room's tables: documents, signatures and events. Rows are added, never changed."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

agreements = sa.Table(
    "agreement_document",
    metadata,
    sa.Column("id", sa.String(63), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("document", sa.Text, nullable=False),  # canonical JSON
    sa.Column("content_hash", sa.String(64), nullable=False),
    sa.Column("added_at", sa.String(40), nullable=False),  # ISO 8601, UTC
)

signatures = sa.Table(
    "agreement_signature",
    metadata,
    sa.Column("agreement", sa.String(63), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("organisation", sa.String(63), primary_key=True),
    sa.Column("content_hash", sa.String(64), nullable=False),
    sa.Column("public_key", sa.LargeBinary(32), nullable=False),
    sa.Column("signature", sa.LargeBinary(64), nullable=False),
    sa.Column("signed_at", sa.String(40), nullable=False),
)

events = sa.Table(
    "agreement_event",
    metadata,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("agreement", sa.String(63), nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("act", sa.String(20), nullable=False),
    sa.Column("organisation", sa.String(63), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("reason_salt", sa.String(32), nullable=False),  # hex; opens the commitment that the ledger holds
    sa.Column("at", sa.String(40), nullable=False),
)
