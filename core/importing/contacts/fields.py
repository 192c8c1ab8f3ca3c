"""The columns that contacts' rows have for a tenant's custom fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from core.contacts.models import ContactGroup
from core.custom_fields.models import CustomField
from core.custom_fields.rules import FieldType
from core.exporting.rules import CUSTOM
from core.kit.session import TenantSession
from core.kit.sheets import Column


async def custom_columns(session: TenantSession) -> list[Column]:
    """The custom fields of all groups: by key, by label."""
    rows = await session.execute(
        select(CustomField, ContactGroup.name)
        .join(ContactGroup, ContactGroup.id == CustomField.group_id)
        .where(CustomField.archived_at.is_(None), CustomField.type != FieldType.STATEMENT)
        .order_by(CustomField.group_id, CustomField.position)
    )
    found: dict[str, list[str]] = {}
    for field, group in rows:
        labels = [field.label, field.label_fr, field.label_en, f"{group} {field.label}"]
        found.setdefault(field.key, []).extend(filter(None, labels))
    return columns_of(found)


def columns_of(labels: Mapping[str, Sequence[str]]) -> list[Column]:
    """One column for each key, whichever groups have it and whatever they call it."""
    return [
        Column(CUSTOM + key, names[0], names[0], also=(key, *names))
        for key, names in labels.items()
    ]
