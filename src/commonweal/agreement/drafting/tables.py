"""Where drafts are kept. They are working papers: changed in place, and gone when proposed or deleted."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

drafts = sa.Table(
    "agreement_draft",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("organisation", sa.String(63), nullable=False, index=True),
    sa.Column("maker", sa.String(320), nullable=False),  # e-mail address
    sa.Column("document", sa.Text, nullable=False),  # JSON, partial
    sa.Column("revision", sa.Integer, nullable=False),  # counts up with every save
    sa.Column("made_at", sa.String(40), nullable=False),  # ISO 8601, UTC
    sa.Column("changed_at", sa.String(40), nullable=False),
)
