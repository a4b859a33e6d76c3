"""Where jobs are kept: queue, state and record commit together, which is why they are in this database."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, String, Table, Text

metadata = MetaData()

job = Table(
    "installation_job",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("person", String(320), index=True),
    Column("arguments", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("result", Text),
    Column("error", Text),
    Column("tries", Integer, nullable=False),
    Column("not_before", String(40), nullable=False),
    Column("lease_until", String(40)),
    Column("worker", String(64)),
    Column("cancelling", Integer, nullable=False),
    Column("added", String(40), nullable=False),
    Column("begun", String(40)),
    Column("ended", String(40)),
    Index("installation_job_next", "state", "not_before"),
)
