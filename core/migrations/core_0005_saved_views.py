"""saved_views"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.kit.rls import protect

revision = "core_0005"
down_revision = "core_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "core_default_tab",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("role_id", sa.Uuid(), nullable=True),
        sa.Column("tab", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "role_id"],
            ["core_role.tenant_id", "core_role.id"],
            name=op.f("fk_core_default_tab_role_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["core_user.tenant_id", "core_user.id"],
            name=op.f("fk_core_default_tab_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_default_tab")),
        sa.UniqueConstraint(
            "tenant_id",
            "user_id",
            "role_id",
            name=op.f("uq_core_default_tab_tenant_id_user_id_role_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "core_saved_view",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list_name", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("columns", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("arguments", postgresql.JSONB(), nullable=False),
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
            ["tenant_id", "user_id"],
            ["core_user.tenant_id", "core_user.id"],
            name=op.f("fk_core_saved_view_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_saved_view")),
        sa.UniqueConstraint(
            "tenant_id",
            "user_id",
            "list_name",
            "name_key",
            name=op.f("uq_core_saved_view_tenant_id_user_id_list_name_name_key"),
        ),
    )
    op.create_index(
        op.f("ix_core_saved_view_tenant_id_list_name_name_key_id"),
        "core_saved_view",
        ["tenant_id", "list_name", "name_key", "id"],
        unique=False,
    )
    for statement in protect("core_default_tab"):
        op.execute(statement)
    for statement in protect("core_saved_view"):
        op.execute(statement)
