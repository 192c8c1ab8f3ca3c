"""first tables"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.kit.rls import APP_ROLE, CURRENT_TENANT, protect

revision = "core_0001"
down_revision = None
branch_labels = ("core",)
depends_on = None


#: Where the window of a day's charts begins, and how an older chart is moved into it: ``gone`` days
#: are taken from the front of each series, ``later`` quiet ones are added.
CHART_FUNCTIONS = [
    """
create or replace function core_chart_first_day(day date) returns date
language sql immutable parallel safe as $$
  select (day - interval '6 months')::date + 1
$$
""",
    r"""
create or replace function core_chart_slide(series json, zero text, gone int, later int)
returns json language sql immutable parallel safe as $$
  select (replace(
            regexp_replace(left(series::text, -1), '\[(?:[^][,]+,){' || gone || '}', '[', 'g'),
            ']', repeat(',' || zero, later) || ']') || ']')::json
$$
""",
]

#: Whose outbox has something to deliver. It answers for all tenants, so it runs as the owner and
#: says nothing but who they are.
OUTBOX_FUNCTION = """
create or replace function core_outbox_waiting() returns setof uuid
language sql stable security definer set search_path from current as $$
  select distinct tenant_id from core_outbox_entry
  where delivered_at is null and dead_at is null and next_at <= now()
$$
"""

#: What all tenants share: everybody may look a tenant or a login up, nobody may write another's.
SHARED = [
    "alter table core_tenant enable row level security",
    f"create policy look_up on core_tenant for select to {APP_ROLE} using (true)",
    f"create policy own_tenant on core_tenant for update to {APP_ROLE} "
    f"using (id = {CURRENT_TENANT}) with check (id = {CURRENT_TENANT})",
    f"grant select, update on core_tenant to {APP_ROLE}",
    "alter table core_login enable row level security",
    f"create policy look_up on core_login for select to {APP_ROLE} using (true)",
    f"create policy own_tenant_adds on core_login for insert to {APP_ROLE} "
    f"with check (tenant_id = {CURRENT_TENANT})",
    f"create policy own_tenant_removes on core_login for delete to {APP_ROLE} "
    f"using (tenant_id = {CURRENT_TENANT})",
    f"grant select, insert, delete on core_login to {APP_ROLE}",
    f"grant select on alembic_version to {APP_ROLE}",
]


def upgrade() -> None:
    op.create_table(
        "core_audit_entry",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("actor", sa.Text(), server_default="job", nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("row_type", sa.Text(), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("root_id", sa.Uuid(), nullable=True),
        sa.Column("changes", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_audit_entry")),
    )
    op.create_index(
        op.f("ix_core_audit_entry_tenant_id_at_id"),
        "core_audit_entry",
        ["tenant_id", "at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_audit_entry_tenant_id_root_id_at_id"),
        "core_audit_entry",
        ["tenant_id", "root_id", "at", "id"],
        unique=False,
    )
    op.create_table(
        "core_chart_run",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stale_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_core_chart_run")),
    )
    op.create_table(
        "core_contact_group",
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
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_contact_group")),
        sa.UniqueConstraint(
            "tenant_id", "name_key", name=op.f("uq_core_contact_group_tenant_id_name_key")
        ),
    )
    op.create_table(
        "core_idempotency_key",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("answer", postgresql.JSONB(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "caller", "key", name=op.f("pk_core_idempotency_key")),
    )
    op.create_index(
        op.f("ix_core_idempotency_key_tenant_id_at"),
        "core_idempotency_key",
        ["tenant_id", "at"],
        unique=False,
    )
    op.create_table(
        "core_job_run",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rows", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_job_run")),
        sa.UniqueConstraint(
            "tenant_id", "job", "day", name=op.f("uq_core_job_run_tenant_id_job_day")
        ),
    )
    op.create_table(
        "core_login",
        sa.Column("login_hash", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("login_hash", name=op.f("pk_core_login")),
    )
    op.create_table(
        "core_outbox_entry",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("listener", sa.Text(), nullable=False),
        sa.Column("event", postgresql.JSONB(), nullable=False),
        sa.Column(
            "told_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column(
            "next_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_outbox_entry")),
    )
    op.create_index(
        "ix_core_outbox_entry_waiting",
        "core_outbox_entry",
        ["tenant_id", "next_at"],
        unique=False,
        postgresql_where=sa.text("delivered_at is null and dead_at is null"),
    )
    op.create_table(
        "core_partner_key",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.Text(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("documents_only", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
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
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_partner_key")),
        sa.UniqueConstraint(
            "tenant_id", "key_hash", name=op.f("uq_core_partner_key_tenant_id_key_hash")
        ),
    )
    op.create_table(
        "core_role",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("permissions", sa.ARRAY(sa.Text()), nullable=False),
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
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_role")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_core_role_tenant_id_name")),
    )
    op.create_table(
        "core_stored_document",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("example_variables", postgresql.JSONB(), nullable=True),
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
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_stored_document")),
        sa.UniqueConstraint(
            "tenant_id", "digest", name=op.f("uq_core_stored_document_tenant_id_digest")
        ),
    )
    op.create_table(
        "core_tenant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("modules", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("time_zone", sa.Text(), server_default="Europe/Paris", nullable=False),
        sa.Column("locale", sa.Text(), server_default="fr", nullable=False),
        sa.Column("country", sa.Text(), server_default="FR", nullable=False),
        sa.Column("currency", sa.Text(), server_default="EUR", nullable=False),
        sa.Column("reference_policy", sa.Text(), server_default="WARN", nullable=False),
        sa.Column("documents_only", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_tenant")),
        sa.UniqueConstraint("slug", name=op.f("uq_core_tenant_slug")),
    )
    op.create_table(
        "core_user",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
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
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_user")),
        sa.UniqueConstraint("tenant_id", "login", name=op.f("uq_core_user_tenant_id_login")),
    )
    op.create_table(
        "core_access_token",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["core_user.tenant_id", "core_user.id"],
            name=op.f("fk_core_access_token_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "token_hash", name=op.f("pk_core_access_token")),
    )
    op.create_index(
        op.f("ix_core_access_token_tenant_id_user_id"),
        "core_access_token",
        ["tenant_id", "user_id"],
        unique=False,
    )
    op.create_table(
        "core_contact",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("street", sa.Text(), nullable=True),
        sa.Column("postcode", sa.Text(), nullable=True),
        sa.Column("town", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("latitude", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.Column("longitude", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("phone_e164", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("information", sa.Text(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("parent_kind", sa.Text(), nullable=True),
        sa.Column(
            "billed_id",
            sa.Uuid(),
            sa.Computed(
                "case when parent_kind = 'BILLING_SITE' then parent_id else id end", persisted=True
            ),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archive_reason", sa.Text(), nullable=True),
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
            ["tenant_id", "billed_id"],
            ["core_contact.tenant_id", "core_contact.id"],
            name=op.f("fk_core_contact_billed_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "group_id"],
            ["core_contact_group.tenant_id", "core_contact_group.id"],
            name=op.f("fk_core_contact_group_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "owner_id"],
            ["core_user.tenant_id", "core_user.id"],
            name=op.f("fk_core_contact_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "parent_id"],
            ["core_contact.tenant_id", "core_contact.id"],
            name=op.f("fk_core_contact_parent_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_contact")),
    )
    op.create_index(
        op.f("ix_core_contact_tenant_id_group_id"),
        "core_contact",
        ["tenant_id", "group_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_contact_tenant_id_name_key_id"),
        "core_contact",
        ["tenant_id", "name_key", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_contact_tenant_id_parent_id"),
        "core_contact",
        ["tenant_id", "parent_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_contact_tenant_id_reference"),
        "core_contact",
        ["tenant_id", "reference"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_contact_tenant_id_updated_at_id"),
        "core_contact",
        ["tenant_id", "updated_at", "id"],
        unique=False,
    )
    op.create_table(
        "core_custom_field",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("mandatory", sa.Boolean(), nullable=False),
        sa.Column("visible_on_device", sa.Boolean(), nullable=False),
        sa.Column("editable_on_device", sa.Boolean(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
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
            ["tenant_id", "group_id"],
            ["core_contact_group.tenant_id", "core_contact_group.id"],
            name=op.f("fk_core_custom_field_group_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_custom_field")),
        sa.UniqueConstraint(
            "tenant_id", "group_id", "key", name=op.f("uq_core_custom_field_tenant_id_group_id_key")
        ),
    )
    op.create_index(
        op.f("ix_core_custom_field_tenant_id_group_id_position"),
        "core_custom_field",
        ["tenant_id", "group_id", "position"],
        unique=False,
    )
    op.create_table(
        "core_user_role",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "role_id"],
            ["core_role.tenant_id", "core_role.id"],
            name=op.f("fk_core_user_role_role_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["core_user.tenant_id", "core_user.id"],
            name=op.f("fk_core_user_role_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "user_id", "role_id", name=op.f("pk_core_user_role")),
    )
    op.create_table(
        "core_chart",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("keys", sa.JSON(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("tops", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["core_contact.tenant_id", "core_contact.id"],
            name=op.f("fk_core_chart_contact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "contact_id", "kind", name=op.f("pk_core_chart")),
    )
    op.create_table(
        "core_contact_closure",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("ancestor_id", sa.Uuid(), nullable=False),
        sa.Column("descendant_id", sa.Uuid(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ancestor_id"],
            ["core_contact.tenant_id", "core_contact.id"],
            name=op.f("fk_core_contact_closure_ancestor_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "descendant_id"],
            ["core_contact.tenant_id", "core_contact.id"],
            name=op.f("fk_core_contact_closure_descendant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "ancestor_id", "descendant_id", name=op.f("pk_core_contact_closure")
        ),
    )
    op.create_index(
        op.f("ix_core_contact_closure_tenant_id_ancestor_id_depth_descendant_id"),
        "core_contact_closure",
        ["tenant_id", "ancestor_id", "depth", "descendant_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_contact_closure_tenant_id_descendant_id_depth"),
        "core_contact_closure",
        ["tenant_id", "descendant_id", "depth"],
        unique=False,
    )
    op.create_table(
        "core_custom_option",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("field_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "field_id"],
            ["core_custom_field.tenant_id", "core_custom_field.id"],
            name=op.f("fk_core_custom_option_field_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_custom_option")),
        sa.UniqueConstraint(
            "tenant_id",
            "field_id",
            "key",
            name=op.f("uq_core_custom_option_tenant_id_field_id_key"),
        ),
    )
    op.create_table(
        "core_custom_value",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("field_id", sa.Uuid(), nullable=False),
        sa.Column("text_value", sa.Text(), nullable=True),
        sa.Column("decimal_value", sa.Numeric(), nullable=True),
        sa.Column("date_value", sa.Date(), nullable=True),
        sa.Column("boolean_value", sa.Boolean(), nullable=True),
        sa.Column("option_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["core_contact.tenant_id", "core_contact.id"],
            name=op.f("fk_core_custom_value_contact_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "field_id"],
            ["core_custom_field.tenant_id", "core_custom_field.id"],
            name=op.f("fk_core_custom_value_field_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "option_id"],
            ["core_custom_option.tenant_id", "core_custom_option.id"],
            name=op.f("fk_core_custom_value_option_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "contact_id", "field_id", name=op.f("pk_core_custom_value")
        ),
    )
    op.create_index(
        op.f("ix_core_custom_value_tenant_id_field_id_date_value"),
        "core_custom_value",
        ["tenant_id", "field_id", "date_value"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_custom_value_tenant_id_field_id_decimal_value"),
        "core_custom_value",
        ["tenant_id", "field_id", "decimal_value"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_custom_value_tenant_id_field_id_text_value"),
        "core_custom_value",
        ["tenant_id", "field_id", "text_value"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_custom_value_tenant_id_option_id"),
        "core_custom_value",
        ["tenant_id", "option_id"],
        unique=False,
    )
    for statement in protect("core_audit_entry"):
        op.execute(statement)
    for statement in protect("core_chart_run"):
        op.execute(statement)
    for statement in protect("core_contact_group"):
        op.execute(statement)
    for statement in protect("core_idempotency_key"):
        op.execute(statement)
    for statement in protect("core_job_run"):
        op.execute(statement)
    for statement in protect("core_outbox_entry"):
        op.execute(statement)
    for statement in protect("core_partner_key"):
        op.execute(statement)
    for statement in protect("core_role"):
        op.execute(statement)
    for statement in protect("core_stored_document"):
        op.execute(statement)
    for statement in protect("core_user"):
        op.execute(statement)
    for statement in protect("core_access_token"):
        op.execute(statement)
    for statement in protect("core_contact"):
        op.execute(statement)
    for statement in protect("core_custom_field"):
        op.execute(statement)
    for statement in protect("core_user_role"):
        op.execute(statement)
    for statement in protect("core_chart"):
        op.execute(statement)
    for statement in protect("core_contact_closure"):
        op.execute(statement)
    for statement in protect("core_custom_option"):
        op.execute(statement)
    for statement in protect("core_custom_value"):
        op.execute(statement)
    for statement in (*CHART_FUNCTIONS, OUTBOX_FUNCTION):
        op.execute(statement)
    op.execute("revoke execute on function core_outbox_waiting() from public")
    op.execute(f"grant execute on function core_outbox_waiting() to {APP_ROLE}")
    op.execute(
        "create or replace view core_chart_current with (security_invoker = true) as select c.tenant_id, c.contact_id, c.kind, c.keys, case when w.later = 0 then c.values else core_chart_slide(c.values, '\"0.00\"', w.gone, w.later) end as values, case when w.later = 0 then c.tops else core_chart_slide(c.tops, '\"0.00\"', w.gone, w.later) end as tops, case when w.later = 0 then c.counts else core_chart_slide(c.counts, '0', w.gone, w.later) end as counts from core_chart c join core_chart_run r on r.tenant_id = c.tenant_id cross join lateral ( select r.day - c.day as later, core_chart_first_day(r.day) - core_chart_first_day(c.day) as gone ) w"
    )
    op.execute(
        "comment on view core_chart_current is '674914e99160681a22074e258fe9c829cbc4c49c81d96571780f63c87a94884a'"
    )
    op.execute("grant select on core_chart_current to fieldgate_app")
    op.execute(
        "create or replace view core_custom_value_shown with (security_invoker = true) as select v.tenant_id, v.contact_id, v.field_id, f.position, f.key, f.label, f.type, v.text_value, v.decimal_value, v.date_value, v.boolean_value, v.option_id, o.label as option_label from core_custom_value v join core_custom_field f on f.tenant_id = v.tenant_id and f.id = v.field_id join core_contact c on c.tenant_id = v.tenant_id and c.id = v.contact_id left join core_custom_option o on o.tenant_id = v.tenant_id and o.id = v.option_id where f.archived_at is null and f.group_id = c.group_id"
    )
    op.execute(
        "comment on view core_custom_value_shown is '7dd9c563a455ae5f959c295517bd6ada0393fe5d2d2815f53c56b0e23be91c4d'"
    )
    op.execute("grant select on core_custom_value_shown to fieldgate_app")
    for statement in SHARED:
        op.execute(statement)
