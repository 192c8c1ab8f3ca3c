"""What the crm module adds to a contact's Overview and charts."""

from __future__ import annotations

from core.charts.models import CurrentChart
from core.charts.schema import Chart, ContactCharts
from core.contacts.schema import Contact
from core.kit.connections import Recent
from core.kit.extend import extend
from core.kit.fields import many, one, same_row
from core.overview.schema import Overview
from plugins.crm.models import EffectiveFlag as EffectiveFlagRow
from plugins.crm.models import EffectiveSuspension as EffectiveSuspensionRow
from plugins.crm.models import Note as NoteRow
from plugins.crm.models import Opportunity as OpportunityRow
from plugins.crm.schema import flags, suspensions
from plugins.crm.schema.flags import EffectiveFlag
from plugins.crm.schema.notes import Note
from plugins.crm.schema.opportunities import Opportunity
from plugins.crm.schema.suspensions import EffectiveSuspension


@extend(requires="crm.read")
class ContactOverview(Contact):
    overview: Overview = same_row("The contact at a glance.")


@extend(requires="crm.flags")
class OverviewFlags(Overview):
    effective_flags: list[EffectiveFlag] = many(
        EffectiveFlagRow.c.contact_id,
        order_by=[EffectiveFlagRow.c.distance],
        description=flags.NEAREST,
    )


@extend(requires="crm.read")
class OverviewSections(Overview):
    effective_suspensions: list[EffectiveSuspension] = many(
        EffectiveSuspensionRow.c.contact_id,
        order_by=suspensions.NEAREST_FIRST,
        limit=suspensions.SHOWN,
        description=suspensions.NEAREST,
    )
    recent_notes: Recent[Note] = many(
        NoteRow.contact_id,
        order_by=[NoteRow.updated_at.desc()],
        since=NoteRow.updated_at,
        first=10,
        description="The notes written or changed last.",
    )
    recent_opportunities: Recent[Opportunity] = many(
        OpportunityRow.contact_id,
        order_by=[OpportunityRow.updated_at.desc()],
        since=OpportunityRow.updated_at,
        first=10,
        description="The opportunities opened or changed last.",
    )


@extend(requires="crm.read")
class CrmCharts(ContactCharts):
    notes: Chart | None = one(
        CurrentChart.c.contact_id,
        where=CurrentChart.c.kind == "NOTE",
        description="How many notes, by status: a note has no value, so each counts as one.",
    )
    opportunities: Chart | None = one(
        CurrentChart.c.contact_id,
        where=CurrentChart.c.kind == "OPPORTUNITY",
        description="The value of opportunities, by status.",
    )
