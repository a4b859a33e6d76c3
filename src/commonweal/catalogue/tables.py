"""The catalogue's tables in the metadata database."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()
"""The catalogue's tables, for `create_all` in tests and for migrations."""

organisations = sa.Table(
    "catalogue_organisation",
    metadata,
    sa.Column("name", sa.String(63), primary_key=True),
    sa.Column("title", sa.String(200), nullable=False),
)

contracts = sa.Table(
    "catalogue_contract",
    metadata,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("document", sa.Text, nullable=False),
)

snapshots = sa.Table(
    "catalogue_snapshot",
    metadata,
    sa.Column("organisation", sa.String(63), primary_key=True),
    sa.Column("dataset", sa.String(63), primary_key=True),
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("contract_hash", sa.String(64), primary_key=True),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("as_of", sa.String(10), nullable=False),
    sa.Column("rejected_rows", sa.BigInteger, nullable=False),
    sa.Column("known_values", sa.Text, nullable=False),
)

datasets = sa.Table(
    "catalogue_dataset",
    metadata,
    sa.Column("organisation", sa.String(63), primary_key=True),
    sa.Column("name", sa.String(63), primary_key=True),
    sa.Column("contract_hash", sa.String(64), nullable=False),
    sa.Column("snapshot_id", sa.String(64), nullable=False),
    sa.Column("source", sa.Text, nullable=False),
)
