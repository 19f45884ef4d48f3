"""What Alembic runs a revision with: the connection, and its transaction, that `migrate` gives."""

from __future__ import annotations

from alembic import context

from seedbed.ledger.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
