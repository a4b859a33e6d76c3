"""Where requests, looks and decisions are kept. Outputs themselves are sealed files; texts are the ledger's to erase."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

requests = sa.Table(
    "output_request",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("agreement", sa.String(63), nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("content_hash", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("wanted", sa.String(20), nullable=False),
    sa.Column("requester", sa.String(320), nullable=False),
    sa.Column("organisation", sa.String(63), nullable=False),
    sa.Column("reason", sa.String(64), nullable=False),  # keyed hash of the latest reason
    sa.Column("question", sa.String(64), nullable=False),  # keyed hash; "" for files
    sa.Column("file_name", sa.String(200), nullable=False),
    sa.Column("state", sa.String(20), nullable=False, index=True),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("sealed", sa.String(64), nullable=False),  # the sealed file's name; "" when there is none
    sa.Column("seal", sa.String(64), nullable=False),  # its SHA-256, hex
    sa.Column("datasets", sa.Text, nullable=False),  # JSON
    sa.Column("note", sa.String(64), nullable=False),  # keyed hash of what was said by who sent it back; "" for nothing
    sa.Column("requested_at", sa.String(40), nullable=False),  # ISO 8601, UTC
    sa.Column("changed_at", sa.String(40), nullable=False),
)

looks = sa.Table(
    "output_look",
    metadata,
    sa.Column("request", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("round", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("checker", sa.String(320), primary_key=True),
    sa.Column("seal", sa.String(64), nullable=False),  # what was looked at
    sa.Column("at", sa.String(40), nullable=False),
)

decisions = sa.Table(
    "output_decision",
    metadata,
    sa.Column("request", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("round", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("checker", sa.String(320), primary_key=True),
    sa.Column("organisation", sa.String(63), nullable=False),
    sa.Column("verdict", sa.String(20), nullable=False),
    sa.Column("salt", sa.String(32), nullable=False),  # hex; opens the commitment that the ledger holds
    sa.Column("reason", sa.String(64), nullable=False),  # keyed hash
    sa.Column("text", sa.Text, nullable=False),  # the words until all decisions are in; then the side table has them
    sa.Column("at", sa.String(40), nullable=False),
)
