"""Alerts, whom they went to, and what the tenant has decided about them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Entity, TenantOwned, Versioned, belongs_to
from core.kit.ids import new_id


class Alert(Entity, Versioned, Base):
    """Something happened with a contact that somebody must know: a fact that stays."""

    __tablename__ = "crm_alert"
    __audit_root__ = "contact_id"
    __table_args__ = (
        belongs_to("contact_id", "core_contact"),
        belongs_to("acknowledged_by", "core_user"),
        Index(None, "tenant_id", "contact_id", "raised_at", "id"),
        Index(None, "tenant_id", "raised_at", "id"),
        # The same is said once of the same thing, until somebody has seen to it.
        Index(
            "uq_crm_alert_waiting",
            "tenant_id",
            "about",
            "cause",
            "title",
            unique=True,
            postgresql_where=text("acknowledged_at is null and about is not null"),
        ),
    )

    contact_id: Mapped[UUID]
    #: FLAGGED, SUSPENDED, CREDIT_EXCEEDED or MISSION_LATE. The audit log shows what tells one from
    #: the other to those who may see flags.
    cause: Mapped[str] = mapped_column(info={"requires": "crm.flags"})
    #: INFO, WARNING or CRITICAL.
    severity: Mapped[str]
    #: In the tenant's language.
    title: Mapped[str] = mapped_column(info={"requires": "crm.flags"})
    raised_at: Mapped[datetime]
    #: The global id of what caused it: a mission, a document …
    about: Mapped[str | None] = mapped_column(info={"requires": "crm.flags"})
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[UUID | None]
    comment: Mapped[str | None]


class AlertDelivery(TenantOwned, Base):
    """An alert as it went to one user."""

    __tablename__ = "crm_alert_delivery"
    __table_args__ = (
        belongs_to("alert_id", "crm_alert", ondelete="CASCADE"),
        belongs_to("user_id", "core_user", ondelete="CASCADE"),
        belongs_to("mail_id", "core_mail"),
        UniqueConstraint("tenant_id", "alert_id", "user_id"),
        Index(None, "tenant_id", "user_id", "alert_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    alert_id: Mapped[UUID]
    user_id: Mapped[UUID]
    #: The role by which it reached the user, as it was called; null: named themselves, or the
    #: contact's owner.
    role_name: Mapped[str | None]
    #: When it stood in the user's own list.
    delivered_at: Mapped[datetime]
    #: The mail that went besides, which knows what became of it; or why there is none.
    mail_id: Mapped[UUID | None]
    mail_error: Mapped[str | None]


class AlertRule(Entity, Versioned, Base):
    """What the tenant wants of the alerts of one cause."""

    __tablename__ = "crm_alert_rule"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id",
            "cause",
            info={
                "refused": (
                    "STALE_VERSION",
                    "Somebody else set this rule a moment ago. Read it again.",
                    "version",
                )
            },
        ),
    )

    cause: Mapped[str]
    severity: Mapped[str]
    is_on: Mapped[bool]
    #: Whether the owner of the contact is among the recipients.
    to_owner: Mapped[bool]
    #: Whether the recipients are mailed besides.
    by_mail: Mapped[bool] = mapped_column(server_default="true", default=True)


class AlertRuleRecipient(TenantOwned, Base):
    """A user, or all users of a role, who are sent the alerts of a rule."""

    __tablename__ = "crm_alert_rule_recipient"
    __table_args__ = (
        belongs_to("rule_id", "crm_alert_rule", ondelete="CASCADE"),
        belongs_to("user_id", "core_user", ondelete="CASCADE"),
        belongs_to("role_id", "core_role", ondelete="CASCADE"),
        CheckConstraint("user_id is not null or role_id is not null", name="somebody"),
        Index(None, "tenant_id", "rule_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    rule_id: Mapped[UUID]
    user_id: Mapped[UUID | None]
    role_id: Mapped[UUID | None]
