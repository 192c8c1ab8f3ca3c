"""notes about things, and timelines"""

import sqlalchemy as sa
from alembic import op

revision = "crm_0002"
down_revision = "crm_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("crm_note", sa.Column("about", sa.Text(), nullable=True))
    op.create_index(
        "ix_crm_note_about",
        "crm_note",
        ["tenant_id", "about"],
        unique=False,
        postgresql_where=sa.text("about is not null"),
    )
    op.create_index(
        op.f("ix_crm_note_tenant_id_contact_id_created_at_id"),
        "crm_note",
        ["tenant_id", "contact_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_crm_note_tenant_id_created_at_id"),
        "crm_note",
        ["tenant_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_crm_opportunity_tenant_id_contact_id_created_at_id"),
        "crm_opportunity",
        ["tenant_id", "contact_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_crm_opportunity_tenant_id_created_at_id"),
        "crm_opportunity",
        ["tenant_id", "created_at", "id"],
        unique=False,
    )
