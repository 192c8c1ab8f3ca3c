"""Contacts and their groups in the API."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import Enum

import strawberry
from sqlalchemy import Text, bindparam, exists, func, select
from sqlalchemy.orm import aliased

from core.contacts.custom import CONTACTS
from core.contacts.models import Contact as ContactRow
from core.contacts.models import ContactGroup as GroupRow
from core.custom_fields.lists import CustomFieldTest, by_custom_field, custom_fields
from core.hierarchy.models import ContactClosure
from core.kit.connections import Connection, FacetedConnection
from core.kit.context import Info
from core.kit.db import TENANT, Statement
from core.kit.errors import NotFound, Refused
from core.kit.extend import extend
from core.kit.fields import Node, by_id, by_ids, everything, many, one, value
from core.kit.filters import DateTimeFilter, Filter, IdFilter, TextFilter, matching
from core.kit.live import row, watched
from core.kit.order import Orders
from core.kit.records import blueprint
from core.kit.sources import Record
from core.roots import Query, Subscription
from core.search.lookup import CONTACT_SEARCH
from core.tenancy.models import User as UserRow
from core.tenancy.schema import User

Child = aliased(ContactRow)
Parent = aliased(ContactRow)
Below = aliased(ContactClosure)
Twin = aliased(ContactRow)
Creator = aliased(UserRow)
Updater = aliased(UserRow)


@strawberry.enum(description="What a link to a parent means.")
class LinkKind(Enum):
    HEADQUARTERS_BRANCH = "HEADQUARTERS_BRANCH"
    LANDLORD_TENANT = "LANDLORD_TENANT"
    BILLING_SITE = strawberry.enum_value(
        "BILLING_SITE", description="The parent is billed for the contact."
    )
    OTHER = "OTHER"


@strawberry.type(description="What contacts have in common: customers, sites, suppliers …")
class ContactGroup(Node, table=GroupRow, requires="contacts.read"):
    name: str
    version: int


@strawberry.input(description="Which contacts. All that is given must hold.")
class ContactFilter(Filter):
    name: TextFilter | None = matching(ContactRow.name)
    reference: TextFilter | None = matching(ContactRow.reference)
    town: TextFilter | None = matching(ContactRow.town)
    postcode: TextFilter | None = matching(ContactRow.postcode)
    group: IdFilter | None = matching(ContactRow.group_id)
    parent: IdFilter | None = matching(ContactRow.parent_id)
    updated_at: DateTimeFilter | None = matching(ContactRow.updated_at)
    archived_at: DateTimeFilter | None = matching(ContactRow.archived_at)
    archived: bool | None = matching(
        ContactRow.archived_at.is_not(None),
        description="Only those put away, or only those not. Without it, both.",
    )
    owner: IdFilter | None = matching(ContactRow.owner_id)
    has_children: bool | None = matching(
        exists().where(Child.parent_id == ContactRow.id), description="Has sub-contacts."
    )
    custom_fields: list[CustomFieldTest] | None = custom_fields(
        CONTACTS, "What contacts have in the fields of their group."
    )


CONTACT_ORDERS = Orders(
    "Contact",
    by_key=by_custom_field(CONTACTS),
    name=ContactRow.name_key,
    reference=ContactRow.reference,
    group=select(GroupRow.name_key).where(GroupRow.id == ContactRow.group_id),
    street=func.core_sort_key(ContactRow.street, type_=Text()),
    postcode=ContactRow.postcode,
    town=ContactRow.town_key,
    country=ContactRow.country,
    phone=ContactRow.phone_e164,
    email=func.lower(ContactRow.email, type_=Text()),
    parent=select(Parent.name_key).where(Parent.id == ContactRow.parent_id),
    owner=select(func.core_sort_key(UserRow.name, type_=Text())).where(
        UserRow.id == ContactRow.owner_id
    ),
    created_at=ContactRow.created_at,
    updated_at=ContactRow.updated_at,
    archived_at=ContactRow.archived_at,
)


@strawberry.type(description="A step of the way from a contact up to the root of its tree.")
class PathStep(Record, table=ContactClosure, requires="contacts.read"):
    depth: int = strawberry.field(description="How many levels up; 1 is the parent.")
    contact: Contact = one(ContactClosure.ancestor_id)


@strawberry.type(description="A customer, a site, a supplier: whoever the tenant deals with.")
class Contact(Node, table=ContactRow, requires="contacts.read"):
    name: str
    reference: str | None = strawberry.field(description="The tenant's own number for it.")
    street: str | None
    postcode: str | None
    town: str | None
    country: str | None = strawberry.field(description="ISO 3166-1 alpha-2.")
    latitude: Decimal | None = strawberry.field(description="Degrees, WGS 84.")
    longitude: Decimal | None = strawberry.field(description="Degrees, WGS 84.")
    phone: str | None = strawberry.field(description="As it was typed.")
    phone_e164: str | None = strawberry.field(description="The number as E.164, if it is one.")
    email: str | None
    website: str | None
    information: str | None
    parent_kind: LinkKind | None
    archived_at: datetime | None
    archive_reason: str | None
    created_at: datetime
    updated_at: datetime
    version: int = strawberry.field(description="Counts up with each write.")

    group: ContactGroup = one(ContactRow.group_id)
    parent: Contact | None = one(ContactRow.parent_id)
    owner: User | None = one(ContactRow.owner_id, description="Who looks after it.")
    owner_name: str | None = value(
        select(UserRow.name).where(UserRow.id == ContactRow.owner_id),
        "The owner's name, also for callers who may not see users.",
    )
    created_by: str | None = value(
        select(Creator.name).where(Creator.id == ContactRow.created_by),
        "The name of the user; null if it was a job, an import or a partner's program.",
    )
    updated_by: str | None = value(
        select(Updater.name).where(Updater.id == ContactRow.updated_by),
        "The name of the user; null if it was a job, an import or a partner's program.",
    )
    billed_to: Contact = one(
        ContactRow.billed_id, description="Who pays: the parent of a billing site, else itself."
    )
    children: Connection[Contact] = many(
        ContactRow.parent_id,
        order_by=[ContactRow.name_key],
        filters=ContactFilter,
        orders=CONTACT_ORDERS,
        search=CONTACT_SEARCH,
    )
    related: Connection[Contact] = many(
        ContactRow.id,
        order_by=[ContactRow.name_key],
        filters=ContactFilter,
        orders=CONTACT_ORDERS,
        search=CONTACT_SEARCH,
        along_tree=ContactClosure,
        description="The contact itself and, by `scope`, those above and below it.",
    )
    path: list[PathStep] = many(
        ContactClosure.descendant_id,
        where=ContactClosure.depth > 0,
        order_by=[ContactClosure.depth.desc()],
        description="The way from the root of the tree down to the parent.",
    )
    depth: int = value(
        select(func.count() - 1).where(ContactClosure.descendant_id == ContactRow.id),
        "How many levels the contact is below the root of its tree.",
    )
    child_count: int = value(
        select(func.count()).where(Child.parent_id == ContactRow.id), "Its own sub-contacts."
    )
    descendant_count: int = value(
        select(func.count() - 1).where(Below.ancestor_id == ContactRow.id),
        "Its sub-contacts, theirs, and so on.",
    )


_columns = ContactRow.__table__.c
#: Two rows are enough to know that it isn't one.
_BY_REFERENCE = Statement(
    select(*_columns)
    .where(_columns.tenant_id == TENANT, _columns.reference == bindparam("reference", type_=Text))
    .order_by(_columns.id)
    .limit(2)
)


async def _by_reference(info: Info, reference: str) -> Contact:
    given = {"tenant": info.context.tenant, "reference": reference.strip()}
    values = [{**_BY_REFERENCE.constants, **given}[name] for name in _BY_REFERENCE.names]
    rows = await info.context.fetch(_BY_REFERENCE.text, values)
    if not rows:
        raise NotFound("contact with the reference", reference)
    if len(rows) > 1:
        raise Refused(
            "AMBIGUOUS_REFERENCE", f"Several contacts have the reference '{reference[:80]}'."
        )
    return blueprint(info._raw_info.return_type).make(rows[0])  # type: ignore[no-any-return]


@extend(requires="contacts.read")
class ContactQueries(Query):
    contact: Contact = by_id(ContactRow, "A contact. Unknown ids are an error: `NOT_FOUND`.")
    contacts_by_id: list[Contact] = by_ids(
        ContactRow, "The contacts with these ids (250 at most) that there are."
    )
    contacts: FacetedConnection[Contact] = everything(
        ContactRow,
        order_by=[ContactRow.name_key],
        filters=ContactFilter,
        orders=CONTACT_ORDERS,
        facets={
            "group": ContactRow.group_id,
            "archived": ContactRow.archived_at.is_not(None),
        },
        search=CONTACT_SEARCH,
    )
    contact_by_reference: Contact = strawberry.field(
        resolver=_by_reference,
        description="The contact with this reference. Errors: `NOT_FOUND`, or "
        "`AMBIGUOUS_REFERENCE` if several have it.",
    )
    contacts_without_reference: Connection[Contact] = everything(
        ContactRow,
        where=ContactRow.reference.is_(None),
        order_by=[ContactRow.name_key],
        filters=ContactFilter,
        orders=CONTACT_ORDERS,
        search=CONTACT_SEARCH,
        description="Those that an import would not find again: it knows contacts by reference.",
    )
    contacts_sharing_reference: Connection[Contact] = everything(
        ContactRow,
        where=exists().where(Twin.reference == ContactRow.reference, Twin.id != ContactRow.id),
        order_by=[ContactRow.reference],
        filters=ContactFilter,
        orders=CONTACT_ORDERS,
        search=CONTACT_SEARCH,
        description="Those that an import would find several times, and refuse.",
    )
    contact_groups: Connection[ContactGroup] = everything(GroupRow, order_by=[GroupRow.name_key])
    contact_group: ContactGroup = by_id(GroupRow)


@extend(requires="contacts.read")
class ContactSubscriptions(Subscription):
    contact_changed: Contact = watched(
        by_id(
            ContactRow,
            "A `contact`, now and whenever it, or something that belongs to it, is written.",
        ),
        of="contact",
        topics=row,
    )
