"""attachments"""

import sqlalchemy as sa
from alembic import op

from core.kit.rls import protect

revision = "core_0004"
down_revision = "core_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "core_attachment",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=True),
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
            name=op.f("fk_core_attachment_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "file_id"],
            ["core_file.tenant_id", "core_file.id"],
            name=op.f("fk_core_attachment_file_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_attachment")),
    )
    op.create_index(
        "ix_core_attachment_about",
        "core_attachment",
        ["tenant_id", "about"],
        unique=False,
        postgresql_where=sa.text("about is not null"),
    )
    op.create_index(
        op.f("ix_core_attachment_tenant_id_contact_id_created_at_id"),
        "core_attachment",
        ["tenant_id", "contact_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_attachment_tenant_id_created_at_id"),
        "core_attachment",
        ["tenant_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_attachment_tenant_id_file_id"),
        "core_attachment",
        ["tenant_id", "file_id"],
        unique=False,
    )
    for statement in protect("core_attachment"):
        op.execute(statement)
