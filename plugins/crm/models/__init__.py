"""Tables of the crm module."""

from plugins.crm.models.alerts import Alert, AlertDelivery, AlertRule, AlertRuleRecipient
from plugins.crm.models.flags import EffectiveFlag, Flag
from plugins.crm.models.notes import Note, NoteCounter, NoteType
from plugins.crm.models.opportunities import (
    Opportunity,
    OpportunityLine,
    OpportunityStage,
    StageChange,
)
from plugins.crm.models.suspensions import EffectiveSuspension, Suspension

__all__ = [
    "Alert",
    "AlertDelivery",
    "AlertRule",
    "AlertRuleRecipient",
    "EffectiveFlag",
    "EffectiveSuspension",
    "Flag",
    "Note",
    "NoteCounter",
    "NoteType",
    "Opportunity",
    "OpportunityLine",
    "OpportunityStage",
    "StageChange",
    "Suspension",
]
