"""timelines"""

from alembic import op

revision = "people_0002"
down_revision = "people_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        op.f("ix_people_person_tenant_id_created_at_id"),
        "people_person",
        ["tenant_id", "created_at", "id"],
        unique=False,
    )
