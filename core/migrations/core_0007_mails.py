"""mails"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.kit.rls import APP_ROLE, protect

revision = "core_0007"
down_revision = "core_0006"
branch_labels = None
depends_on = None


#: Who has mails to send now, or a mailing of which nothing is left. It answers for all tenants, so
#: it runs as the owner and says nothing but who they are.
WAITING_FUNCTION = """
create or replace function core_mail_waiting() returns setof uuid
language sql stable security definer set search_path from current as $$
  select distinct m.tenant_id from core_mail m
  left join core_mailing g on g.tenant_id = m.tenant_id and g.id = m.mailing_id
  left join core_mail_pace p on p.tenant_id = m.tenant_id
  where m.next_at <= now()
    and (m.state = 'SENDING'
      or (m.state = 'QUEUED' and (m.mailing_id is null or g.state = 'SENDING')))
    and (p.next_at is null or p.next_at <= now() + interval '2 seconds')
  union
  select g.tenant_id from core_mailing g
  where g.state = 'SENDING' and not exists (
    select from core_mail m where m.tenant_id = g.tenant_id and m.mailing_id = g.id
      and m.state in ('QUEUED', 'SENDING'))
$$
"""


def upgrade() -> None:
    op.create_table(
        "core_mail_address",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("address_key", sa.Text(), nullable=False),
        sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("diagnostic", sa.Text(), nullable=True),
        sa.Column("opted_out_at", sa.DateTime(timezone=True), nullable=True),
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
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_mail_address")),
        sa.UniqueConstraint(
            "tenant_id", "address_key", name=op.f("uq_core_mail_address_tenant_id_address_key")
        ),
    )
    op.create_table(
        "core_mail_pace",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_core_mail_pace")),
    )
    op.create_table(
        "core_mail_template",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
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
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_mail_template")),
        sa.UniqueConstraint(
            "tenant_id", "name_key", name=op.f("uq_core_mail_template_tenant_id_name_key")
        ),
    )
    op.create_table(
        "core_mailbox_mail",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("attachments", sa.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_mailbox_mail")),
        sa.UniqueConstraint(
            "tenant_id", "message_id", name=op.f("uq_core_mailbox_mail_tenant_id_message_id")
        ),
    )
    op.create_index(
        op.f("ix_core_mailbox_mail_tenant_id_received_at_id"),
        "core_mailbox_mail",
        ["tenant_id", "received_at", "id"],
        unique=False,
    )
    op.create_table(
        "core_mailing",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("reply_to", sa.Text(), nullable=True),
        sa.Column("about", postgresql.JSONB(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_by", sa.Uuid(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
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
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_mailing")),
    )
    op.create_index(
        op.f("ix_core_mailing_tenant_id_created_at_id"),
        "core_mailing",
        ["tenant_id", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "core_mailing_attachment",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("mailing_id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "file_id"],
            ["core_file.tenant_id", "core_file.id"],
            name=op.f("fk_core_mailing_attachment_file_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "mailing_id"],
            ["core_mailing.tenant_id", "core_mailing.id"],
            name=op.f("fk_core_mailing_attachment_mailing_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "mailing_id", "file_id", name=op.f("pk_core_mailing_attachment")
        ),
    )
    op.create_table(
        "core_mail",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mailing_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("recipient_type", sa.Text(), nullable=True),
        sa.Column("recipient_id", sa.Uuid(), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("address_key", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("reply_to", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("claim", sa.Uuid(), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unsubscribed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["core_contact.tenant_id", "core_contact.id"],
            name=op.f("fk_core_mail_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "mailing_id"],
            ["core_mailing.tenant_id", "core_mailing.id"],
            name=op.f("fk_core_mail_mailing_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_core_mail")),
    )
    op.create_index(
        "ix_core_mail_queued",
        "core_mail",
        ["tenant_id", "mailing_id", "next_at", "position", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'QUEUED'"),
    )
    op.create_index(
        "ix_core_mail_sending",
        "core_mail",
        ["tenant_id", "next_at"],
        unique=False,
        postgresql_where=sa.text("state = 'SENDING'"),
    )
    op.create_index(
        op.f("ix_core_mail_tenant_id_contact_id_queued_at_id"),
        "core_mail",
        ["tenant_id", "contact_id", "queued_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_mail_tenant_id_mailing_id_state_position"),
        "core_mail",
        ["tenant_id", "mailing_id", "state", "position"],
        unique=False,
    )
    op.create_index(
        op.f("ix_core_mail_tenant_id_queued_at_id"),
        "core_mail",
        ["tenant_id", "queued_at", "id"],
        unique=False,
    )
    op.create_index(
        "uq_core_mail_address_of_mailing",
        "core_mail",
        ["tenant_id", "mailing_id", "address_key"],
        unique=True,
        postgresql_where=sa.text("state <> 'SKIPPED'"),
    )
    for statement in protect("core_mail_address"):
        op.execute(statement)
    for statement in protect("core_mail_pace"):
        op.execute(statement)
    for statement in protect("core_mail_template"):
        op.execute(statement)
    for statement in protect("core_mailbox_mail"):
        op.execute(statement)
    for statement in protect("core_mailing"):
        op.execute(statement)
    for statement in protect("core_mailing_attachment"):
        op.execute(statement)
    for statement in protect("core_mail"):
        op.execute(statement)
    op.execute(WAITING_FUNCTION)
    op.execute("revoke execute on function core_mail_waiting() from public")
    op.execute(f"grant execute on function core_mail_waiting() to {APP_ROLE}")
