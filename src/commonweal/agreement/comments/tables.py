"""Where comments are kept. Rejected ones are erased when their time is over."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

comments = sa.Table(
    "agreement_comment",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("agreement", sa.String(63), nullable=False, index=True),
    sa.Column("at", sa.String(40), nullable=False),  # ISO 8601, UTC
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("state", sa.String(10), nullable=False, index=True),
    sa.Column("moderated_at", sa.String(40)),
    sa.Column("moderated_by", sa.String(63), nullable=False),  # the organisation
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("changed", sa.Text, nullable=False),
    sa.Column("answered_at", sa.String(40)),
    sa.Column("answered_by", sa.String(63), nullable=False),  # the organisation
)
