"""Persons in the API."""

from __future__ import annotations

from datetime import datetime

import strawberry
from sqlalchemy import not_

from core.contacts.schema import Contact
from core.custom_fields.lists import CustomFieldTest, by_custom_field, custom_fields
from core.hierarchy.models import ContactClosure
from core.kit.connections import Connection, FacetedConnection
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import Node, by_id, computed, everything, linked, many, one
from core.kit.filters import (
    DateTimeFilter,
    EnumFilter,
    Filter,
    IdFilter,
    TextFilter,
    matching,
)
from core.kit.order import Orders, core
from core.kit.records import blueprint
from core.overview.schema import Overview
from core.roots import Query
from plugins.people import rules
from plugins.people.custom import PERSONS
from plugins.people.models import Consent as ConsentRow
from plugins.people.models import Person as PersonRow
from plugins.people.models import PersonTag as TagRow
from plugins.people.models import PersonTagging
from plugins.people.schema.consents import Consent, ConsentMedium, ConsentState, MarketingBarrier
from plugins.people.schema.filters import (
    PersonTagsTest,
    PersonTreeTest,
    SpanTest,
    TagsTest,
    TreeTest,
)
from plugins.people.schema.held import HeldByPerson
from plugins.people.schema.parts import NameTest, PartTest, PhoneTest
from plugins.people.schema.tags import PersonTag
from plugins.people.schema.values import SHOWN, PersonCustomValue


def _barriers(
    email: str | None, receives_marketing: bool, consent_status: str, erased_at: datetime | None
) -> list[MarketingBarrier]:
    found = rules.barriers(email, receives_marketing, consent_status, erased_at is not None)
    return [MarketingBarrier(reason) for reason in found]


async def _consent_at(root: Person, info: Info, at: datetime) -> Consent | None:
    of = blueprint(info._raw_info.return_type)
    held = info.context.loader(("held", at), lambda: HeldByPerson(info.context, of, at))
    found: Consent | None = await held.load(root.row_key)
    return found


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
    erased_at: datetime | None = strawberry.field(
        description="Since when nothing is known of them any more: the name is a pseudonym."
    )
    contact: Contact | None = one(PersonRow.contact_id)
    tags: list[PersonTag] = many(
        PersonTagging.person_id,
        to=PersonTagging.tag_id,
        order_by=[TagRow.name_key],
        limit=rules.MOST_TAGS,
        description="By name; some may be archived meanwhile.",
    )
    custom_values: list[PersonCustomValue] = many(
        SHOWN.person_id,
        order_by=[SHOWN.position, SHOWN.key],
        typical=10,
        description="What the person has in the fields that the tenant defines for persons; "
        "fields without a value are left out.",
    )
    consent_status: ConsentState = strawberry.field(description="What the ledger says now.")
    consent_medium: ConsentMedium | None
    consent_changed_at: datetime | None = strawberry.field(
        description="Since when the ledger says that."
    )
    consents: Connection[Consent] = many(
        ConsentRow.person_id,
        order_by=[ConsentRow.given_at.desc()],
        description="The ledger: the first entry is what holds.",
    )
    consent_at: Consent | None = strawberry.field(
        resolver=_consent_at,
        description="The entry that held at an instant, by what is known now; null if none did.",
    )
    marketing_barriers: list[MarketingBarrier] = computed(
        _barriers,
        needs=[
            PersonRow.email,
            PersonRow.receives_marketing,
            PersonRow.consent_status,
            PersonRow.erased_at,
        ],
        description="All that keeps marketing mail from them; mail that serves them still goes.",
    )


@strawberry.input(description="Which persons. All that is given must hold.")
class PersonFilter(Filter):
    name: TextFilter | None = strawberry.field(
        default=strawberry.UNSET,
        description="First and last name; `contains` looks past case, accents and hyphens, and "
        "what is shorter than three letters begins a word.",
        metadata={
            "test": NameTest(core(PersonRow.full_name), part="names", pattern=rules.name_pattern)
        },
    )
    email: TextFilter | None = strawberry.field(
        default=strawberry.UNSET,
        metadata={
            "test": PartTest(core(PersonRow.email), part="email", pattern=rules.email_pattern)
        },
    )
    phone: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="A part of the mobile or landline number, as people write it: `06 12`, "
        "`+33 6`, `0033 6`, `06.12`.",
        metadata={"test": PhoneTest()},
    )
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
    opted_out: bool | None = matching(
        not_(PersonRow.receives_marketing), description="Whether `receivesMarketing` is off."
    )
    tags: PersonTagsTest | None = strawberry.field(
        default=strawberry.UNSET, metadata={"test": TagsTest()}
    )
    tree: PersonTreeTest | None = strawberry.field(
        default=strawberry.UNSET,
        description="Those of a contact and of its tree.",
        metadata={"test": TreeTest()},
    )
    custom_fields: list[CustomFieldTest] | None = custom_fields(
        PERSONS, "What persons have in the fields that the tenant defines for them."
    )
    consent_status: EnumFilter[ConsentState] | None = matching(PersonRow.consent_status)
    consent_medium: EnumFilter[ConsentMedium] | None = matching(PersonRow.consent_medium)
    consent_changed_at: DateTimeFilter | None = strawberry.field(
        default=strawberry.UNSET,
        description="When what the ledger says came to hold.",
        metadata={"test": SpanTest(core(PersonRow.consent_changed_at))},
    )
    updated_at: DateTimeFilter | None = strawberry.field(
        default=strawberry.UNSET, metadata={"test": SpanTest(core(PersonRow.updated_at))}
    )
    erased: bool | None = matching(
        PersonRow.erased_at.is_not(None),
        description="Only those who were erased, or only others. Without it, both.",
    )


PERSON_ORDERS = Orders(
    "Person",
    by_key=by_custom_field(PERSONS),
    name=PersonRow.name_key,
    email=PersonRow.email,
    created_at=PersonRow.created_at,
    updated_at=PersonRow.updated_at,
    consent_changed_at=PersonRow.consent_changed_at,
)
#: What is counted beside a list; each has the name of the filter that it leaves out.
FACETS = {
    "tags": linked(PersonTagging.person_id, PersonTagging.tag_id),
    "consentStatus": PersonRow.consent_status,
    "consentMedium": PersonRow.consent_medium,
}


@extend(requires="people.read")
class ContactPersons(Contact):
    persons: FacetedConnection[Person] = many(
        PersonRow.contact_id,
        order_by=[PersonRow.name_key],
        filters=PersonFilter,
        orders=PERSON_ORDERS,
        facets=FACETS,
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
    persons: FacetedConnection[Person] = everything(
        PersonRow,
        order_by=[PersonRow.name_key],
        filters=PersonFilter,
        orders=PERSON_ORDERS,
        facets=FACETS,
        description="The persons of all contacts and of none, by last name.",
    )
