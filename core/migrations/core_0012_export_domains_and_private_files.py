"""Where exports may be sent to; files that only their job opens."""

import sqlalchemy as sa
from alembic import op

revision = "core_0012"
down_revision = ("core_0008", "core_0011")
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "core_tenant",
        sa.Column("export_domains", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )
    op.add_column(
        "core_file",
        sa.Column("is_private", sa.Boolean(), server_default="false", nullable=False),
    )
    op.execute(
        "update core_file f set is_private = true from core_job j "
        "where j.tenant_id = f.tenant_id and j.file_id = f.id"
    )
