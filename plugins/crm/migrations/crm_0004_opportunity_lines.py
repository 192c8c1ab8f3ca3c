"""opportunity_lines"""

import sqlalchemy as sa
from alembic import op

from core.kit.rls import protect

revision = "crm_0004"
down_revision = "crm_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "crm_opportunity_line",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("opportunity_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("unit_price", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("unit_cost", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("total_excl_tax", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("total_cost", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "opportunity_id"],
            ["crm_opportunity.tenant_id", "crm_opportunity.id"],
            name=op.f("fk_crm_opportunity_line_opportunity_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_crm_opportunity_line")),
        sa.UniqueConstraint(
            "tenant_id",
            "opportunity_id",
            "position",
            name=op.f("uq_crm_opportunity_line_tenant_id_opportunity_id_position"),
        ),
    )
    for statement in protect("crm_opportunity_line"):
        op.execute(statement)
