"""tags, the ledger of consents, and what persons are found by"""

import sqlalchemy as sa
from alembic import op

from core.kit.rls import APP_ROLE, CURRENT_TENANT, protect

revision = "people_0003"
down_revision = "people_0002"
branch_labels = None
depends_on = ("core_0003",)

#: Keeps on each person what its ledger says now. Persons are locked first, in one order: then what
#: others recorded for the same persons is committed, and the next statement sees it.
KEEP = """
create function people_consent_keep() returns trigger language plpgsql as $$
begin
  perform from people_person p
  where (p.tenant_id, p.id) in (select a.tenant_id, a.person_id from added a)
  order by p.id for no key update;
  update people_person p
  set consent_status = held.status, consent_medium = held.medium,
      consent_changed_at = held.given_at, consent_id = held.id
  from (
    select distinct on (c.tenant_id, c.person_id) c.*
    from people_consent c
    where (c.tenant_id, c.person_id) in (select a.tenant_id, a.person_id from added a)
    order by c.tenant_id, c.person_id, c.given_at desc, c.id desc
  ) held
  where p.tenant_id = held.tenant_id and p.id = held.person_id
    and p.consent_id is distinct from held.id;
  return null;
end
$$
"""

#: The forms in which numbers are looked for: as typed, with the country's code, and without it
#: behind a 0, which is how most countries dial at home.
NUMBERS = r"""
create function people_numbers(typed text[], e164 text[]) returns text
language sql immutable parallel safe as $$
  select coalesce(' ' || string_agg(distinct word, ' ') || ' ', '')
  from (
    select regexp_replace(number, '\D', '', 'g') as word from unnest(typed) number
    union all
    select form from unnest(e164) number,
      regexp_replace(number,
        '^\+(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|' ||
        '2[1-689]\d|3[578]\d|42\d|5[09]\d|6[7-9]\d|8[035789]\d|9[679]\d)', '') home,
      unnest(array[
        substr(number, 2), case when starts_with(number, '+1') then home else '0' || home end]) form
  ) words
  where word <> ''
$$
"""

WRITE = """
create function people_person_search_write() returns trigger language plpgsql as $$
begin
  insert into people_person_search (tenant_id, person_id, names, email, numbers)
  select tenant_id, id, core_search_words(full_name), coalesce(lower(email), ''),
         people_numbers(array[mobile, landline], array[mobile_e164, landline_e164])
  from written;
  return null;
end
$$
"""
REWRITE = """
create function people_person_search_rewrite() returns trigger language plpgsql as $$
begin
  update people_person_search
  set names = core_search_words(new.full_name), email = coalesce(lower(new.email), ''),
      numbers = people_numbers(array[new.mobile, new.landline],
                               array[new.mobile_e164, new.landline_e164])
  where tenant_id = new.tenant_id and person_id = new.id;
  return null;
end
$$
"""
FOUND_BY = ("full_name", "email", "mobile", "landline", "mobile_e164", "landline_e164")
TRIGGERS = (
    "create trigger people_consent_keep after insert on people_consent "
    "referencing new table as added for each statement execute function people_consent_keep()",
    "create trigger people_person_search_write after insert on people_person "
    "referencing new table as written for each statement "
    "execute function people_person_search_write()",
    "create trigger people_person_search_rewrite after update on people_person for each row when ("
    + " or ".join(f"old.{column} is distinct from new.{column}" for column in FOUND_BY)
    + ") execute function people_person_search_rewrite()",
)

#: The persons of which a part is like one of some patterns. It runs as the owner, whom row-level
#: security doesn't bind, so that the patterns may use the index: it checks itself whose connection
#: this is.
FIND = f"""
create function people_person_search_ids(
  p_tenant uuid, p_part text, p_patterns text[], p_limit int default null)
returns setof uuid language plpgsql stable security definer rows 200
set search_path from current as $$
begin
  if p_tenant is distinct from {CURRENT_TENANT} or p_part not in ('names', 'email', 'numbers') then
    return;
  end if;
  return query execute 'select person_id from people_person_search where tenant_id = $1 and ('
    || (select string_agg(format('%I like %L', p_part, pattern), ' or ')
        from unnest(p_patterns) pattern)
    || ') limit $2'
  using p_tenant, p_limit;
end
$$
"""

#: Whether so many persons are like the patterns that a page of them is found sooner by going
#: through all in the page's order. It is no constant, but called one: so PostgreSQL asks while it
#: plans, and takes one way or the other. Either gives the same rows.
WIDE = """
create function people_person_search_is_wide(p_tenant uuid, p_part text, p_patterns text[])
returns boolean language plpgsql immutable security definer
set search_path from current as $$
begin
  return 2000 < (
    select count(*) from people_person_search_ids(p_tenant, p_part, p_patterns, 2001));
end
$$
"""
FOR_THE_APPLICATION = (
    "people_person_search_ids(uuid, text, text[], int)",
    "people_person_search_is_wide(uuid, text, text[])",
)


def upgrade() -> None:
    op.create_table(
        "people_person_tag",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
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
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_people_person_tag")),
        sa.UniqueConstraint(
            "tenant_id", "name_key", name=op.f("uq_people_person_tag_tenant_id_name_key")
        ),
    )
    op.create_table(
        "people_consent",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("medium", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("evidence_id", sa.Uuid(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("is_undo", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint(
            "status <> 'NONE' or is_undo", name=op.f("ck_people_consent_none_by_undo")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "evidence_id"],
            ["core_file.tenant_id", "core_file.id"],
            name=op.f("fk_people_consent_evidence_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["people_person.tenant_id", "people_person.id"],
            name=op.f("fk_people_consent_person_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_people_consent")),
    )
    op.create_index(
        op.f("ix_people_consent_tenant_id_person_id_given_at_id"),
        "people_consent",
        ["tenant_id", "person_id", "given_at", "id"],
        unique=False,
    )
    op.create_table(
        "people_person_search",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("numbers", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["people_person.tenant_id", "people_person.id"],
            name=op.f("fk_people_person_search_person_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "person_id", name=op.f("pk_people_person_search")),
    )
    op.create_index(
        "ix_people_person_search_parts",
        "people_person_search",
        ["tenant_id", "names", "email", "numbers"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={
            "names": "gin_trgm_ops",
            "email": "gin_trgm_ops",
            "numbers": "gin_trgm_ops",
        },
        postgresql_with={"gin_pending_list_limit": 256},
    )
    op.create_table(
        "people_person_tagging",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("tag_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["people_person.tenant_id", "people_person.id"],
            name=op.f("fk_people_person_tagging_person_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "tag_id"],
            ["people_person_tag.tenant_id", "people_person_tag.id"],
            name=op.f("fk_people_person_tagging_tag_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "person_id", "tag_id", name=op.f("pk_people_person_tagging")
        ),
    )
    op.create_index(
        op.f("ix_people_person_tagging_tenant_id_tag_id_person_id"),
        "people_person_tagging",
        ["tenant_id", "tag_id", "person_id"],
        unique=False,
    )
    op.add_column(
        "people_person",
        sa.Column("consent_status", sa.Text(), server_default="NONE", nullable=False),
    )
    op.add_column("people_person", sa.Column("consent_medium", sa.Text(), nullable=True))
    op.add_column(
        "people_person", sa.Column("consent_changed_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("people_person", sa.Column("consent_id", sa.Uuid(), nullable=True))
    op.drop_index(op.f("ix_people_person_tenant_id_email"), table_name="people_person")
    op.create_index(
        "ix_people_person_booking_access",
        "people_person",
        ["tenant_id", "name_key", "id"],
        unique=False,
        postgresql_where=sa.text("booking_access"),
    )
    op.create_index(
        "ix_people_person_consent_medium",
        "people_person",
        ["tenant_id", "consent_medium", "name_key", "id"],
        unique=False,
        postgresql_where=sa.text("consent_medium is not null"),
    )
    op.create_index(
        "ix_people_person_opted_out",
        "people_person",
        ["tenant_id", "name_key", "id"],
        unique=False,
        postgresql_where=sa.text("not receives_marketing"),
    )
    op.create_index(
        op.f("ix_people_person_tenant_id_consent_changed_at_id"),
        "people_person",
        ["tenant_id", "consent_changed_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_people_person_tenant_id_consent_status_name_key_id"),
        "people_person",
        ["tenant_id", "consent_status", "name_key", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_people_person_tenant_id_email_id"),
        "people_person",
        ["tenant_id", "email", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_people_person_tenant_id_updated_at_id"),
        "people_person",
        ["tenant_id", "updated_at", "id"],
        unique=False,
    )
    for statement in protect("people_person_tag"):
        op.execute(statement)
    for statement in protect("people_consent"):
        op.execute(statement)
    # Append-only: what goes with a person goes by the cascade, which is the owner's.
    op.execute(f"revoke update, delete on people_consent from {APP_ROLE}")
    for statement in protect("people_person_search"):
        op.execute(statement)
    for statement in protect("people_person_tagging"):
        op.execute(statement)
    for statement in (KEEP, NUMBERS, WRITE, REWRITE, *TRIGGERS, FIND, WIDE):
        op.execute(statement)
    for function in FOR_THE_APPLICATION:
        op.execute(f"revoke execute on function {function} from public")
        op.execute(f"grant execute on function {function} to {APP_ROLE}")
    op.execute(  # what is there is found too
        "insert into people_person_search (tenant_id, person_id, names, email, numbers) "
        "select tenant_id, id, core_search_words(full_name), coalesce(lower(email), ''), "
        "people_numbers(array[mobile, landline], array[mobile_e164, landline_e164]) "
        "from people_person"
    )
