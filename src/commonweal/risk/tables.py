"""The room's table: assessments as they were made. Rows are added, never changed."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

assessments = sa.Table(
    "risk_assessment",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("agreement", sa.String(63), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("content_hash", sa.String(64), nullable=False, index=True),  # of the agreement
    sa.Column("hash", sa.String(64), nullable=False),  # SHA-256 of the result
    sa.Column("level", sa.String(10), nullable=False),
    sa.Column("profile_allowed", sa.Boolean, nullable=False),
    sa.Column("snapshots", sa.Text, nullable=False),  # JSON: dataset to snapshot
    sa.Column("result", sa.Text, nullable=False),  # canonical JSON
    sa.Column("at", sa.String(40), nullable=False),  # ISO 8601, UTC
)
