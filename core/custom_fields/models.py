"""Tables of custom fields: definitions, the options of lists, and what contacts have in them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Computed, Index, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.custom_fields.tables import Values, shown_view, value_table
from core.kit.db import Base, Entity, Versioned, belongs_to


class CustomField(Entity, Versioned, Base):
    """The definition of a field that contacts of a group have, or what a module adds."""

    __tablename__ = "core_custom_field"
    __table_args__ = (
        belongs_to("group_id", "core_contact_group"),
        UniqueConstraint(
            "tenant_id",
            "target",
            "scope_id",
            "key",
            info={"refused": ("KEY_TAKEN", "There is already a field with that key.", "key")},
        ),
        Index(None, "tenant_id", "scope_id", "position"),
        Index(None, "tenant_id", "group_id"),
    )

    #: What has values in it: CONTACT, or the kind of a module's target.
    target: Mapped[str]
    #: Of which of them: those of a contact group, of a mission type … or all, then the tenant.
    scope_id: Mapped[UUID]
    #: The scope, if it is a contact group: the database knows that it is there.
    group_id: Mapped[UUID | None] = mapped_column(
        Computed("case when target = 'CONTACT' then scope_id end", True)
    )
    #: By which clients read values; it never changes.
    key: Mapped[str]
    label: Mapped[str]
    #: The label in a language, if it is translated.
    label_fr: Mapped[str | None]
    label_en: Mapped[str | None]
    type: Mapped[str]
    #: Where the field stands among those of its scope, from 0.
    position: Mapped[int]
    mandatory: Mapped[bool] = mapped_column(default=False)
    visible_on_device: Mapped[bool] = mapped_column(default=False)
    editable_on_device: Mapped[bool] = mapped_column(default=False)
    visible_on_booking: Mapped[bool] = mapped_column(default=False, server_default="false")
    #: Whom it is for: BACK_OFFICE, DEVICE or BOTH.
    audience: Mapped[str] = mapped_column(default="BOTH", server_default="BOTH")
    #: What a STATEMENT says.
    statement: Mapped[str | None]
    #: Of numbers: what they count, and between what they are.
    unit: Mapped[str | None]
    minimum: Mapped[Decimal | None] = mapped_column(Numeric())
    maximum: Mapped[Decimal | None] = mapped_column(Numeric())
    #: ISO 4217, of MONEY.
    currency: Mapped[str | None]
    #: What a REFERENCE names: USER or CONTACT.
    refers_to: Mapped[str | None]
    archived_at: Mapped[datetime | None]


class CustomOption(Entity, Base):
    """A possible answer of a list. It is never deleted, so no value loses it."""

    __audit_root__ = "field_id"
    __tablename__ = "core_custom_option"
    __table_args__ = (
        belongs_to("field_id", "core_custom_field", ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "field_id", "key"),
    )

    field_id: Mapped[UUID]
    #: What stored values point to, so that renaming a label loses none.
    key: Mapped[str]
    label: Mapped[str]
    position: Mapped[int]
    archived_at: Mapped[datetime | None]


class CustomValue(Values, Base):
    """What a contact has in a custom field."""

    __tablename__ = "core_custom_value"
    __table_args__ = value_table("contact_id", "core_contact")

    contact_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-90)


ShownValue = shown_view("core_custom_value", "contact_id", "core_contact", "group_id")
