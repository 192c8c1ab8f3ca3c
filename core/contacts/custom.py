"""Contacts as what tenants define fields for: those of a group."""

from __future__ import annotations

from core.contacts.events import ContactChanged
from core.contacts.models import Contact, ContactGroup
from core.custom_fields.models import CustomValue
from core.kit.custom import CustomFieldTarget

CONTACTS = CustomFieldTarget(
    kind="CONTACT",
    subject=Contact,
    values=CustomValue,
    scope=Contact.group_id,
    name=Contact.name,
    within=ContactGroup,
    changed=lambda contact, fields: ContactChanged(contact.id, fields),
)
