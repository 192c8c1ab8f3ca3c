"""timelines"""

from alembic import op

revision = "finance_0002"
down_revision = "finance_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        op.f("ix_finance_document_tenant_id_contact_id_created_at_id"),
        "finance_document",
        ["tenant_id", "contact_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_finance_document_tenant_id_created_at_id"),
        "finance_document",
        ["tenant_id", "created_at", "id"],
        unique=False,
    )
