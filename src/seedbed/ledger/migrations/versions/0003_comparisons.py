"""What two releases answered to the same row.

Revision ID: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table; calls that were compared before are not in it."""
    op.create_table(
        "comparisons",
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("release", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("other", sa.Integer(), nullable=False),
        sa.Column("agreed", sa.Boolean(), nullable=False),
        sa.Column("ours", sa.JSON(), nullable=False),
        sa.Column("theirs", sa.JSON(), nullable=False),
        sa.Column("at", WHOLE, nullable=False),
        sa.Column("expires_at", WHOLE, nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_comparisons_call_id")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_comparisons_customer_id")
        ),
        sa.PrimaryKeyConstraint("call_id", "row", name=op.f("pk_comparisons")),
    )
    for columns in (["customer_id"], ["expires_at"], ["release", "number", "other"]):
        name = op.f("_".join(["ix_comparisons", *columns]))
        op.create_index(name, "comparisons", columns, unique=False)
