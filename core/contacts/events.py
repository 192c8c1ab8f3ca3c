"""What happens to contacts."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core.kit.events import Event


@dataclass(frozen=True)
class ContactCreated(Event, name="core.contact_created"):
    contact_id: UUID


@dataclass(frozen=True)
class ContactChanged(Event, name="core.contact_changed"):
    contact_id: UUID
    #: The columns that have another value now, with commas between them.
    fields: str


@dataclass(frozen=True)
class ContactMoved(Event, name="core.contact_moved"):
    """A contact, and all below it, hangs below another parent, or means something else to it."""

    contact_id: UUID
    old_parent_id: UUID | None
    new_parent_id: UUID | None


@dataclass(frozen=True)
class ContactArchiving(Event, name="core.contact_archiving"):
    """Told before a contact is archived: who has something open with it raises ``Refused``.

    With *force*, somebody has given a reason to archive it all the same: then nobody refuses.
    """

    contact_id: UUID
    force: bool


@dataclass(frozen=True)
class ContactArchived(Event, name="core.contact_archived"):
    contact_id: UUID
    reason: str | None


@dataclass(frozen=True)
class ContactGroupMerged(Event, name="core.contact_group_merged"):
    """All contacts of one group are in another now, and the first is gone."""

    from_id: UUID
    into_id: UUID


@dataclass(frozen=True)
class ContactUnarchived(Event, name="core.contact_unarchived"):
    contact_id: UUID


@dataclass(frozen=True)
class ContactDeleted(Event, name="core.contact_deleted"):
    """The import that made it was undone, before anybody did anything with it."""

    contact_id: UUID
