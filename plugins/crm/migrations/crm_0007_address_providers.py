"""address providers"""

import sqlalchemy as sa
from alembic import op

revision = "crm_0007"
down_revision = "crm_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("crm_site_settings", sa.Column("address_provider", sa.Text(), nullable=True))
    op.add_column("crm_site_settings", sa.Column("address_key", sa.Text(), nullable=True))
    op.add_column(
        "crm_site_settings",
        sa.Column("look_up_on_save", sa.Boolean(), server_default=sa.true(), nullable=False),
    )
    op.add_column("crm_site", sa.Column("looked_up_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("crm_site", sa.Column("looked_up_by", sa.Text(), nullable=True))
    op.add_column("crm_site", sa.Column("look_up_error", sa.Text(), nullable=True))
    op.add_column("crm_site", sa.Column("place_id", sa.Text(), nullable=True))
