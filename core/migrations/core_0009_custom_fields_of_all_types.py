"""Custom fields of all types, for contacts and for what modules add."""

import sqlalchemy as sa
from alembic import op

revision = "core_0009"
down_revision = "core_0007"
branch_labels = None
depends_on = None

#: Texts were of one type: those that a line can't hold are long ones.
LONG_TEXTS = """
    update core_custom_field f set type = 'LONG_TEXT'
    where type = 'TEXT' and exists (
        select from core_custom_value v
        where v.tenant_id = f.tenant_id and v.field_id = f.id
          and (length(v.text_value) > 1000 or v.text_value ~ '[\n\t\r]'))
"""


def upgrade() -> None:
    op.execute("drop view core_custom_value_shown")
    _change_fields()
    _change_values()
    op.execute(LONG_TEXTS)
    op.execute(
        "create or replace view core_custom_value_shown with (security_invoker = true) as select v.tenant_id, v.contact_id, v.field_id, f.position, f.key, f.label, f.label_fr, f.label_en, f.type, f.unit, f.currency, f.audience, v.text_value, v.e164_value, v.decimal_value, v.date_value, v.instant_value, v.boolean_value, v.option_id, v.file_id, v.user_id, v.referred_id, case when f.type = 'MULTI_LIST' then ( select string_agg(replace(replace(chosen.label, '\\', '\\\\'), ',', '\\,'), ', ' order by chosen.position, chosen.id) from core_custom_value each join core_custom_option chosen on chosen.tenant_id = each.tenant_id and chosen.id = each.option_id where each.tenant_id = v.tenant_id and each.contact_id = v.contact_id and each.field_id = v.field_id) else o.label end as option_label, case f.type when 'FILE' then ( select file.filename from core_file file where file.tenant_id = v.tenant_id and file.id = v.file_id) when 'REFERENCE' then coalesce( (select named.name from core_contact named where named.tenant_id = v.tenant_id and named.id = v.referred_id), (select named.name from core_user named where named.tenant_id = v.tenant_id and named.id = v.user_id)) end as named from core_custom_value v join core_custom_field f on f.tenant_id = v.tenant_id and f.id = v.field_id join core_contact s on s.tenant_id = v.tenant_id and s.id = v.contact_id left join core_custom_option o on o.tenant_id = v.tenant_id and o.id = v.option_id where v.place = 0 and f.archived_at is null and f.scope_id = s.group_id"
    )
    op.execute(
        "comment on view core_custom_value_shown is '2f068db82111f33bbc27468f6979b975e70d5caf68d56fbbf580ff2dd36081a3'"
    )
    op.execute("grant select on core_custom_value_shown to fieldgate_app")


def _change_fields() -> None:
    """Groups become one kind of scope; the key to them follows from it."""
    op.add_column(
        "core_custom_field",
        sa.Column("target", sa.Text(), server_default="CONTACT", nullable=False),
    )
    op.alter_column("core_custom_field", "target", server_default=None)
    op.drop_index("ix_core_custom_field_tenant_id_group_id_position", "core_custom_field")
    op.drop_constraint(
        "uq_core_custom_field_tenant_id_group_id_key", "core_custom_field", type_="unique"
    )
    op.drop_constraint("fk_core_custom_field_group_id", "core_custom_field", type_="foreignkey")
    op.alter_column("core_custom_field", "group_id", new_column_name="scope_id")
    op.add_column(
        "core_custom_field",
        sa.Column(
            "group_id",
            sa.Uuid(),
            sa.Computed("case when target = 'CONTACT' then scope_id end", persisted=True),
        ),
    )
    op.create_foreign_key(
        "fk_core_custom_field_group_id",
        "core_custom_field",
        "core_contact_group",
        ["tenant_id", "group_id"],
        ["tenant_id", "id"],
    )
    op.create_unique_constraint(
        "uq_core_custom_field_tenant_id_target_scope_id_key",
        "core_custom_field",
        ["tenant_id", "target", "scope_id", "key"],
    )
    for columns in (["scope_id", "position"], ["group_id"]):
        op.create_index(
            f"ix_core_custom_field_tenant_id_{'_'.join(columns)}",
            "core_custom_field",
            ["tenant_id", *columns],
        )
    for name in ("label_fr", "label_en", "statement", "unit", "currency", "refers_to"):
        op.add_column("core_custom_field", sa.Column(name, sa.Text(), nullable=True))
    for name in ("minimum", "maximum"):
        op.add_column("core_custom_field", sa.Column(name, sa.Numeric(), nullable=True))
    op.add_column(
        "core_custom_field",
        sa.Column("visible_on_booking", sa.Boolean(), server_default="false", nullable=False),
    )
    op.add_column(
        "core_custom_field",
        sa.Column("audience", sa.Text(), server_default="BOTH", nullable=False),
    )


def _change_values() -> None:
    op.add_column(
        "core_custom_value",
        sa.Column("place", sa.Integer(), server_default="0", nullable=False),
    )
    op.add_column("core_custom_value", sa.Column("e164_value", sa.Text(), nullable=True))
    op.add_column(
        "core_custom_value", sa.Column("instant_value", sa.DateTime(timezone=True), nullable=True)
    )
    for name, table in (
        ("file_id", "core_file"),
        ("user_id", "core_user"),
        ("referred_id", "core_contact"),
    ):
        op.add_column("core_custom_value", sa.Column(name, sa.Uuid(), nullable=True))
        op.create_foreign_key(
            f"fk_core_custom_value_{name}",
            "core_custom_value",
            table,
            ["tenant_id", name],
            ["tenant_id", "id"],
        )
    op.drop_constraint("pk_core_custom_value", "core_custom_value", type_="primary")
    op.create_primary_key(
        "pk_core_custom_value",
        "core_custom_value",
        ["tenant_id", "contact_id", "field_id", "place"],
    )
    # Found by the beginning of a text, and smaller where there is nothing to find.
    for name in ("text_value", "decimal_value", "date_value"):
        op.drop_index(f"ix_core_custom_value_tenant_id_field_id_{name}", "core_custom_value")
    op.drop_index("ix_core_custom_value_tenant_id_option_id", "core_custom_value")
    op.create_index(
        "ix_core_custom_value_tenant_id_field_id_text_key",
        "core_custom_value",
        ["tenant_id", "field_id", "text_key"],
    )
    for name in ("e164_value", "decimal_value", "date_value", "instant_value"):
        op.create_index(
            f"ix_core_custom_value_tenant_id_field_id_{name}",
            "core_custom_value",
            ["tenant_id", "field_id", name],
            postgresql_where=sa.text(f"{name} is not null"),
        )
    for name in ("option_id", "file_id", "user_id", "referred_id"):
        op.create_index(
            f"ix_core_custom_value_tenant_id_{name}",
            "core_custom_value",
            ["tenant_id", name],
            postgresql_where=sa.text(f"{name} is not null"),
        )
