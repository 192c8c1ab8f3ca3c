"""The contact's file in the API."""

from plugins.crm.schema.addresses import AddressQueries
from plugins.crm.schema.alerts import AlertQueries, AlertSubscriptions, ContactAlerts
from plugins.crm.schema.filters import FlaggedContacts, SuspendedContacts
from plugins.crm.schema.flags import ContactFlags
from plugins.crm.schema.geofences import ContactGeofence, SiteSettingsQueries
from plugins.crm.schema.hours import AccessHoursQueries, ContactAccessHours, SiteTimeZone
from plugins.crm.schema.notes import ContactNotes, NoteQueries
from plugins.crm.schema.on_site import OnSiteQueries
from plugins.crm.schema.opportunities import ContactOpportunities, OpportunityQueries
from plugins.crm.schema.overview import ContactOverview, CrmCharts, OverviewFlags, OverviewSections
from plugins.crm.schema.places import PlaceQueries, SitedContacts
from plugins.crm.schema.preview import SuspensionPreview
from plugins.crm.schema.reports import OpportunityReports
from plugins.crm.schema.suspensions import ContactSuspensions, SuspensionQueries

TYPES: list[type] = [
    AddressQueries,
    AccessHoursQueries,
    ContactAccessHours,
    SiteTimeZone,
    AlertQueries,
    AlertSubscriptions,
    ContactAlerts,
    FlaggedContacts,
    SuspendedContacts,
    ContactFlags,
    ContactGeofence,
    ContactNotes,
    ContactOpportunities,
    ContactOverview,
    ContactSuspensions,
    CrmCharts,
    NoteQueries,
    OnSiteQueries,
    OpportunityQueries,
    OpportunityReports,
    OverviewFlags,
    OverviewSections,
    PlaceQueries,
    SiteSettingsQueries,
    SitedContacts,
    SuspensionPreview,
    SuspensionQueries,
]
