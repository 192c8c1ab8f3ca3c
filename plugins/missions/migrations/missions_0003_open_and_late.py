"""open_and_late"""

import sqlalchemy as sa
from alembic import op

revision = "missions_0003"
down_revision = "missions_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_missions_mission_not_begun",
        "missions_mission",
        ["tenant_id", "planned_start"],
        unique=False,
        postgresql_where=sa.text(
            "not late_start and status in ('SCHEDULED', 'SENT', 'READ', 'ACCEPTED', 'REFUSED', 'ON_THE_WAY')"
        ),
    )
    op.create_index(
        "ix_missions_mission_open",
        "missions_mission",
        ["tenant_id", "contact_id", "planned_start"],
        unique=False,
        postgresql_where=sa.text(
            "status not in ('COMPLETED_OK', 'COMPLETED_WITH_ISSUES', 'CANCELLED')"
        ),
    )
    op.create_index(
        op.f("ix_missions_mission_tenant_id_status"),
        "missions_mission",
        ["tenant_id", "status"],
        unique=False,
    )
