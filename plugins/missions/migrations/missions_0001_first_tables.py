"""first tables"""

import sqlalchemy as sa
from alembic import op

from core.kit.rls import protect

revision = "missions_0001"
down_revision = None
branch_labels = ("missions",)
depends_on = ("core_0001",)


def upgrade() -> None:
    op.create_table(
        "missions_counter",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_missions_counter")),
    )
    op.create_table(
        "missions_mission_type",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_missions_mission_type")),
        sa.UniqueConstraint(
            "tenant_id", "name_key", name=op.f("uq_missions_mission_type_tenant_id_name_key")
        ),
    )
    op.create_table(
        "missions_contact_activity",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("last_mission_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mission_count", sa.Integer(), nullable=False),
        sa.Column("amount_excl_tax", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["core_contact.tenant_id", "core_contact.id"],
            name=op.f("fk_missions_contact_activity_contact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "contact_id", name=op.f("pk_missions_contact_activity")
        ),
    )
    op.create_index(
        op.f("ix_missions_contact_activity_tenant_id_last_mission_at"),
        "missions_contact_activity",
        ["tenant_id", "last_mission_at"],
        unique=False,
    )
    op.create_table(
        "missions_mission",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("type_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("planned_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("actual_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("actual_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("order_number", sa.Text(), nullable=True),
        sa.Column("comments", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("amount_excl_tax", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("late_start", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("late_finish", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("rescheduled", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("updated_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["core_contact.tenant_id", "core_contact.id"],
            name=op.f("fk_missions_mission_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "type_id"],
            ["missions_mission_type.tenant_id", "missions_mission_type.id"],
            name=op.f("fk_missions_mission_type_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_missions_mission")),
        sa.UniqueConstraint(
            "tenant_id", "reference", name=op.f("uq_missions_mission_tenant_id_reference")
        ),
    )
    op.create_index(
        op.f("ix_missions_mission_tenant_id_contact_id_updated_at_id"),
        "missions_mission",
        ["tenant_id", "contact_id", "updated_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_missions_mission_tenant_id_status_updated_at_id"),
        "missions_mission",
        ["tenant_id", "status", "updated_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_missions_mission_tenant_id_type_id"),
        "missions_mission",
        ["tenant_id", "type_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_missions_mission_tenant_id_updated_at_id"),
        "missions_mission",
        ["tenant_id", "updated_at", "id"],
        unique=False,
    )
    op.create_table(
        "missions_status_change",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mission_id", sa.Uuid(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "mission_id"],
            ["missions_mission.tenant_id", "missions_mission.id"],
            name=op.f("fk_missions_status_change_mission_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_missions_status_change")),
    )
    op.create_index(
        op.f("ix_missions_status_change_tenant_id_mission_id_at_id"),
        "missions_status_change",
        ["tenant_id", "mission_id", "at", "id"],
        unique=False,
    )
    for statement in protect("missions_counter"):
        op.execute(statement)
    for statement in protect("missions_mission_type"):
        op.execute(statement)
    for statement in protect("missions_contact_activity"):
        op.execute(statement)
    for statement in protect("missions_mission"):
        op.execute(statement)
    for statement in protect("missions_status_change"):
        op.execute(statement)
