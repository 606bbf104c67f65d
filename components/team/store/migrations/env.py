"""What Alembic runs: it gets a connection, inside a transaction, from `components.team.store.migrate`."""

from __future__ import annotations

from alembic import context

from components.team.store.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    compare_type=True,
    transaction_per_migration=False,
    transactional_ddl=True,
    render_as_batch=True,  # SQLite changes a table by making it anew
)
context.run_migrations()
