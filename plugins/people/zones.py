"""When what persons add to the Overview has something to show."""

from __future__ import annotations

from sqlalchemy import exists

from core.contacts.models import Contact
from core.kit.zones import Zone
from plugins.people.models import Person

ZONES = [
    Zone("primaryPerson", "people.read", exists().where(Person.contact_id == Contact.id)),
]
