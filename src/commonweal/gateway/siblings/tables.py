"""Where sketches of shown groups are kept, sealed, and the pairs that were found."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

sketches = sa.Table(
    "sibling_sketch",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("space", sa.String(200), nullable=False, index=True),  # kind of entity, dataset@snapshot
    sa.Column("words", sa.String(64), nullable=False),  # keyed hash of how the group was asked for
    sa.Column("asked", sa.Integer, nullable=False),  # the ledger's entry
    sa.Column("agreement", sa.String(63), nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),  # how many entities fall into each bucket, encrypted
    sa.UniqueConstraint("space", "words"),
)

pairs = sa.Table(
    "sibling_pair",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("space", sa.String(200), nullable=False),
    sa.Column("first", sa.Integer, nullable=False),  # entries of the ledger
    sa.Column("second", sa.Integer, nullable=False),
    sa.Column("first_agreement", sa.String(63), nullable=False, index=True),
    sa.Column("second_agreement", sa.String(63), nullable=False, index=True),
    sa.Column("fewer_than", sa.Integer, nullable=False),
    sa.UniqueConstraint("space", "first", "second"),
)
