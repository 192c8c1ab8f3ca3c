"""background jobs"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.kit.rls import APP_ROLE, protect

revision = "core_0006"
down_revision = "core_0005"
branch_labels = None
depends_on = None

#: Which tenants have jobs that a worker could take: asked for all of them at once.
WAITING = """
create or replace function core_job_waiting() returns setof uuid
language sql stable security definer set search_path from current as $$
  select distinct tenant_id from core_job
  where state in ('QUEUED', 'RUNNING') and next_at <= now()
    and (leased_until is null or leased_until <= now())
$$
"""


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "core_job",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("counts", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("messages", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("arguments", postgresql.JSONB(), nullable=False),
        sa.Column("cursor", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("created_at", instant, server_default=sa.text("now()"), nullable=False),
        sa.Column("started_at", instant, nullable=True),
        sa.Column("finished_at", instant, nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("pause_requested_at", instant, nullable=True),
        sa.Column("cancel_requested_at", instant, nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("file_expires_at", instant, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("error_id", sa.Text(), nullable=True),
        sa.Column("next_at", instant, server_default=sa.text("now()"), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("leased_until", instant, nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "file_id"],
            ["core_file.tenant_id", "core_file.id"],
            name=op.f("fk_core_job_file_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_job")),
    )
    op.create_index(
        op.f("ix_core_job_tenant_id_created_at_id"),
        "core_job",
        ["tenant_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_core_job_waiting",
        "core_job",
        ["tenant_id", "next_at"],
        unique=False,
        postgresql_where=sa.text("state in ('QUEUED', 'RUNNING')"),
    )
    for statement in protect("core_job"):
        op.execute(statement)
    op.execute(WAITING)
    op.execute("revoke execute on function core_job_waiting() from public")
    op.execute(f"grant execute on function core_job_waiting() to {APP_ROLE}")
