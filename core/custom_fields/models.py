"""Tables of custom fields: definitions, the options of lists, and values."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Boolean as SqlBoolean
from sqlalchemy import (
    Column,
    Computed,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Entity, TenantOwned, Versioned, belongs_to, view


class CustomField(Entity, Versioned, Base):
    """The definition of a field that contacts of a group have."""

    __tablename__ = "core_custom_field"
    __table_args__ = (
        belongs_to("group_id", "core_contact_group"),
        UniqueConstraint(
            "tenant_id",
            "group_id",
            "key",
            info={"refused": ("KEY_TAKEN", "The group already has a field with that key.", "key")},
        ),
        Index(None, "tenant_id", "group_id", "position"),
    )

    group_id: Mapped[UUID]
    #: By which clients read values; it never changes.
    key: Mapped[str]
    label: Mapped[str]
    type: Mapped[str]
    #: Where the field stands among those of its group, from 0.
    position: Mapped[int]
    mandatory: Mapped[bool] = mapped_column(default=False)
    visible_on_device: Mapped[bool] = mapped_column(default=False)
    editable_on_device: Mapped[bool] = mapped_column(default=False)
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


class CustomValue(TenantOwned, Base):
    """What a contact has in a custom field: one of the columns, by the field's type."""

    __tablename__ = "core_custom_value"
    __table_args__ = (
        belongs_to("contact_id", "core_contact", ondelete="CASCADE"),
        belongs_to("field_id", "core_custom_field", ondelete="CASCADE"),
        belongs_to("option_id", "core_custom_option"),
        Index(None, "tenant_id", "field_id", "text_value"),
        Index(None, "tenant_id", "field_id", "decimal_value"),
        Index(None, "tenant_id", "field_id", "date_value"),
        Index(None, "tenant_id", "option_id"),
    )

    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    field_id: Mapped[UUID] = mapped_column(primary_key=True)
    text_value: Mapped[str | None]
    #: The beginning of the text as it sorts: lower case, without accents.
    text_key: Mapped[str | None] = mapped_column(
        Computed("left(core_sort_key(text_value), 200)", True)
    )
    decimal_value: Mapped[Decimal | None] = mapped_column(Numeric())
    date_value: Mapped[date | None]
    boolean_value: Mapped[bool | None]
    option_id: Mapped[UUID | None]


#: Values that show: of fields of the contact's own group that aren't archived. What another
#: group or an archived field keeps is hidden, not lost.
ShownValue = view(
    "core_custom_value_shown",
    """
    select v.tenant_id, v.contact_id, v.field_id, f.position, f.key, f.label, f.type,
           v.text_value, v.decimal_value, v.date_value, v.boolean_value, v.option_id,
           o.label as option_label
    from core_custom_value v
    join core_custom_field f on f.tenant_id = v.tenant_id and f.id = v.field_id
    join core_contact c on c.tenant_id = v.tenant_id and c.id = v.contact_id
    left join core_custom_option o on o.tenant_id = v.tenant_id and o.id = v.option_id
    where f.archived_at is null and f.group_id = c.group_id
    """,
    Column("tenant_id", Uuid, primary_key=True),
    Column("contact_id", Uuid, primary_key=True),
    Column("field_id", Uuid, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("key", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("text_value", Text),
    Column("decimal_value", Numeric()),
    Column("date_value", Date),
    Column("boolean_value", SqlBoolean),
    Column("option_id", Uuid),
    Column("option_label", Text),
    ForeignKeyConstraint(
        ["tenant_id", "contact_id"], ["core_contact.tenant_id", "core_contact.id"]
    ),
    ForeignKeyConstraint(
        ["tenant_id", "field_id"], ["core_custom_field.tenant_id", "core_custom_field.id"]
    ),
    ForeignKeyConstraint(
        ["tenant_id", "option_id"], ["core_custom_option.tenant_id", "core_custom_option.id"]
    ),
)
