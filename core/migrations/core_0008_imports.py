"""imports"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.kit.rls import protect

revision = "core_0008"
down_revision = "core_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "core_import_mapping",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("mapping", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "used_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "sheet", "fingerprint", name=op.f("pk_core_import_mapping")
        ),
    )
    op.create_table(
        "core_import_batch",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("parts", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("worksheet", sa.Text(), nullable=True),
        sa.Column("worksheets", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("hidden_worksheets", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("header_row", sa.Integer(), nullable=True),
        sa.Column("headers", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("mapping", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("clear_word", sa.Text(), nullable=False),
        sa.Column("row_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("counts", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("problem", postgresql.JSONB(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
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
            ["tenant_id", "file_id"],
            ["core_file.tenant_id", "core_file.id"],
            name=op.f("fk_core_import_batch_file_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "job_id"],
            ["core_job.tenant_id", "core_job.id"],
            name=op.f("fk_core_import_batch_job_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_import_batch")),
    )
    op.create_index(
        op.f("ix_core_import_batch_tenant_id_created_at_id"),
        "core_import_batch",
        ["tenant_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_import_batch_tenant_id_job_id"),
        "core_import_batch",
        ["tenant_id", "job_id"],
        unique=False,
    )
    op.create_table(
        "core_import_row",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cells", postgresql.JSONB(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("problems", postgresql.JSONB(), nullable=True),
        sa.Column("notes", postgresql.JSONB(), nullable=True),
        sa.Column("changes", postgresql.JSONB(), nullable=True),
        sa.Column("target_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("parent_reference", sa.Text(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("turn", sa.Integer(), server_default="0", nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("before", postgresql.JSONB(), nullable=True),
        sa.Column("versions", postgresql.JSONB(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept", postgresql.JSONB(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "batch_id"],
            ["core_import_batch.tenant_id", "core_import_batch.id"],
            name=op.f("fk_core_import_row_batch_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_import_row")),
    )
    op.create_index(
        op.f("ix_core_import_row_tenant_id_batch_id_number"),
        "core_import_row",
        ["tenant_id", "batch_id", "number"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_import_row_tenant_id_batch_id_outcome_number"),
        "core_import_row",
        ["tenant_id", "batch_id", "outcome", "number"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_import_row_tenant_id_batch_id_turn_number"),
        "core_import_row",
        ["tenant_id", "batch_id", "turn", "number"],
        unique=False,
    )
    for statement in protect("core_import_mapping"):
        op.execute(statement)
    for statement in protect("core_import_batch"):
        op.execute(statement)
    for statement in protect("core_import_row"):
        op.execute(statement)
