"""Runs migrations on the connection it is given: the caller holds the transaction, the lock and the backup."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes.get("metadata"),  # given when a migration is written
    render_as_batch=True,  # SQLite cannot alter a column: the table is made anew and filled
    transactional_ddl=True,  # SQLite's definitions of tables do roll back
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
