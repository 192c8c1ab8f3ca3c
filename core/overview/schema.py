"""The Overview of a contact: what core knows of it; modules add their sections."""

from __future__ import annotations

import strawberry

from core.charts.schema import ContactCharts
from core.contacts.models import Contact as ContactRow
from core.contacts.schema import Contact, ContactGroup
from core.custom_fields.schema import SHOWN, CustomValue
from core.kit.fields import many, one, same_row
from core.kit.sources import Record
from core.overview.rollup import OverviewRollup
from core.overview.shown import visible_fields


@strawberry.type(
    description="A contact at a glance, in one request. Only the contact's own: nothing of its "
    "sub-contacts is added in. Sections of modules that are off are absent; a section that "
    "fails is null, with an error at its path."
)
class Overview(Record, table=ContactRow, requires="contacts.read"):
    name: str
    reference: str | None
    street: str | None
    postcode: str | None
    town: str | None
    country: str | None
    phone: str | None
    email: str | None
    contact: Contact = same_row("The contact itself.")
    group: ContactGroup = one(ContactRow.group_id)
    parent: Contact | None = one(ContactRow.parent_id)
    custom_values: list[CustomValue] | None = many(
        SHOWN.contact_id,
        order_by=[SHOWN.position, SHOWN.key],
        limit=4,
        description="The first four custom fields that have a value, in the group's order.",
    )
    charts: ContactCharts = same_row()
    rollup: OverviewRollup = same_row("The contact together with all contacts below it.")
    visible_fields: list[str] = strawberry.field(
        resolver=visible_fields,
        description="Which fields of the Overview have something to show: the others can be "
        "hidden. Lists of what is recent are always worth it, and not among them.",
    )
