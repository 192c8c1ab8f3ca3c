"""When the core's own fields of the Overview have something to show."""

from __future__ import annotations

from sqlalchemy import exists, true

from core.contacts.models import Contact
from core.custom_fields.models import ShownValue
from core.kit.zones import Zone

READ = "contacts.read"
_COLUMNS = ("reference", "street", "postcode", "town", "country", "phone", "email")
ZONES = [
    Zone("name", READ, true()),
    *(Zone(name, READ, getattr(Contact, name).is_not(None)) for name in _COLUMNS),
    Zone("group", READ, true()),
    Zone("parent", READ, Contact.parent_id.is_not(None)),
    Zone("customValues", READ, exists().where(ShownValue.c.contact_id == Contact.id)),
]
