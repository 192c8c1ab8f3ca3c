"""first tables"""

import sqlalchemy as sa
from alembic import op

from core.kit.rls import protect

revision = "loyalty_0001"
down_revision = None
branch_labels = ("loyalty",)
depends_on = ("core_0001",)


def upgrade() -> None:
    op.create_table(
        "loyalty_visit",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("rank", sa.Text(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("spent", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["core_contact.tenant_id", "core_contact.id"],
            name=op.f("fk_loyalty_visit_contact_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_loyalty_visit")),
    )
    op.create_index(
        op.f("ix_loyalty_visit_tenant_id_contact_id_updated_at_id"),
        "loyalty_visit",
        ["tenant_id", "contact_id", "updated_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_loyalty_visit_tenant_id_updated_at_id"),
        "loyalty_visit",
        ["tenant_id", "updated_at", "id"],
        unique=False,
    )
    op.create_table(
        "loyalty_visit_rollup",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("thanked", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["core_contact.tenant_id", "core_contact.id"],
            name=op.f("fk_loyalty_visit_rollup_contact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "contact_id", name=op.f("pk_loyalty_visit_rollup")),
    )
    op.create_index(
        op.f("ix_loyalty_visit_rollup_tenant_id_last_at"),
        "loyalty_visit_rollup",
        ["tenant_id", "last_at"],
        unique=False,
    )
    for statement in protect("loyalty_visit"):
        op.execute(statement)
    for statement in protect("loyalty_visit_rollup"):
        op.execute(statement)
