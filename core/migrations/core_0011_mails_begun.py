"""mails that were begun, and which mail a mailbox's is"""

import sqlalchemy as sa
from alembic import op

revision = "core_0011"
down_revision = "core_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("core_mail", sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("core_mailbox_mail", sa.Column("mail_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_core_mailbox_mail_mail_id"),
        "core_mailbox_mail",
        "core_mail",
        ["tenant_id", "mail_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )
    op.create_index(
        op.f("ix_core_mailbox_mail_tenant_id_mail_id"),
        "core_mailbox_mail",
        ["tenant_id", "mail_id"],
        unique=False,
    )
