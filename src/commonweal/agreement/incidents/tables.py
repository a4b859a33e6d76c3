"""Where incidents are kept. Rows are added, never changed."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

incidents = sa.Table(
    "agreement_incident",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("agreement", sa.String(63), nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("organisation", sa.String(63), nullable=False),
    sa.Column("recorded_at", sa.String(40), nullable=False),  # ISO 8601, UTC
    sa.Column("happened", sa.String(10), nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("done", sa.Text, nullable=False),
    sa.Column("told_ico", sa.String(12), nullable=False),
    sa.Column("affected", sa.String(16), nullable=False),
    sa.Column("suspended", sa.Boolean, nullable=False),
    sa.Column("held_until", sa.String(10)),
    sa.Column("held_because", sa.Text, nullable=False),
    sa.Column("salt", sa.String(32), nullable=False),  # hex; opens the commitment that the ledger holds
)
