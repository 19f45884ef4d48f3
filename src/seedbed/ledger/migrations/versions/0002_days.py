"""What a customer's calls of a day add up to.

Revision ID: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table; it fills by itself."""
    op.create_table(
        "days",
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("day", WHOLE, autoincrement=False, nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("totals", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_days_customer_id")
        ),
        sa.PrimaryKeyConstraint("customer_id", "day", name=op.f("pk_days")),
    )
