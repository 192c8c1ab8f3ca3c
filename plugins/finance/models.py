"""Tables of finance, and the views that add up what they hold."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Entity, Money, TenantOwned, Versioned, belongs_to, view

#: What many amounts of ``Money`` come to.
Sum = Numeric(18, 2)


class FinancialDocument(Entity, Versioned, Base):
    """A quote, an invoice … Amounts are above zero, of credit notes too: the kind says the sign."""

    __tablename__ = "finance_document"
    __audit_root__ = "contact_id"
    __table_args__ = (
        belongs_to("contact_id", "core_contact"),
        belongs_to("corrects_id", "finance_document"),
        Index(None, "tenant_id", "contact_id", "updated_at", "id"),
        Index(None, "tenant_id", "contact_id", "created_at", "id"),
        Index(None, "tenant_id", "updated_at", "id"),
        Index(None, "tenant_id", "created_at", "id"),
        Index(
            "ix_finance_document_unpaid",
            "tenant_id",
            "contact_id",
            "due_date",
            postgresql_where=text(
                "kind = 'INVOICE' and state = 'ISSUED' and payment_state <> 'PAID'"
            ),
        ),
        Index(
            "ix_finance_document_corrects",
            "tenant_id",
            "corrects_id",
            postgresql_where=text("corrects_id is not null"),
        ),
    )

    contact_id: Mapped[UUID]
    kind: Mapped[str]
    state: Mapped[str]
    send_state: Mapped[str]
    payment_state: Mapped[str]
    reference: Mapped[str | None]
    description: Mapped[str | None]
    #: ISO 4217: the tenant's when the document was made.
    currency: Mapped[str]
    issue_date: Mapped[date | None]
    due_date: Mapped[date | None]
    sent_at: Mapped[datetime | None]
    total_excl_tax: Mapped[Decimal]
    total_tax: Mapped[Decimal]
    total_incl_tax: Mapped[Decimal]
    #: Paid, or set off against a credit note.
    paid_amount: Mapped[Decimal] = mapped_column(default=Decimal(0), server_default="0")
    #: Of a credit note: the invoice that it takes back.
    corrects_id: Mapped[UUID | None]


class FinancialLine(Entity, Base):
    __tablename__ = "finance_line"
    __audit_root__ = "document_id"
    __table_args__ = (
        belongs_to("document_id", "finance_document", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "document_id", "position"),
    )

    document_id: Mapped[UUID]
    #: Where it stands, from 0.
    position: Mapped[int]
    description: Mapped[str]
    quantity: Mapped[Decimal] = mapped_column(Numeric(14, 4))
    unit_price: Mapped[Decimal] = mapped_column(Numeric(14, 4))
    #: Percent, as is the tax rate.
    discount: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    tax_code: Mapped[str]
    tax_rate: Mapped[Decimal] = mapped_column(Numeric(7, 4))
    nominal_code: Mapped[str | None]
    #: Rounded to be shown; totals add up the exact values.
    total_excl_tax: Mapped[Decimal]


class FinancialPayment(Entity, Base):
    """Money that came for an invoice (went, for a credit note), or a credit note set off."""

    __tablename__ = "finance_payment"
    __audit_root__ = "contact_id"
    __table_args__ = (
        belongs_to("contact_id", "core_contact"),
        belongs_to("document_id", "finance_document"),
        belongs_to("counterpart_id", "finance_document"),
        Index(None, "tenant_id", "document_id", "paid_on", "id"),
        Index(None, "tenant_id", "contact_id", "paid_on", "id"),
    )

    contact_id: Mapped[UUID]
    document_id: Mapped[UUID]
    amount: Mapped[Decimal]
    paid_on: Mapped[date]
    #: Set off, not paid: the credit note of an invoice, or the invoice of a credit note.
    counterpart_id: Mapped[UUID | None]


class Terms(Entity, Versioned, Base):
    """What a contact has been granted."""

    __tablename__ = "finance_terms"
    __audit_root__ = "contact_id"
    __table_args__ = (
        belongs_to("contact_id", "core_contact"),
        UniqueConstraint(
            "tenant_id",
            "contact_id",
            info={
                "refused": (
                    "STALE_VERSION",
                    "Somebody else set the terms a moment ago. Read them again.",
                    "version",
                )
            },
        ),
    )

    contact_id: Mapped[UUID]
    #: Null: none; zero: no credit at all.
    credit_limit: Mapped[Decimal | None]
    payment_terms_days: Mapped[int | None]
    direct_debit: Mapped[bool] = mapped_column(default=False, server_default="false")


class Account(TenantOwned, Base):
    """What a contact owes, kept by whoever issues its documents or records payments."""

    __tablename__ = "finance_account"
    __table_args__ = (belongs_to("contact_id", "core_contact", ondelete="CASCADE"),)

    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    #: Issued invoices, less credit notes, less payments.
    balance: Mapped[Decimal] = mapped_column(Sum)
    updated_at: Mapped[datetime]


#: Each contact's account as of now: a day is over, and an invoice overdue, without a write.
CurrentAccount = view(
    "finance_account_current",
    """
    select c.tenant_id, c.id as contact_id,
           coalesce(a.balance, 0)::numeric(18, 2) as balance,
           owner.currency, terms.credit_limit, terms.payment_terms_days,
           coalesce(terms.direct_debit, false) as direct_debit,
           coalesce(late.amount, 0)::numeric(18, 2) as overdue_amount,
           case when late.amount > 0 then 'OVERDUE'
                when a.balance > terms.credit_limit then 'OVER_LIMIT'
                else 'OK' end as status
    from core_contact c
    join core_tenant owner on owner.id = c.tenant_id
    left join finance_account a on a.tenant_id = c.tenant_id and a.contact_id = c.id
    left join finance_terms terms on terms.tenant_id = c.tenant_id and terms.contact_id = c.id
    left join lateral (
        select sum(d.total_incl_tax - d.paid_amount) as amount
        from finance_document d
        where d.tenant_id = c.tenant_id and d.contact_id = c.id
          and d.kind = 'INVOICE' and d.state = 'ISSUED' and d.payment_state <> 'PAID'
          and d.due_date < (now() at time zone owner.time_zone)::date
    ) late on true
    """,
    Column("tenant_id", Uuid, primary_key=True),
    Column("contact_id", Uuid, primary_key=True),
    Column("balance", Sum, nullable=False),
    Column("currency", Text, nullable=False),
    Column("credit_limit", Money),
    Column("payment_terms_days", Integer),
    Column("direct_debit", Boolean, nullable=False),
    Column("overdue_amount", Sum, nullable=False),
    Column("status", Text, nullable=False),
    ForeignKeyConstraint(
        ["tenant_id", "contact_id"], ["core_contact.tenant_id", "core_contact.id"]
    ),
)

#: What the lines of each tax code of a document come to, as ``rules.totals`` says it.
TaxTotal = view(
    "finance_tax_total",
    """
    select tenant_id, document_id, tax_code, tax_rate, total_excl_tax,
           round(total_excl_tax * tax_rate * 0.01, 2) as total_tax
    from (
        select tenant_id, document_id, tax_code, tax_rate,
               round(sum(quantity * unit_price * (100 - discount) * 0.01), 2) as total_excl_tax
        from finance_line
        group by tenant_id, document_id, tax_code, tax_rate
    ) of_code
    """,
    Column("tenant_id", Uuid, primary_key=True),
    Column("document_id", Uuid, primary_key=True),
    Column("tax_code", Text, primary_key=True),
    Column("tax_rate", Numeric(7, 4), nullable=False),
    Column("total_excl_tax", Money, nullable=False),
    Column("total_tax", Money, nullable=False),
    ForeignKeyConstraint(
        ["tenant_id", "document_id"], ["finance_document.tenant_id", "finance_document.id"]
    ),
)
