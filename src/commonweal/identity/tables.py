"""Where people are kept. An organisation is given by name: it belongs to the catalogue's tables, not to these.

Nothing here can be used by who reads it: passwords, codes and secrets are hashes, and the secret of a second factor is
encrypted with a key that is not in the database.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table, Text

metadata = MetaData()

person = Table(
    "identity_person",
    metadata,
    Column("email", String(320), primary_key=True),
    Column("organisation", String(63), nullable=False, index=True),
    Column("name", String(200), nullable=False),
)

person_role = Table(
    "identity_person_role",
    metadata,
    Column("email", String(320), ForeignKey("identity_person.email", ondelete="CASCADE"), primary_key=True),
    Column("role", String(32), primary_key=True),
)

password = Table(
    "identity_password",
    metadata,
    Column("email", String(320), ForeignKey("identity_person.email", ondelete="CASCADE"), primary_key=True),
    Column("hash", String(256), nullable=False),
    Column("changed", String(40), nullable=False),
)

second_factor = Table(
    "identity_second_factor",
    metadata,
    Column("email", String(320), ForeignKey("identity_person.email", ondelete="CASCADE"), primary_key=True),
    Column("secret", String(200)),
    Column("last_step", Integer, nullable=False),
    Column("begun_secret", String(200)),
    Column("confirmed", String(40)),
)

recovery_code = Table(
    "identity_recovery_code",
    metadata,
    Column("email", String(320), ForeignKey("identity_person.email", ondelete="CASCADE"), primary_key=True),
    Column("hash", String(64), primary_key=True),
)

invitation = Table(
    "identity_invitation",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("email", String(320), ForeignKey("identity_person.email", ondelete="CASCADE"), nullable=False, unique=True),
    Column("until", String(40), nullable=False),
    Column("forgets_second_factor", Integer, nullable=False),
)

subject = Table(
    "identity_subject",
    metadata,
    Column("issuer", String(400), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("email", String(320), ForeignKey("identity_person.email", ondelete="CASCADE"), nullable=False, index=True),
)

attempt = Table(
    "identity_attempt",
    metadata,
    Column("whose", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last", String(40), nullable=False),
    Column("locked_until", String(40)),
)

begun = Table(
    "identity_begun",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("email", String(320)),
    Column("until", String(40), nullable=False, index=True),
    Column("next", String(2000), nullable=False),
    Column("details", Text, nullable=False),
)

session = Table(
    "identity_session",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("email", String(320), nullable=False, index=True),
    Column("began", String(40), nullable=False),
    Column("used", String(40), nullable=False),
    Column("second_factor", String(40)),
)

token = Table(
    "identity_token",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("email", String(320), nullable=False, index=True),
    Column("name", String(100), nullable=False),
    Column("made", String(40), nullable=False),
    Column("until", String(40), nullable=False),
    Column("revoked", String(40)),
    Column("second_factor", Integer, nullable=False),
)

token_agreement = Table(
    "identity_token_agreement",
    metadata,
    Column("token", String(64), ForeignKey("identity_token.id", ondelete="CASCADE"), primary_key=True),
    Column("agreement", String(100), primary_key=True),
)
