"""first tables"""

import sqlalchemy as sa
from alembic import op

from core.kit.rls import protect

revision = "people_0001"
down_revision = None
branch_labels = ("people",)
depends_on = ("core_0001",)


#: A contact with persons has a primary one when a transaction ends. Whoever may have taken it
#: away, or brought a person without, holds the contact first: then what others did to the same
#: contact is committed, and the questions after that see it.
PRIMARY_KEPT = """
create function people_check_primary(tenant uuid, contact uuid) returns void
language plpgsql as $$
begin
  perform from core_contact where tenant_id = tenant and id = contact for no key update;
  if exists (select from people_person where tenant_id = tenant and contact_id = contact)
     and not exists (
       select from people_person
       where tenant_id = tenant and contact_id = contact and is_primary
     )
  then
    raise exception 'Contact % has persons, and none of them is its primary person.', contact
      using errcode = 'check_violation', table = 'people_person',
            constraint = 'people_person_primary_kept';
  end if;
end $$
"""

PRIMARY_KEPT_TRIGGER = """
create function people_primary_kept() returns trigger language plpgsql as $$
begin
  if tg_op <> 'INSERT' and old.contact_id is not null then
    perform people_check_primary(old.tenant_id, old.contact_id);
  end if;
  if tg_op <> 'DELETE' and new.contact_id is not null then
    if tg_op = 'INSERT' or new.contact_id is distinct from old.contact_id then
      perform people_check_primary(new.tenant_id, new.contact_id);
    end if;
  end if;
  return null;
end $$
"""

#: Which writes may leave a contact without: the others, most of them, cost nothing.
LOOKS = {
    "insert": "new.contact_id is not null and not new.is_primary",
    "update": "(old.is_primary and (not new.is_primary or new.contact_id <> old.contact_id)) "
    "or (not new.is_primary and new.contact_id is distinct from old.contact_id)",
    "delete": "old.is_primary",
}


def upgrade() -> None:
    op.create_table(
        "people_person",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column(
            "full_name",
            sa.Text(),
            sa.Computed(
                "coalesce(nullif(trim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), ''), email)",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("mobile", sa.Text(), nullable=True),
        sa.Column("mobile_e164", sa.Text(), nullable=True),
        sa.Column("landline", sa.Text(), nullable=True),
        sa.Column("landline_e164", sa.Text(), nullable=True),
        sa.Column("extension", sa.Text(), nullable=True),
        sa.Column("position", sa.Text(), nullable=True),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("booking_access", sa.Boolean(), nullable=False),
        sa.Column("receives_documents", sa.Boolean(), nullable=False),
        sa.Column("receives_marketing", sa.Boolean(), nullable=False),
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
        sa.CheckConstraint(
            "contact_id is not null or not is_primary",
            name=op.f("ck_people_person_primary_of_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["core_contact.tenant_id", "core_contact.id"],
            name=op.f("fk_people_person_contact_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_people_person")),
    )
    op.create_index(
        op.f("ix_people_person_tenant_id_contact_id_name_key_id"),
        "people_person",
        ["tenant_id", "contact_id", "name_key", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_people_person_tenant_id_email"),
        "people_person",
        ["tenant_id", "email"],
        unique=False,
    )
    op.create_index(
        op.f("ix_people_person_tenant_id_name_key_id"),
        "people_person",
        ["tenant_id", "name_key", "id"],
        unique=False,
    )
    op.create_index(
        "uq_people_person_primary",
        "people_person",
        ["tenant_id", "contact_id"],
        unique=True,
        postgresql_where=sa.text("is_primary"),
    )
    for statement in protect("people_person"):
        op.execute(statement)
    op.execute(PRIMARY_KEPT)
    op.execute(PRIMARY_KEPT_TRIGGER)
    for event, condition in LOOKS.items():
        op.execute(
            f"create constraint trigger people_person_primary_kept_{event} after {event} "
            f"on people_person deferrable initially deferred for each row "
            f"when ({condition}) execute function people_primary_kept()"
        )
