"""Tables of the crm module."""

from plugins.crm.models.alerts import Alert, AlertDelivery, AlertRule, AlertRuleRecipient
from plugins.crm.models.flags import EffectiveFlag, Flag
from plugins.crm.models.hours import AccessHours
from plugins.crm.models.notes import Note, NoteCounter, NoteType
from plugins.crm.models.opportunities import (
    Opportunity,
    OpportunityLine,
    OpportunityStage,
    StageChange,
)
from plugins.crm.models.sites import Geofence, GeofenceCell, GeofenceEdges, Site, SiteSettings
from plugins.crm.models.suspensions import EffectiveSuspension, Suspension

__all__ = [
    "AccessHours",
    "Alert",
    "AlertDelivery",
    "AlertRule",
    "AlertRuleRecipient",
    "EffectiveFlag",
    "EffectiveSuspension",
    "Flag",
    "Geofence",
    "GeofenceCell",
    "GeofenceEdges",
    "Note",
    "NoteCounter",
    "NoteType",
    "Opportunity",
    "OpportunityLine",
    "OpportunityStage",
    "Site",
    "SiteSettings",
    "StageChange",
    "Suspension",
]
