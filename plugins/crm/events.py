"""What the crm module tells."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core.kit.events import Event


@dataclass(frozen=True)
class ContactFlagged(Event, name="crm.contact_flagged"):
    """A contact's flag was set, or says something else now."""

    contact_id: UUID
    flag_id: UUID
    text: str


@dataclass(frozen=True)
class FlagCleared(Event, name="crm.flag_cleared"):
    """A contact's flag is gone, and so from every contact below it."""

    contact_id: UUID


@dataclass(frozen=True)
class ContactSuspended(Event, name="crm.contact_suspended"):
    """A suspension began; whom it reaches is asked of the contacts themselves."""

    contact_id: UUID
    suspension_id: UUID
    cause: str
    reason: str


@dataclass(frozen=True)
class SuspensionLifted(Event, name="crm.suspension_lifted"):
    """A suspension ended; others may still reach the same contacts."""

    contact_id: UUID
    suspension_id: UUID
    cause: str


@dataclass(frozen=True)
class AlertRaised(Event, name="crm.alert_raised"):
    """An alert stands in its recipients' lists; whoever can reach them otherwise may do so."""

    alert_id: UUID
    contact_id: UUID
    cause: str
    severity: str
    title: str


@dataclass(frozen=True)
class LookUpDue(Event, name="crm.look_up_due"):
    """A contact's position is to be looked up: it has none, or one that has become old."""

    contact_id: UUID


@dataclass(frozen=True)
class GeofenceChanged(Event, name="crm.geofence_changed"):
    """Somebody has drawn, moved, resized or reset a contact's geofence."""

    contact_id: UUID
    geofence_id: UUID
