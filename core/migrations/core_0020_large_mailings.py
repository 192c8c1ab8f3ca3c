"""who a large mailing is for is kept until a job has written them down"""

import sqlalchemy as sa
from alembic import op

from core.kit.rls import protect

revision = "core_0020"
down_revision = "core_0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("core_mailing", sa.Column("job_id", sa.Uuid(), nullable=True))
    op.create_table(
        "core_mailing_choice",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("mailing_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("chosen_type", sa.Text(), nullable=False),
        sa.Column("keys", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "mailing_id"],
            ["core_mailing.tenant_id", "core_mailing.id"],
            name=op.f("fk_core_mailing_choice_mailing_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "mailing_id", "place", name=op.f("pk_core_mailing_choice")
        ),
    )
    for statement in protect("core_mailing_choice"):
        op.execute(statement)
