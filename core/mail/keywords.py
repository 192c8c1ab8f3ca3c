"""Core's keywords: the contact, its parent, who sends, and the tenant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from core.contacts.models import Contact, ContactGroup
from core.kit.keywords import KeywordSource, Words
from core.kit.session import TenantSession
from core.tenancy.models import Tenant, User

Parent = aliased(Contact)
USER, TENANT = "user", "tenant"
_CONTACT_WORDS = {
    "name": "Name of the contact.",
    "reference": "The tenant's own number for it.",
    "street": "Street and number.",
    "postcode": "Postcode.",
    "town": "Town.",
    "country": "Country, ISO 3166-1 alpha-2.",
    "phone": "Phone, as it was typed.",
    "email": "E-mail address.",
    "website": "Address on the web.",
    "group": "Name of its contact group.",
    "owner": "Name of the user who looks after it.",
}


async def _contacts(
    session: TenantSession, keys: Sequence[UUID], language: str
) -> Mapping[UUID, Words]:
    return await _of_contacts(session, Contact.id, Contact.id, keys)


async def _parents(
    session: TenantSession, keys: Sequence[UUID], language: str
) -> Mapping[UUID, Words]:
    """The words of the parents, by the key of the child; none where there is no parent."""
    return await _of_contacts(session, Parent.id, Parent.parent_id, keys)


async def _of_contacts(
    session: TenantSession,
    child: InstrumentedAttribute[UUID],
    shown: InstrumentedAttribute[UUID] | InstrumentedAttribute[UUID | None],
    keys: Sequence[UUID],
) -> Mapping[UUID, Words]:
    statement = (
        select(child, Contact, ContactGroup.name, User.name)
        .select_from(Contact)
        .join(ContactGroup, ContactGroup.id == Contact.group_id)
        .outerjoin(User, User.id == Contact.owner_id)
        .where(child.in_(keys))
    )
    if child is not Contact.id:
        statement = statement.join(Parent, shown == Contact.id)
    rows = await session.execute(statement)
    columns = [word for word in _CONTACT_WORDS if word not in ("group", "owner")]
    return {
        key: {**{c: getattr(contact, c) for c in columns}, "group": group, "owner": owner}
        for key, contact, group, owner in rows
    }


async def _users(
    session: TenantSession, keys: Sequence[UUID], language: str
) -> Mapping[UUID, Words]:
    rows = await session.execute(select(User.id, User.name, User.login).where(User.id.in_(keys)))
    return {
        key: {"name": name, "email": login if "@" in login else None} for key, name, login in rows
    }


async def _tenants(
    session: TenantSession, keys: Sequence[UUID], language: str
) -> Mapping[UUID, Words]:
    name = await session.scalar(select(Tenant.name).where(Tenant.id == session.tenant_id))
    return {session.tenant_id: {"name": name}}


SOURCES = [
    KeywordSource(
        "contact", "contact", "contacts.read", _CONTACT_WORDS, _contacts, "a contact"
    ),
    KeywordSource(
        "parent", "contact", "contacts.read",
        {word: f"Of the parent contact. {meaning}" for word, meaning in _CONTACT_WORDS.items()},
        _parents, "a contact",
    ),
    KeywordSource(
        "user", USER, "mail.read",
        {"name": "Who sends the mail.", "email": "Their login, if it is an address."},
        _users, "a user",
    ),
    KeywordSource(
        "tenant", TENANT, "mail.read", {"name": "The company that sends."}, _tenants, "a tenant"
    ),
]  # fmt: skip
#: Given by the mail itself, and only to marketing.
UNSUBSCRIBE = "unsubscribe"
UNSUBSCRIBE_WORDS = {"link": "Where the recipient says that they want no more such mails."}
