"""Persons as what tenants define fields for: the same for all of them."""

from __future__ import annotations

from core.kit.custom import CustomFieldTarget
from plugins.people.events import PersonChanged
from plugins.people.models import Person, PersonCustomValue

PERSONS = CustomFieldTarget(
    kind="PERSON",
    subject=Person,
    values=PersonCustomValue,
    scope=Person.tenant_id,
    name=Person.full_name,
    changed=lambda person, fields: PersonChanged(person.id, person.contact_id, fields),
)
