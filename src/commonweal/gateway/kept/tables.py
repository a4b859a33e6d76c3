"""Where answers are kept, who else has opened one, and which requests were answered once. Texts are the ledger's to erase."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

answers = sa.Table(
    "kept_answer",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),  # the ledger's entry of the answer
    sa.Column("asked", sa.Integer, nullable=False),  # the ledger's entry of the question
    sa.Column("agreement", sa.String(63), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("person", sa.String(64), nullable=False),  # keyed hash, as in the ledger
    sa.Column("question", sa.String(64), nullable=False),  # keyed hash; the side table has the SQL until it is erased
    sa.Column("datasets", sa.Text, nullable=False),  # JSON
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("withheld", sa.Integer, nullable=False),
    sa.Column("receipt", sa.Text, nullable=False),  # JSON, as it was handed over
    sa.Column("body", sa.LargeBinary, nullable=False),  # table, what is withheld, notes, margins: see `content`
    sa.Column("at", sa.String(40), nullable=False),  # ISO 8601, UTC
    sa.Column("until", sa.String(40), nullable=False, index=True),  # when the agreement's retention is over
    sa.Index("kept_answer_person", "person", "number"),
    sa.Index("kept_answer_agreement", "agreement", "number"),
)

readers = sa.Table(
    "kept_answer_reader",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("person", sa.String(64), primary_key=True),  # keyed hash
)

once = sa.Table(
    "question_once",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),  # keyed hash of the person and the key they sent
    sa.Column("request", sa.String(64), nullable=False),  # keyed hash of what was asked
    sa.Column("answer", sa.Integer),  # the answer's number, once there is one
    sa.Column("said", sa.Text),  # JSON: what was said instead of an answer (a refusal, an explanation)
    sa.Column("at", sa.String(40), nullable=False, index=True),
)
