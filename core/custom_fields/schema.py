"""Custom fields and values in the API."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import strawberry
from sqlalchemy import func, literal_column, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from core.contacts.schema import Contact, ContactGroup
from core.custom_fields import typed
from core.custom_fields.models import CustomField as FieldRow
from core.custom_fields.models import CustomOption as OptionRow
from core.custom_fields.models import CustomValue as ValueRow
from core.custom_fields.models import ShownValue
from core.custom_fields.rules import Audience, FieldType, Referred
from core.files.schema import File
from core.kit.connections import Connection
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import Node, by_id, computed, everything, many, one, value
from core.kit.filters import DateTimeFilter, EnumFilter, Filter, IdFilter, TextFilter, matching
from core.kit.order import Orders
from core.kit.sources import Record
from core.roots import Query
from core.tenancy.schema import User

strawberry.enum(
    FieldType, name="CustomFieldType", description="What kind of values a custom field has."
)
strawberry.enum(Audience, name="CustomFieldAudience", description="Whom a custom field is for.")
strawberry.enum(
    Referred, name="CustomReferenceKind", description="What the values of a REFERENCE name."
)
SHOWN = ShownValue.c
Listed = aliased(OptionRow)


@strawberry.type(description="A possible answer of a list.")
class CustomOption(Record, table=OptionRow, requires="contacts.read"):
    key: str = strawberry.field(description="Stays the same when the label changes.")
    label: str


def _escaped(label: Any) -> Any:
    return func.replace(func.replace(label, "\\", "\\\\"), ",", "\\,")


@strawberry.type(
    description="A field that the tenant defines: for the contacts of a group, or for what a "
    "module adds."
)
class CustomField(Node, table=FieldRow, requires="contacts.read"):
    target: str = strawberry.field(
        description="What has values in it: `CONTACT`, or one of `customFieldTargets`."
    )
    key: str = strawberry.field(
        description="By which its values are read and written; it never changes, and is unique "
        "within the group."
    )
    label: str
    label_fr: str | None = strawberry.field(description="The label in French, if it is translated.")
    label_en: str | None = strawberry.field(
        description="The label in English, if it is translated."
    )
    type: FieldType
    position: int = strawberry.field(description="Where it stands in the group's order.")
    mandatory: bool = strawberry.field(
        description="Asked for whenever custom values are written; what was there before stays."
    )
    visible_on_device: bool
    editable_on_device: bool
    visible_on_booking: bool = strawberry.field(description="Shown on the booking site.")
    audience: Audience
    statement: str | None = strawberry.field(description="What a `STATEMENT` says.")
    unit: str | None = strawberry.field(description="Of numbers, such as `kW`.")
    minimum: Decimal | None = strawberry.field(description="The least that a number may be.")
    maximum: Decimal | None = strawberry.field(description="The most that a number may be.")
    currency: str | None = strawberry.field(description="ISO 4217, of `MONEY`.")
    refers_to: Referred | None = strawberry.field(description="What a `REFERENCE` names.")
    archived_at: datetime.datetime | None
    created_at: datetime.datetime
    updated_at: datetime.datetime
    version: int
    group: ContactGroup | None = one(
        FieldRow.group_id, description="Whose contacts have it; null if it isn't for contacts."
    )
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
    options_text: str | None = value(
        select(
            func.string_agg(
                _escaped(Listed.label),
                aggregate_order_by(literal_column("', '"), Listed.position, Listed.id),
            )
        ).where(Listed.field_id == FieldRow.id, Listed.archived_at.is_(None)),
        r"The answers on offer as one text, as `optionsText` of the input takes it.",
    )


@strawberry.interface(
    description="What something has in a custom field; of the typed values, the one of its type."
)
class AnyCustomValue(Record):
    key: str
    label: str
    label_fr: str | None
    label_en: str | None
    type: FieldType
    unit: str | None
    currency: str | None = strawberry.field(description="ISO 4217, of `MONEY`.")
    audience: Audience
    text: str | None = computed(
        lambda text: text,
        needs=[SHOWN.text_value],
        description="Of all that is written; a phone number as it was typed.",
    )
    phone_e164: str | None = computed(
        lambda number: number, needs=[SHOWN.e164_value], description="What a phone number means."
    )
    decimal: Decimal | None = computed(
        lambda number: number,
        needs=[SHOWN.decimal_value],
        description="Of `INTEGER`, `DECIMAL` and `MONEY`.",
    )
    date: datetime.date | None = computed(lambda day: day, needs=[SHOWN.date_value])
    date_time: datetime.datetime | None = computed(
        lambda instant: instant, needs=[SHOWN.instant_value]
    )
    boolean: bool | None = computed(lambda truth: truth, needs=[SHOWN.boolean_value])
    display: str | None = computed(
        typed.display,
        needs=[
            SHOWN.type,
            SHOWN.text_value,
            SHOWN.decimal_value,
            SHOWN.date_value,
            SHOWN.instant_value,
            SHOWN.boolean_value,
            SHOWN.option_label,
            SHOWN.named,
            SHOWN.currency,
        ],
        description="The value as text, whatever its type: the label of an option, several with "
        r"commas (`\,` within one), the name of a file or of who is referred to, 2026-01-31, "
        "2026-01-31T12:00:00Z, 12.50, 12.50 EUR, true.",
    )


@strawberry.type(description="What a contact has in a custom field of its group.")
class CustomValue(AnyCustomValue, table=ShownValue, requires="contacts.read"):
    option: CustomOption | None = one(SHOWN.option_id, description="Of a `LIST`.")
    options: list[CustomOption] = many(
        (ValueRow.contact_id, ValueRow.field_id),
        to=ValueRow.option_id,
        order_by=[OptionRow.position],
        typical=1,  # most fields are no lists
        description="Of a list, those that are chosen, in the list's order.",
    )
    file: File | None = one(SHOWN.file_id)
    referenced_user: User | None = one(SHOWN.user_id)
    referenced_contact: Contact | None = one(SHOWN.referred_id)
    field: CustomField = one(SHOWN.field_id, description="The definition.")


@strawberry.input(description="Which custom fields. All that is given must hold.")
class CustomFieldFilter(Filter):
    target: TextFilter | None = matching(FieldRow.target)
    group: IdFilter | None = matching(FieldRow.group_id)
    key: TextFilter | None = matching(FieldRow.key)
    label: TextFilter | None = matching(FieldRow.label)
    type: EnumFilter[FieldType] | None = matching(FieldRow.type)
    mandatory: bool | None = matching(FieldRow.mandatory)
    audience: EnumFilter[Audience] | None = matching(FieldRow.audience)
    visible_on_device: bool | None = matching(FieldRow.visible_on_device)
    visible_on_booking: bool | None = matching(FieldRow.visible_on_booking)
    archived_at: DateTimeFilter | None = matching(FieldRow.archived_at)


CUSTOM_FIELD_ORDERS = Orders(
    "CustomField", position=FieldRow.position, key=FieldRow.key, label=FieldRow.label
)


@strawberry.type(description="What custom fields can be defined for.")
class CustomFieldTarget:
    kind: str = strawberry.field(description="Such as `CONTACT`; definitions say it as `target`.")
    within: str | None = strawberry.field(
        description="What definitions belong to, as ids of it begin: `contact_group`. Null where "
        "all have the same fields."
    )


def _targets(info: Info) -> list[CustomFieldTarget]:
    schema: Any = info.schema
    found = schema.modules.custom_field_targets.values()
    return [CustomFieldTarget(kind=each.kind, within=each.scope_prefix) for each in found]


@extend(requires="contacts.read")
class CustomFieldQueries(Query):
    custom_field_targets: list[CustomFieldTarget] = strawberry.field(
        resolver=_targets, description="What the tenant's modules have fields for."
    )
    custom_field: CustomField = by_id(FieldRow)
    custom_fields: Connection[CustomField] = everything(
        FieldRow,
        order_by=[FieldRow.target, FieldRow.scope_id, FieldRow.position],
        filters=CustomFieldFilter,
        orders=CUSTOM_FIELD_ORDERS,
        description="The fields of all groups and of what modules add, archived ones too.",
    )


def defined_for(column: Any, description: str) -> Any:
    """The fields, in order, that belong to the rows of a type: *column* is what names them."""
    return many(
        column,
        where=FieldRow.archived_at.is_(None),
        order_by=[FieldRow.position],
        description=description,
    )


@extend(requires="contacts.read")
class ContactGroupCustomFields(ContactGroup):
    custom_fields: list[CustomField] = defined_for(
        FieldRow.group_id, "The fields of its contacts, in order; archived ones are left out."
    )


@extend(requires="contacts.read")
class ContactCustomValues(Contact):
    custom_values: list[CustomValue] = many(
        SHOWN.contact_id,
        order_by=[SHOWN.position, SHOWN.key],
        typical=10,
        description="What the contact has in the fields of its group, in the group's order; "
        "fields without a value are left out.",
    )
