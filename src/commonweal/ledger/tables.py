"""The ledger's tables. Entries and tree rows are only ever added; the head is the one row that changes.

The two last tables are the erasable side: they can be emptied and the ledger still verifies.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData()

# SQLite makes a row number only of a column declared INTEGER; elsewhere 64 bits must be asked for.
_number = BigInteger().with_variant(Integer, "sqlite")
# Compared byte by byte everywhere, so that ranges of times and kinds mean the same on every database.
_text = Text().with_variant(Text(collation="C"), "postgresql")

entry_table = Table(
    "ledger_entry",
    metadata,
    Column("idx", _number, primary_key=True, autoincrement=False),
    Column("time", _text, nullable=False),
    Column("kind", _text, nullable=False),
    Column("agreement", _text),
    Column("entry", LargeBinary, nullable=False, comment="canonical JSON; the other columns repeat parts of it"),
    Index("ledger_entry_kind", "kind", "idx"),
    Index("ledger_entry_agreement", "agreement", "idx"),
)

tree_table = Table(
    "ledger_tree",
    metadata,
    Column("idx", _number, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False, comment="hashes of the complete subtrees that this entry completes"),
)

head_table = Table(
    "ledger_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False, comment="always 1"),
    Column("public_key", Text, nullable=False, comment="name+id+base64; the name is the origin"),
    Column("size", _number, nullable=False),
    Column("peaks", LargeBinary, nullable=False, comment="hashes of the complete subtrees, largest first"),
    Column("latest_time", Text, nullable=False, comment="the latest time of any entry"),
    Column("checkpoint", Text, nullable=False, comment="signed, of all entries"),
)

checkpoint_table = Table(
    "ledger_checkpoint",
    metadata,
    Column("size", _number, primary_key=True, autoincrement=False),
    # The latest time of the entries it covers, not the clock's: what is not signed must follow from what is.
    Column("time", _text, nullable=False),
    Column("checkpoint", Text, nullable=False, comment="as it was published"),
)

person_table = Table(
    "ledger_person",
    metadata,
    Column("hash", _text, primary_key=True),
    Column("email", Text, nullable=False),
)

text_table = Table(
    "ledger_text",
    metadata,
    Column("hash", _text, primary_key=True),
    Column("text", Text, nullable=False),
)
