"""alerts by mail"""

import sqlalchemy as sa
from alembic import op

revision = "crm_0008"
down_revision = "crm_0007"
branch_labels = None
depends_on = "core_0011"


def upgrade() -> None:
    op.add_column("crm_alert_delivery", sa.Column("mail_id", sa.Uuid(), nullable=True))
    op.drop_column("crm_alert_delivery", "mailed_at")
    op.create_foreign_key(
        op.f("fk_crm_alert_delivery_mail_id"),
        "crm_alert_delivery",
        "core_mail",
        ["tenant_id", "mail_id"],
        ["tenant_id", "id"],
    )
    op.add_column(
        "crm_alert_rule",
        sa.Column("by_mail", sa.Boolean(), server_default=sa.text("true"), nullable=False),
    )
