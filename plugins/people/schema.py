"""Persons in the API."""

from __future__ import annotations

from datetime import datetime

import strawberry

from core.contacts.schema import Contact
from core.hierarchy.models import ContactClosure
from core.kit.connections import Connection
from core.kit.extend import extend
from core.kit.fields import Node, by_id, everything, many, one
from core.kit.filters import DateTimeFilter, Filter, IdFilter, TextFilter, matching
from core.kit.order import Orders
from core.overview.schema import Overview
from core.roots import Query
from plugins.people.models import Person as PersonRow


@strawberry.type(description="Someone at a contact, or at none.")
class Person(Node, table=PersonRow, requires="people.read"):
    is_primary: bool = strawberry.field(
        description="Whether it is whom to reach first at its contact; of persons, one is."
    )
    title: str | None
    first_name: str | None
    last_name: str | None
    full_name: str = strawberry.field(description="First and last name, else the e-mail address.")
    email: str | None
    mobile: str | None = strawberry.field(description="As it was typed.")
    mobile_e164: str | None = strawberry.field(description="The number as E.164, if it is one.")
    landline: str | None = strawberry.field(description="As it was typed.")
    landline_e164: str | None = strawberry.field(description="The number as E.164, if it is one.")
    extension: str | None = strawberry.field(description="To dial after the landline's number.")
    position: str | None
    department: str | None
    language: str | None = strawberry.field(description="As `fr` or `fr-BE`.")
    booking_access: bool = strawberry.field(description="Whether they may use the booking site.")
    receives_documents: bool = strawberry.field(description="Whether financial documents go there.")
    receives_marketing: bool = strawberry.field(
        description="Whether marketing e-mails go there, if nothing else forbids it."
    )
    created_at: datetime
    updated_at: datetime
    version: int = strawberry.field(description="Counts up with each write.")
    contact: Contact | None = one(PersonRow.contact_id)


@strawberry.input(description="Which persons. All that is given must hold.")
class PersonFilter(Filter):
    name: TextFilter | None = matching(PersonRow.full_name, description="First and last name.")
    email: TextFilter | None = matching(PersonRow.email)
    position: TextFilter | None = matching(PersonRow.position)
    department: TextFilter | None = matching(PersonRow.department)
    language: TextFilter | None = matching(PersonRow.language)
    contact: IdFilter | None = matching(PersonRow.contact_id)
    unattached: bool | None = matching(
        PersonRow.contact_id.is_(None), description="Whether they belong to no contact."
    )
    is_primary: bool | None = matching(PersonRow.is_primary)
    booking_access: bool | None = matching(PersonRow.booking_access)
    receives_documents: bool | None = matching(PersonRow.receives_documents)
    receives_marketing: bool | None = matching(PersonRow.receives_marketing)
    updated_at: DateTimeFilter | None = matching(PersonRow.updated_at)


PERSON_ORDERS = Orders(
    "Person",
    name=PersonRow.name_key,
    email=PersonRow.email,
    created_at=PersonRow.created_at,
    updated_at=PersonRow.updated_at,
)


@extend(requires="people.read")
class ContactPersons(Contact):
    persons: Connection[Person] = many(
        PersonRow.contact_id,
        order_by=[PersonRow.name_key],
        filters=PersonFilter,
        orders=PERSON_ORDERS,
        along_tree=ContactClosure,
        description="Who can be reached there, by last name.",
    )
    primary_person: Person | None = one(
        PersonRow.contact_id,
        where=PersonRow.is_primary,
        description="Whom to reach first; null if there is nobody at all.",
    )


@extend(requires="people.read")
class OverviewPerson(Overview):
    primary_person: Person | None = one(
        PersonRow.contact_id,
        where=PersonRow.is_primary,
        description="Whom to reach first; null if there is nobody at all.",
    )


@extend(requires="people.read")
class PersonQueries(Query):
    person: Person = by_id(PersonRow, "A person. Unknown ids are an error: `NOT_FOUND`.")
    persons: Connection[Person] = everything(
        PersonRow,
        order_by=[PersonRow.name_key],
        filters=PersonFilter,
        orders=PERSON_ORDERS,
        description="The persons of all contacts and of none, by last name.",
    )
