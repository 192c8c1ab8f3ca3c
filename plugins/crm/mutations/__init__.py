"""What the API can do to the contact's file."""

from plugins.crm.mutations.addresses import AddressMutations
from plugins.crm.mutations.alerts import AlertMutations, AlertRuleMutations
from plugins.crm.mutations.exports import NotesExport, OpportunitiesExport, SuspensionsExport
from plugins.crm.mutations.flags import FlagMutations
from plugins.crm.mutations.geofences import GeofenceMutations, SiteSettingsMutations
from plugins.crm.mutations.hours import AccessHoursMutations
from plugins.crm.mutations.notes import NoteMutations, NoteTypeMutations
from plugins.crm.mutations.opportunities import OpportunityMutations
from plugins.crm.mutations.stages import StageMutations
from plugins.crm.mutations.suspensions import SuspensionMutations

TYPES: list[type] = [
    AddressMutations,
    AccessHoursMutations,
    AlertMutations,
    AlertRuleMutations,
    FlagMutations,
    GeofenceMutations,
    NoteMutations,
    NoteTypeMutations,
    NotesExport,
    OpportunitiesExport,
    SuspensionsExport,
    OpportunityMutations,
    SiteSettingsMutations,
    StageMutations,
    SuspensionMutations,
]
