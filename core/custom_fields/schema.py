"""Custom fields and values in the API."""

from __future__ import annotations

import datetime
from decimal import Decimal

import strawberry

from core.contacts.schema import Contact, ContactGroup
from core.custom_fields import typed
from core.custom_fields.models import CustomField as FieldRow
from core.custom_fields.models import CustomOption as OptionRow
from core.custom_fields.models import ShownValue
from core.custom_fields.rules import FieldType
from core.kit.connections import Connection
from core.kit.extend import extend
from core.kit.fields import Node, by_id, computed, everything, many, one
from core.kit.filters import DateTimeFilter, EnumFilter, Filter, IdFilter, TextFilter, matching
from core.kit.order import Orders
from core.kit.sources import Record
from core.roots import Query

strawberry.enum(
    FieldType, name="CustomFieldType", description="What kind of values a custom field has."
)
SHOWN = ShownValue.c


@strawberry.type(description="A possible answer of a list.")
class CustomOption(Record, table=OptionRow, requires="contacts.read"):
    key: str = strawberry.field(description="Stays the same when the label changes.")
    label: str


@strawberry.type(description="A field that the contacts of a group have, defined by the tenant.")
class CustomField(Node, table=FieldRow, requires="contacts.read"):
    key: str = strawberry.field(
        description="By which its values are read and written; it never changes, and is unique "
        "within the group."
    )
    label: str
    type: FieldType
    position: int = strawberry.field(description="Where it stands in the group's order.")
    mandatory: bool = strawberry.field(
        description="Asked for whenever custom values are written; what was there before stays."
    )
    visible_on_device: bool
    editable_on_device: bool
    archived_at: datetime.datetime | None
    created_at: datetime.datetime
    updated_at: datetime.datetime
    version: int
    group: ContactGroup = one(FieldRow.group_id)
    options: list[CustomOption] = many(
        OptionRow.field_id,
        where=OptionRow.archived_at.is_(None),
        order_by=[OptionRow.position],
        description="The answers on offer; none but for lists.",
    )
    archived_options: list[CustomOption] = many(
        OptionRow.field_id,
        where=OptionRow.archived_at.is_not(None),
        order_by=[OptionRow.position],
        description="Answers no longer on offer; values that have one keep it.",
    )


@strawberry.type(
    description="What a contact has in a custom field; of the typed values, the one of its type."
)
class CustomValue(Record, table=ShownValue, requires="contacts.read"):
    key: str
    label: str
    type: FieldType
    text: str | None = computed(lambda text: text, needs=[SHOWN.text_value])
    decimal: Decimal | None = computed(lambda number: number, needs=[SHOWN.decimal_value])
    date: datetime.date | None = computed(lambda day: day, needs=[SHOWN.date_value])
    boolean: bool | None = computed(lambda truth: truth, needs=[SHOWN.boolean_value])
    option: CustomOption | None = one(SHOWN.option_id)
    display: str | None = computed(
        typed.display,
        needs=[
            SHOWN.text_value,
            SHOWN.decimal_value,
            SHOWN.date_value,
            SHOWN.boolean_value,
            SHOWN.option_label,
        ],
        description="The value as text, whatever its type: the label of an option, "
        "2026-01-31, 12.50, true.",
    )
    field: CustomField = one(SHOWN.field_id, description="The definition.")


@strawberry.input(description="Which custom fields. All that is given must hold.")
class CustomFieldFilter(Filter):
    group: IdFilter | None = matching(FieldRow.group_id)
    key: TextFilter | None = matching(FieldRow.key)
    label: TextFilter | None = matching(FieldRow.label)
    type: EnumFilter[FieldType] | None = matching(FieldRow.type)
    mandatory: bool | None = matching(FieldRow.mandatory)
    archived_at: DateTimeFilter | None = matching(FieldRow.archived_at)


CUSTOM_FIELD_ORDERS = Orders(
    "CustomField", position=FieldRow.position, key=FieldRow.key, label=FieldRow.label
)


@extend(requires="contacts.read")
class CustomFieldQueries(Query):
    custom_field: CustomField = by_id(FieldRow)
    custom_fields: Connection[CustomField] = everything(
        FieldRow,
        order_by=[FieldRow.group_id, FieldRow.position],
        filters=CustomFieldFilter,
        orders=CUSTOM_FIELD_ORDERS,
        description="The fields of all groups, archived ones too.",
    )


@extend(requires="contacts.read")
class ContactGroupCustomFields(ContactGroup):
    custom_fields: list[CustomField] = many(
        FieldRow.group_id,
        where=FieldRow.archived_at.is_(None),
        order_by=[FieldRow.position],
        description="The fields of its contacts, in order; archived ones are left out.",
    )


@extend(requires="contacts.read")
class ContactCustomValues(Contact):
    custom_values: list[CustomValue] = many(
        SHOWN.contact_id,
        order_by=[SHOWN.position, SHOWN.key],
        description="What the contact has in the fields of its group, in the group's order; "
        "fields without a value are left out.",
    )
