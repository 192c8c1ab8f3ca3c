"""timelines"""

from alembic import op

revision = "missions_0002"
down_revision = "missions_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        op.f("ix_missions_mission_tenant_id_contact_id_created_at_id"),
        "missions_mission",
        ["tenant_id", "contact_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_missions_mission_tenant_id_created_at_id"),
        "missions_mission",
        ["tenant_id", "created_at", "id"],
        unique=False,
    )
