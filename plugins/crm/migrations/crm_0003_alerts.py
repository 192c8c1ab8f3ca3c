"""alerts"""

import sqlalchemy as sa
from alembic import op

from core.kit.rls import protect

revision = "crm_0003"
down_revision = "crm_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "crm_alert_rule",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("to_owner", sa.Boolean(), nullable=False),
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
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_crm_alert_rule")),
        sa.UniqueConstraint("tenant_id", "cause", name=op.f("uq_crm_alert_rule_tenant_id_cause")),
    )
    op.create_table(
        "crm_alert_rule_recipient",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("role_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "user_id is not null or role_id is not null",
            name=op.f("ck_crm_alert_rule_recipient_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "role_id"],
            ["core_role.tenant_id", "core_role.id"],
            name=op.f("fk_crm_alert_rule_recipient_role_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "rule_id"],
            ["crm_alert_rule.tenant_id", "crm_alert_rule.id"],
            name=op.f("fk_crm_alert_rule_recipient_rule_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["core_user.tenant_id", "core_user.id"],
            name=op.f("fk_crm_alert_rule_recipient_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_crm_alert_rule_recipient")),
    )
    op.create_index(
        op.f("ix_crm_alert_rule_recipient_tenant_id_rule_id"),
        "crm_alert_rule_recipient",
        ["tenant_id", "rule_id"],
        unique=False,
    )
    op.create_table(
        "crm_alert",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by", sa.Uuid(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
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
            ["tenant_id", "acknowledged_by"],
            ["core_user.tenant_id", "core_user.id"],
            name=op.f("fk_crm_alert_acknowledged_by"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["core_contact.tenant_id", "core_contact.id"],
            name=op.f("fk_crm_alert_contact_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_crm_alert")),
    )
    op.create_index(
        op.f("ix_crm_alert_tenant_id_contact_id_raised_at_id"),
        "crm_alert",
        ["tenant_id", "contact_id", "raised_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_crm_alert_tenant_id_raised_at_id"),
        "crm_alert",
        ["tenant_id", "raised_at", "id"],
        unique=False,
    )
    op.create_table(
        "crm_alert_delivery",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role_name", sa.Text(), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mail_error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "alert_id"],
            ["crm_alert.tenant_id", "crm_alert.id"],
            name=op.f("fk_crm_alert_delivery_alert_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["core_user.tenant_id", "core_user.id"],
            name=op.f("fk_crm_alert_delivery_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_crm_alert_delivery")),
        sa.UniqueConstraint(
            "tenant_id",
            "alert_id",
            "user_id",
            name=op.f("uq_crm_alert_delivery_tenant_id_alert_id_user_id"),
        ),
    )
    op.create_index(
        op.f("ix_crm_alert_delivery_tenant_id_user_id_alert_id"),
        "crm_alert_delivery",
        ["tenant_id", "user_id", "alert_id"],
        unique=False,
    )
    for statement in protect("crm_alert_rule"):
        op.execute(statement)
    for statement in protect("crm_alert_rule_recipient"):
        op.execute(statement)
    for statement in protect("crm_alert"):
        op.execute(statement)
    for statement in protect("crm_alert_delivery"):
        op.execute(statement)
