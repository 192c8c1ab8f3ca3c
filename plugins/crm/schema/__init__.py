"""The contact's file in the API."""

from plugins.crm.schema.alerts import AlertQueries, ContactAlerts
from plugins.crm.schema.filters import FlaggedContacts, SuspendedContacts
from plugins.crm.schema.flags import ContactFlags
from plugins.crm.schema.notes import ContactNotes, NoteQueries
from plugins.crm.schema.opportunities import ContactOpportunities, OpportunityQueries
from plugins.crm.schema.overview import ContactOverview, CrmCharts, OverviewFlags, OverviewSections
from plugins.crm.schema.preview import SuspensionPreview
from plugins.crm.schema.reports import OpportunityReports
from plugins.crm.schema.suspensions import ContactSuspensions, SuspensionQueries

TYPES: list[type] = [
    AlertQueries,
    ContactAlerts,
    FlaggedContacts,
    SuspendedContacts,
    ContactFlags,
    ContactNotes,
    ContactOpportunities,
    ContactOverview,
    ContactSuspensions,
    CrmCharts,
    NoteQueries,
    OpportunityQueries,
    OpportunityReports,
    OverviewFlags,
    OverviewSections,
    SuspensionPreview,
    SuspensionQueries,
]
