"""Contacts are added and changed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.contacts import rules
from core.contacts.custom import CONTACTS
from core.contacts.events import ContactChanged, ContactCreated
from core.contacts.models import Contact, ContactGroup
from core.contacts.services.references import check_reference
from core.custom_fields.moving import carry_values
from core.hierarchy.services import OTHER, check_link, hang_leaf, lock_tree
from core.kit.errors import Refused
from core.kit.keys import sort_key
from core.kit.session import TenantSession, check_version
from core.tenancy.models import Tenant, User


async def create_contact(
    session: TenantSession, values: dict[str, Any]
) -> tuple[Contact, list[Refused]]:
    """Add a contact with these columns, and say what is odd about it.

    ``name`` and ``group_id`` must be there.
    """
    kept = rules.checked({"name": None, **values})
    await _check_keys(session, {"group_id": None, **kept})
    parent_id, kind = kept.get("parent_id"), kept.get("parent_kind")
    check_link(parent_id, kind, "parentKind")
    if parent_id is not None:
        await lock_tree(session, shared=True)
        await session.find(Contact, parent_id, "contact", field="parentId")
        kept["parent_kind"] = kind or OTHER
    warnings = await _look_closely(session, kept)
    contact = Contact(**kept)
    session.add(contact)
    await hang_leaf(session, contact)
    await session.tell(ContactCreated(contact.id))
    return contact, warnings


async def update_contact(
    session: TenantSession, contact_id: UUID, values: dict[str, Any], version: int | None = None
) -> tuple[Contact, list[Refused]]:
    """Change the given columns; None clears one. Where a contact hangs is changed by a move."""
    contact = await session.find(Contact, contact_id, "contact", field="id")
    check_version(contact, version)
    kept = rules.checked(values, contact.latitude, contact.longitude)
    kept = {name: value for name, value in kept.items() if getattr(contact, name) != value}
    await _check_keys(session, kept)
    warnings = await _look_closely(session, kept, contact)
    if "group_id" in kept:
        await carry_values(session, CONTACTS, contact.id, contact.group_id, kept["group_id"])
    for name, value in kept.items():
        setattr(contact, name, value)
    if kept:
        await session.flush()
        await session.tell(ContactChanged(contact.id, ",".join(sorted(kept))))
    return contact, warnings


async def _check_keys(session: TenantSession, kept: dict[str, Any]) -> None:
    if "group_id" in kept:
        if kept["group_id"] is None:
            raise Refused("GROUP_MISSING", "A contact must be in a group.", "groupId")
        group_id = kept["group_id"]
        await session.find(ContactGroup, group_id, "contact group", field="groupId", keep=True)
    if kept.get("owner_id") is not None:
        await session.find(User, kept["owner_id"], "user", field="ownerId")


async def _look_closely(
    session: TenantSession, kept: dict[str, Any], contact: Contact | None = None
) -> list[Refused]:
    """Add to *kept* what follows from it, and say what is odd."""
    warnings: list[Refused] = []
    if "name" in kept:
        kept["name_key"] = sort_key(kept["name"])
    if kept.get("reference") is not None:
        warnings += await check_reference(session, kept["reference"], contact)
    if "phone" in kept:
        kept["phone_e164"] = None
        if kept["phone"] is not None:
            kept["phone_e164"] = rules.e164(kept["phone"], await _country(session))
        if kept["phone"] is not None and kept["phone_e164"] is None:
            warnings.append(
                Refused(
                    "PHONE_UNREADABLE",
                    f"'{kept['phone']}' is kept as it is, but it is not a phone number.",
                    "phone",
                )
            )
    return warnings


async def _country(session: TenantSession) -> str:
    found = await session.scalar(select(Tenant.country).where(Tenant.id == session.tenant_id))
    assert found is not None  # the session is one of that tenant
    return found
