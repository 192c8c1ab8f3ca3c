"""Contacts are found by who pays for them, which deleting one asks for."""

from alembic import op

revision = "core_0016"
down_revision = "core_0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        op.f("ix_core_contact_tenant_id_billed_id"),
        "core_contact",
        ["tenant_id", "billed_id"],
        unique=False,
    )
