"""Where comments on clauses are kept."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

comments = sa.Table(
    "agreement_clause_comment",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("on", sa.String(80), nullable=False, index=True),  # draft:ID or ID@VERSION
    sa.Column("clause", sa.String(40), nullable=False),  # the name of a part
    sa.Column("organisation", sa.String(63), nullable=False),
    sa.Column("author", sa.String(320), nullable=False),  # e-mail address
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", sa.String(40), nullable=False),  # ISO 8601, UTC
    sa.Column("resolved_at", sa.String(40)),
    sa.Column("resolved_by", sa.String(63), nullable=False),  # the organisation
)
