"""first tables"""

import sqlalchemy as sa
from alembic import op

from core.kit.rls import protect

revision = "finance_0001"
down_revision = None
branch_labels = ("finance",)
depends_on = ("core_0001",)


def upgrade() -> None:
    op.create_table(
        "finance_account",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("balance", sa.Numeric(precision=18, scale=2), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["core_contact.tenant_id", "core_contact.id"],
            name=op.f("fk_finance_account_contact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "contact_id", name=op.f("pk_finance_account")),
    )
    op.create_table(
        "finance_document",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("send_state", sa.Text(), nullable=False),
        sa.Column("payment_state", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("issue_date", sa.Date(), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("total_excl_tax", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("total_tax", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("total_incl_tax", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column(
            "paid_amount", sa.Numeric(precision=14, scale=2), server_default="0", nullable=False
        ),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
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
            name=op.f("fk_finance_document_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "corrects_id"],
            ["finance_document.tenant_id", "finance_document.id"],
            name=op.f("fk_finance_document_corrects_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_finance_document")),
    )
    op.create_index(
        "ix_finance_document_corrects",
        "finance_document",
        ["tenant_id", "corrects_id"],
        unique=False,
        postgresql_where=sa.text("corrects_id is not null"),
    )
    op.create_index(
        op.f("ix_finance_document_tenant_id_contact_id_updated_at_id"),
        "finance_document",
        ["tenant_id", "contact_id", "updated_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_finance_document_tenant_id_updated_at_id"),
        "finance_document",
        ["tenant_id", "updated_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_finance_document_unpaid",
        "finance_document",
        ["tenant_id", "contact_id", "due_date"],
        unique=False,
        postgresql_where=sa.text(
            "kind = 'INVOICE' and state = 'ISSUED' and payment_state <> 'PAID'"
        ),
    )
    op.create_table(
        "finance_terms",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("credit_limit", sa.Numeric(precision=14, scale=2), nullable=True),
        sa.Column("payment_terms_days", sa.Integer(), nullable=True),
        sa.Column("direct_debit", sa.Boolean(), server_default="false", nullable=False),
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
            name=op.f("fk_finance_terms_contact_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_finance_terms")),
        sa.UniqueConstraint(
            "tenant_id", "contact_id", name=op.f("uq_finance_terms_tenant_id_contact_id")
        ),
    )
    op.create_table(
        "finance_line",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("unit_price", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("discount", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("tax_code", sa.Text(), nullable=False),
        sa.Column("tax_rate", sa.Numeric(precision=7, scale=4), nullable=False),
        sa.Column("nominal_code", sa.Text(), nullable=True),
        sa.Column("total_excl_tax", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"],
            ["finance_document.tenant_id", "finance_document.id"],
            name=op.f("fk_finance_line_document_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_finance_line")),
        sa.UniqueConstraint(
            "tenant_id",
            "document_id",
            "position",
            name=op.f("uq_finance_line_tenant_id_document_id_position"),
        ),
    )
    op.create_table(
        "finance_payment",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("counterpart_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["core_contact.tenant_id", "core_contact.id"],
            name=op.f("fk_finance_payment_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "counterpart_id"],
            ["finance_document.tenant_id", "finance_document.id"],
            name=op.f("fk_finance_payment_counterpart_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "document_id"],
            ["finance_document.tenant_id", "finance_document.id"],
            name=op.f("fk_finance_payment_document_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_finance_payment")),
    )
    op.create_index(
        op.f("ix_finance_payment_tenant_id_contact_id_paid_on_id"),
        "finance_payment",
        ["tenant_id", "contact_id", "paid_on", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_finance_payment_tenant_id_document_id_paid_on_id"),
        "finance_payment",
        ["tenant_id", "document_id", "paid_on", "id"],
        unique=False,
    )
    for statement in protect("finance_account"):
        op.execute(statement)
    for statement in protect("finance_document"):
        op.execute(statement)
    for statement in protect("finance_terms"):
        op.execute(statement)
    for statement in protect("finance_line"):
        op.execute(statement)
    for statement in protect("finance_payment"):
        op.execute(statement)
    op.execute(
        "create or replace view finance_account_current with (security_invoker = true) as select c.tenant_id, c.id as contact_id, coalesce(a.balance, 0)::numeric(18, 2) as balance, owner.currency, terms.credit_limit, terms.payment_terms_days, coalesce(terms.direct_debit, false) as direct_debit, coalesce(late.amount, 0)::numeric(18, 2) as overdue_amount, case when late.amount > 0 then 'OVERDUE' when a.balance > terms.credit_limit then 'OVER_LIMIT' else 'OK' end as status from core_contact c join core_tenant owner on owner.id = c.tenant_id left join finance_account a on a.tenant_id = c.tenant_id and a.contact_id = c.id left join finance_terms terms on terms.tenant_id = c.tenant_id and terms.contact_id = c.id left join lateral ( select sum(d.total_incl_tax - d.paid_amount) as amount from finance_document d where d.tenant_id = c.tenant_id and d.contact_id = c.id and d.kind = 'INVOICE' and d.state = 'ISSUED' and d.payment_state <> 'PAID' and d.due_date < (now() at time zone owner.time_zone)::date ) late on true"
    )
    op.execute(
        "comment on view finance_account_current is '5cebcfe779148e882d9478fb40f110a6b1c9705e8cd23148c8b821a6fc47e858'"
    )
    op.execute("grant select on finance_account_current to fieldgate_app")
    op.execute(
        "create or replace view finance_tax_total with (security_invoker = true) as select tenant_id, document_id, tax_code, tax_rate, total_excl_tax, round(total_excl_tax * tax_rate * 0.01, 2) as total_tax from ( select tenant_id, document_id, tax_code, tax_rate, round(sum(quantity * unit_price * (100 - discount) * 0.01), 2) as total_excl_tax from finance_line group by tenant_id, document_id, tax_code, tax_rate ) of_code"
    )
    op.execute(
        "comment on view finance_tax_total is 'd2eb1ccab9805808ccab9573978fcb59e084e3c98ccfd57900772a60a873ec27'"
    )
    op.execute("grant select on finance_tax_total to fieldgate_app")
