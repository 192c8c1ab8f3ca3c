"""first tables"""

import sqlalchemy as sa
from alembic import op

from core.kit.rls import protect

revision = "crm_0001"
down_revision = None
branch_labels = ("crm",)
depends_on = ("core_0001",)


def upgrade() -> None:
    op.create_table(
        "crm_note_counter",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_crm_note_counter")),
    )
    op.create_table(
        "crm_note_type",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
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
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_crm_note_type")),
        sa.UniqueConstraint(
            "tenant_id", "name_key", name=op.f("uq_crm_note_type_tenant_id_name_key")
        ),
    )
    op.create_table(
        "crm_opportunity_stage",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("probability", sa.Integer(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
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
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_crm_opportunity_stage")),
        sa.UniqueConstraint(
            "tenant_id", "name_key", name=op.f("uq_crm_opportunity_stage_tenant_id_name_key")
        ),
    )
    op.create_table(
        "crm_flag",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
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
            name=op.f("fk_crm_flag_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "set_by"],
            ["core_user.tenant_id", "core_user.id"],
            name=op.f("fk_crm_flag_set_by"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_crm_flag")),
        sa.UniqueConstraint(
            "tenant_id", "contact_id", name=op.f("uq_crm_flag_tenant_id_contact_id")
        ),
    )
    op.create_table(
        "crm_note",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("type_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
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
            name=op.f("fk_crm_note_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"],
            ["core_user.tenant_id", "core_user.id"],
            name=op.f("fk_crm_note_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "type_id"],
            ["crm_note_type.tenant_id", "crm_note_type.id"],
            name=op.f("fk_crm_note_type_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_crm_note")),
        sa.UniqueConstraint("tenant_id", "reference", name=op.f("uq_crm_note_tenant_id_reference")),
    )
    op.create_index(
        op.f("ix_crm_note_tenant_id_contact_id_updated_at_id"),
        "crm_note",
        ["tenant_id", "contact_id", "updated_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_crm_note_tenant_id_due_date_id"),
        "crm_note",
        ["tenant_id", "due_date", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_crm_note_tenant_id_updated_at_id"),
        "crm_note",
        ["tenant_id", "updated_at", "id"],
        unique=False,
    )
    op.create_table(
        "crm_opportunity",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("stage_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column(
            "value_excl_tax", sa.Numeric(precision=14, scale=2), server_default="0", nullable=False
        ),
        sa.Column("cost", sa.Numeric(precision=14, scale=2), server_default="0", nullable=False),
        sa.Column("expected_close", sa.Date(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
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
            name=op.f("fk_crm_opportunity_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"],
            ["core_user.tenant_id", "core_user.id"],
            name=op.f("fk_crm_opportunity_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "stage_id"],
            ["crm_opportunity_stage.tenant_id", "crm_opportunity_stage.id"],
            name=op.f("fk_crm_opportunity_stage_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_crm_opportunity")),
    )
    op.create_index(
        op.f("ix_crm_opportunity_tenant_id_contact_id_updated_at_id"),
        "crm_opportunity",
        ["tenant_id", "contact_id", "updated_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_crm_opportunity_tenant_id_expected_close_id"),
        "crm_opportunity",
        ["tenant_id", "expected_close", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_crm_opportunity_tenant_id_stage_id"),
        "crm_opportunity",
        ["tenant_id", "stage_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_crm_opportunity_tenant_id_updated_at_id"),
        "crm_opportunity",
        ["tenant_id", "updated_at", "id"],
        unique=False,
    )
    op.create_table(
        "crm_suspension",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("suspended_by", sa.Uuid(), nullable=True),
        sa.Column("on_self", sa.Boolean(), nullable=False),
        sa.Column("ancestors_all", sa.Boolean(), nullable=False),
        sa.Column("ancestor_levels", sa.ARRAY(sa.Integer()), server_default="{}", nullable=False),
        sa.Column(
            "reaches_up",
            sa.Boolean(),
            sa.Computed("ancestors_all or cardinality(ancestor_levels) > 0", persisted=True),
            nullable=False,
        ),
        sa.Column("descendants_all", sa.Boolean(), nullable=False),
        sa.Column("descendant_levels", sa.ARRAY(sa.Integer()), server_default="{}", nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lift_reason", sa.Text(), nullable=True),
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
            name=op.f("fk_crm_suspension_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "lifted_by"],
            ["core_user.tenant_id", "core_user.id"],
            name=op.f("fk_crm_suspension_lifted_by"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "suspended_by"],
            ["core_user.tenant_id", "core_user.id"],
            name=op.f("fk_crm_suspension_suspended_by"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_crm_suspension")),
    )
    op.create_index(
        op.f("ix_crm_suspension_tenant_id_contact_id_since_id"),
        "crm_suspension",
        ["tenant_id", "contact_id", "since", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_crm_suspension_tenant_id_since_id"),
        "crm_suspension",
        ["tenant_id", "since", "id"],
        unique=False,
    )
    op.create_index(
        "ix_crm_suspension_upwards",
        "crm_suspension",
        ["tenant_id", "contact_id"],
        unique=False,
        postgresql_where=sa.text("reaches_up and lifted_at is null"),
    )
    op.create_table(
        "crm_opportunity_stage_change",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("opportunity_id", sa.Uuid(), nullable=False),
        sa.Column("from_stage_id", sa.Uuid(), nullable=True),
        sa.Column("to_stage_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "changed_by"],
            ["core_user.tenant_id", "core_user.id"],
            name=op.f("fk_crm_opportunity_stage_change_changed_by"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "from_stage_id"],
            ["crm_opportunity_stage.tenant_id", "crm_opportunity_stage.id"],
            name=op.f("fk_crm_opportunity_stage_change_from_stage_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "opportunity_id"],
            ["crm_opportunity.tenant_id", "crm_opportunity.id"],
            name=op.f("fk_crm_opportunity_stage_change_opportunity_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "to_stage_id"],
            ["crm_opportunity_stage.tenant_id", "crm_opportunity_stage.id"],
            name=op.f("fk_crm_opportunity_stage_change_to_stage_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_crm_opportunity_stage_change")),
    )
    op.create_index(
        op.f("ix_crm_opportunity_stage_change_tenant_id_opportunity_id_at_id"),
        "crm_opportunity_stage_change",
        ["tenant_id", "opportunity_id", "at", "id"],
        unique=False,
    )
    for statement in protect("crm_note_counter"):
        op.execute(statement)
    for statement in protect("crm_note_type"):
        op.execute(statement)
    for statement in protect("crm_opportunity_stage"):
        op.execute(statement)
    for statement in protect("crm_flag"):
        op.execute(statement)
    for statement in protect("crm_note"):
        op.execute(statement)
    for statement in protect("crm_opportunity"):
        op.execute(statement)
    for statement in protect("crm_suspension"):
        op.execute(statement)
    for statement in protect("crm_opportunity_stage_change"):
        op.execute(statement)
    op.execute(
        "create or replace view crm_effective_flag with (security_invoker = true) as select c.tenant_id, c.descendant_id as contact_id, f.id as flag_id, f.contact_id as origin_id, c.depth as distance, f.text, f.set_at, f.set_by from core_contact_closure c join crm_flag f on f.tenant_id = c.tenant_id and f.contact_id = c.ancestor_id"
    )
    op.execute(
        "comment on view crm_effective_flag is '5f2beaadf7f421a150b243bfdbc549a07d0fda563965fdb58b1a41e897030e1c'"
    )
    op.execute("grant select on crm_effective_flag to fieldgate_app")
    op.execute(
        "create or replace view crm_effective_suspension with (security_invoker = true) as select s.tenant_id, s.contact_id, s.id as suspension_id, s.contact_id as origin_id, 0 as distance, s.cause, s.reason, s.since, s.suspended_by from crm_suspension s where s.lifted_at is null and s.on_self union all select c.tenant_id, c.descendant_id, s.id, s.contact_id, c.depth, s.cause, s.reason, s.since, s.suspended_by from core_contact_closure c join crm_suspension s on s.tenant_id = c.tenant_id and s.contact_id = c.ancestor_id where s.lifted_at is null and c.depth > 0 and (s.descendants_all or c.depth = any(s.descendant_levels)) union all select c.tenant_id, c.ancestor_id, s.id, s.contact_id, -c.depth, s.cause, s.reason, s.since, s.suspended_by from core_contact_closure c join crm_suspension s on s.tenant_id = c.tenant_id and s.contact_id = c.descendant_id where s.lifted_at is null and s.reaches_up and c.depth > 0 and (s.ancestors_all or c.depth = any(s.ancestor_levels))"
    )
    op.execute(
        "comment on view crm_effective_suspension is '08e34ed91179a56d4e4d4b189e25b79ac52e159cb2df066f68679b9e6a3b176c'"
    )
    op.execute("grant select on crm_effective_suspension to fieldgate_app")
