"""numbers of custom fields are compared by an index"""

import sqlalchemy as sa
from alembic import op

revision = "missions_0005"
down_revision = "missions_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "missions_custom_value",
        sa.Column(
            "rough_value",
            sa.Double(),
            sa.Computed("decimal_value::double precision", persisted=True),
        ),
    )
    op.drop_index(op.f("ix_missions_custom_value_tenant_id_field_id_decimal_value"))
    op.create_index(
        op.f("ix_missions_custom_value_tenant_id_field_id_rough_value"),
        "missions_custom_value",
        ["tenant_id", "field_id", "rough_value"],
        postgresql_where=sa.text("rough_value is not null"),
    )
