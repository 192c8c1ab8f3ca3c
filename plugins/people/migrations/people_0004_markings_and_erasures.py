"""marking many consents, and the certificates of persons who were erased"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.kit.rls import APP_ROLE, CURRENT_TENANT, protect

revision = "people_0004"
down_revision = "people_0003"
branch_labels = None
depends_on = None

#: What the ledger of an erased person says in words, and what proved it, is forgotten; that and
#: when they agreed or refused stays. It runs as the owner, because the role that serves may not
#: change entries: so it checks itself whose connection this is, and that the person is erased.
FORGET = f"""
create function people_consent_forget(p_tenant uuid, p_person uuid) returns bigint
language plpgsql security definer set search_path from current as $$
declare
  forgotten bigint;
begin
  if p_tenant is distinct from {CURRENT_TENANT} or not exists (
    select from people_person
    where tenant_id = p_tenant and id = p_person and erased_at is not null)
  then
    return 0;
  end if;
  update people_consent set purpose = null, comment = null, evidence_id = null
  where tenant_id = p_tenant and person_id = p_person;
  get diagnostics forgotten = row_count;
  return forgotten;
end
$$
"""

#: Who is erased stays so, whatever writes to the table.
STAY_ERASED = """
create function people_stay_erased() returns trigger language plpgsql as $$
begin
  raise exception 'The person % is erased, and can not be brought back.', old.id
    using errcode = 'check_violation', table = 'people_person',
          constraint = 'people_person_stays_erased';
end $$
"""
KNOWN = (
    "erased_at", "title", "first_name", "last_name", "email", "mobile", "mobile_e164", "landline",
    "landline_e164", "extension", "position", "department", "language", "contact_id",
)  # fmt: skip
STAY_ERASED_TRIGGER = (
    "create trigger people_person_stays_erased before update on people_person for each row "
    "when (old.erased_at is not null and ("
    + " or ".join(f"old.{column} is distinct from new.{column}" for column in KNOWN)
    + ")) execute function people_stay_erased()"
)


def upgrade() -> None:
    op.create_table(
        "people_consent_marking",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("medium", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("evidence_id", sa.Uuid(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("person_count", sa.Integer(), nullable=False),
        sa.Column("marked_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("skipped_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("undone_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("left_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_by", sa.Uuid(), nullable=True),
        sa.Column("undo_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Uuid(), nullable=True),
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
            ["tenant_id", "evidence_id"],
            ["core_file.tenant_id", "core_file.id"],
            name=op.f("fk_people_consent_marking_evidence_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_people_consent_marking")),
    )
    op.create_index(
        op.f("ix_people_consent_marking_tenant_id_created_at_id"),
        "people_consent_marking",
        ["tenant_id", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "people_erasure",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_by", sa.Uuid(), nullable=True),
        sa.Column("report", postgresql.JSONB(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "file_id"],
            ["core_file.tenant_id", "core_file.id"],
            name=op.f("fk_people_erasure_file_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_people_erasure")),
        sa.UniqueConstraint(
            "tenant_id", "person_id", name=op.f("uq_people_erasure_tenant_id_person_id")
        ),
    )
    op.create_table(
        "people_consent_mark",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("marking_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), server_default="FROZEN", nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("undo_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "marking_id"],
            ["people_consent_marking.tenant_id", "people_consent_marking.id"],
            name=op.f("fk_people_consent_mark_marking_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["people_person.tenant_id", "people_person.id"],
            name=op.f("fk_people_consent_mark_person_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_people_consent_mark")),
        sa.UniqueConstraint(
            "tenant_id",
            "marking_id",
            "person_id",
            name=op.f("uq_people_consent_mark_tenant_id_marking_id_person_id"),
        ),
    )
    op.create_index(
        op.f("ix_people_consent_mark_tenant_id_marking_id_outcome_person_id"),
        "people_consent_mark",
        ["tenant_id", "marking_id", "outcome", "person_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_people_consent_mark_tenant_id_marking_id_position"),
        "people_consent_mark",
        ["tenant_id", "marking_id", "position"],
        unique=False,
    )
    op.create_index(
        op.f("ix_people_consent_mark_tenant_id_person_id"),
        "people_consent_mark",
        ["tenant_id", "person_id"],
        unique=False,
    )
    op.add_column(
        "people_person", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True)
    )
    for statement in protect("people_consent_marking"):
        op.execute(statement)
    for statement in protect("people_erasure"):
        op.execute(statement)
    for statement in protect("people_consent_mark"):
        op.execute(statement)
    for statement in (FORGET, STAY_ERASED, STAY_ERASED_TRIGGER):
        op.execute(statement)
    function = "people_consent_forget(uuid, uuid)"
    op.execute(f"revoke execute on function {function} from public")
    op.execute(f"grant execute on function {function} to {APP_ROLE}")
