"""What persons have in fields of the tenant."""

import sqlalchemy as sa
from alembic import op

from core.kit.rls import protect

revision = "people_0006"
down_revision = "people_0005"
branch_labels = None
depends_on = ("core_0009",)


def upgrade() -> None:
    op.create_table(
        "people_custom_value",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("field_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), server_default="0", autoincrement=False, nullable=False),
        sa.Column("text_value", sa.Text(), nullable=True),
        sa.Column(
            "text_key",
            sa.Text(),
            sa.Computed("left(core_sort_key(text_value), 200)", persisted=True),
            nullable=True,
        ),
        sa.Column("e164_value", sa.Text(), nullable=True),
        sa.Column("decimal_value", sa.Numeric(), nullable=True),
        sa.Column("date_value", sa.Date(), nullable=True),
        sa.Column("instant_value", sa.DateTime(timezone=True), nullable=True),
        sa.Column("boolean_value", sa.Boolean(), nullable=True),
        sa.Column("option_id", sa.Uuid(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("referred_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "field_id"],
            ["core_custom_field.tenant_id", "core_custom_field.id"],
            name=op.f("fk_people_custom_value_field_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "file_id"],
            ["core_file.tenant_id", "core_file.id"],
            name=op.f("fk_people_custom_value_file_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "option_id"],
            ["core_custom_option.tenant_id", "core_custom_option.id"],
            name=op.f("fk_people_custom_value_option_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["people_person.tenant_id", "people_person.id"],
            name=op.f("fk_people_custom_value_person_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "referred_id"],
            ["core_contact.tenant_id", "core_contact.id"],
            name=op.f("fk_people_custom_value_referred_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["core_user.tenant_id", "core_user.id"],
            name=op.f("fk_people_custom_value_user_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "person_id", "field_id", "place", name=op.f("pk_people_custom_value")
        ),
    )
    op.create_index(
        op.f("ix_people_custom_value_tenant_id_field_id_date_value"),
        "people_custom_value",
        ["tenant_id", "field_id", "date_value"],
        unique=False,
        postgresql_where=sa.text("date_value is not null"),
    )
    op.create_index(
        op.f("ix_people_custom_value_tenant_id_field_id_decimal_value"),
        "people_custom_value",
        ["tenant_id", "field_id", "decimal_value"],
        unique=False,
        postgresql_where=sa.text("decimal_value is not null"),
    )
    op.create_index(
        op.f("ix_people_custom_value_tenant_id_field_id_e164_value"),
        "people_custom_value",
        ["tenant_id", "field_id", "e164_value"],
        unique=False,
        postgresql_where=sa.text("e164_value is not null"),
    )
    op.create_index(
        op.f("ix_people_custom_value_tenant_id_field_id_instant_value"),
        "people_custom_value",
        ["tenant_id", "field_id", "instant_value"],
        unique=False,
        postgresql_where=sa.text("instant_value is not null"),
    )
    op.create_index(
        op.f("ix_people_custom_value_tenant_id_field_id_text_key"),
        "people_custom_value",
        ["tenant_id", "field_id", "text_key"],
        unique=False,
    )
    op.create_index(
        op.f("ix_people_custom_value_tenant_id_file_id"),
        "people_custom_value",
        ["tenant_id", "file_id"],
        unique=False,
        postgresql_where=sa.text("file_id is not null"),
    )
    op.create_index(
        op.f("ix_people_custom_value_tenant_id_option_id"),
        "people_custom_value",
        ["tenant_id", "option_id"],
        unique=False,
        postgresql_where=sa.text("option_id is not null"),
    )
    op.create_index(
        op.f("ix_people_custom_value_tenant_id_referred_id"),
        "people_custom_value",
        ["tenant_id", "referred_id"],
        unique=False,
        postgresql_where=sa.text("referred_id is not null"),
    )
    op.create_index(
        op.f("ix_people_custom_value_tenant_id_user_id"),
        "people_custom_value",
        ["tenant_id", "user_id"],
        unique=False,
        postgresql_where=sa.text("user_id is not null"),
    )
    for statement in protect("people_custom_value"):
        op.execute(statement)
    op.execute(
        "create or replace view people_custom_value_shown with (security_invoker = true) as select v.tenant_id, v.person_id, v.field_id, f.position, f.key, f.label, f.label_fr, f.label_en, f.type, f.unit, f.currency, f.audience, v.text_value, v.e164_value, v.decimal_value, v.date_value, v.instant_value, v.boolean_value, v.option_id, v.file_id, v.user_id, v.referred_id, case when f.type = 'MULTI_LIST' then ( select string_agg(replace(replace(chosen.label, '\\', '\\\\'), ',', '\\,'), ', ' order by chosen.position, chosen.id) from people_custom_value each join core_custom_option chosen on chosen.tenant_id = each.tenant_id and chosen.id = each.option_id where each.tenant_id = v.tenant_id and each.person_id = v.person_id and each.field_id = v.field_id) else o.label end as option_label, case f.type when 'FILE' then ( select file.filename from core_file file where file.tenant_id = v.tenant_id and file.id = v.file_id) when 'REFERENCE' then coalesce( (select named.name from core_contact named where named.tenant_id = v.tenant_id and named.id = v.referred_id), (select named.name from core_user named where named.tenant_id = v.tenant_id and named.id = v.user_id)) end as named from people_custom_value v join core_custom_field f on f.tenant_id = v.tenant_id and f.id = v.field_id join people_person s on s.tenant_id = v.tenant_id and s.id = v.person_id left join core_custom_option o on o.tenant_id = v.tenant_id and o.id = v.option_id where v.place = 0 and f.archived_at is null and f.scope_id = s.tenant_id"
    )
    op.execute(
        "comment on view people_custom_value_shown is '1c797159c4f715857f81f90fd3c73f42d1293d9a0ede61a984a9abfec068cb60'"
    )
    op.execute("grant select on people_custom_value_shown to fieldgate_app")
