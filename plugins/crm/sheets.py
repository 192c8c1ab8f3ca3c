"""Notes, opportunities and suspensions as lines of a spreadsheet; what those of contacts get."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from core.contacts.models import Contact
from core.contacts.sheets import of_contact
from core.kit.sheets import Column, Kind, MoreColumns, Sheet
from core.tenancy.models import User
from plugins.crm.models import Flag, Note, NoteType, Opportunity, OpportunityStage, Suspension
from plugins.crm.schema.notes import NOTE_ORDERS, NoteFilter
from plugins.crm.schema.opportunities import OPPORTUNITY_ORDERS, OpportunityFilter
from plugins.crm.schema.suspensions import SUSPENSION_ORDERS, SuspensionFilter


def _name(key: Any) -> Any:
    return select(User.name).where(User.id == key)


def _owner(key: Any) -> Column:
    return Column("owner", "Responsable", "Owner", _name(key), paths=("ownerName", "owner.name"))


NOTES = Sheet(
    name="notes",
    french="Notes",
    english="Notes",
    model=Note,
    requires="crm.read",
    columns=(
        Column("reference", "Référence", "Reference", Note.reference),
        *of_contact(Note.contact_id),
        Column(
            "type",
            "Type",
            "Type",
            select(NoteType.name).where(NoteType.id == Note.type_id),
            paths=("type.name",),
        ),
        Column("subject", "Objet", "Subject", Note.subject),
        Column("text", "Texte", "Text", Note.text),
        Column("status", "Statut", "Status", Note.status),
        Column("dueDate", "Échéance", "Due date", Note.due_date, Kind.DATE),
        _owner(Note.owner_id),
        Column("aboutId", "Au sujet de", "About", Note.about),
        Column("createdAt", "Créée le", "Created at", Note.created_at, Kind.INSTANT),
        Column("updatedAt", "Modifiée le", "Updated at", Note.updated_at, Kind.INSTANT),
    ),
    order_by=[Note.updated_at.desc()],
    filters=NoteFilter,
    orders=NOTE_ORDERS,
)
OPPORTUNITIES = Sheet(
    name="opportunities",
    french="Opportunités",
    english="Opportunities",
    model=Opportunity,
    requires="crm.read",
    columns=(
        Column("name", "Nom", "Name", Opportunity.name),
        *of_contact(Opportunity.contact_id),
        Column("status", "Statut", "Status", Opportunity.status),
        Column(
            "stage",
            "Étape",
            "Stage",
            select(OpportunityStage.name).where(OpportunityStage.id == Opportunity.stage_id),
            paths=("stage.name",),
        ),
        Column(
            "probability",
            "Probabilité (%)",
            "Probability (%)",
            select(OpportunityStage.probability).where(OpportunityStage.id == Opportunity.stage_id),
            Kind.NUMBER,
            paths=("stage.probability",),
        ),
        _owner(Opportunity.owner_id),
        Column(
            "valueExclTax", "Valeur HT", "Value excl. tax", Opportunity.value_excl_tax, Kind.NUMBER
        ),
        Column("cost", "Coût", "Cost", Opportunity.cost, Kind.NUMBER),
        Column(
            "expectedClose", "Clôture prévue", "Expected close", Opportunity.expected_close,
            Kind.DATE,
        ),
        Column("closedAt", "Close le", "Closed at", Opportunity.closed_at, Kind.INSTANT),
        Column("createdAt", "Créée le", "Created at", Opportunity.created_at, Kind.INSTANT),
        Column("updatedAt", "Modifiée le", "Updated at", Opportunity.updated_at, Kind.INSTANT),
    ),
    order_by=[Opportunity.updated_at.desc()],
    filters=OpportunityFilter,
    orders=OPPORTUNITY_ORDERS,
)  # fmt: skip
SUSPENSIONS = Sheet(
    name="suspensions",
    french="Suspensions",
    english="Suspensions",
    model=Suspension,
    requires="crm.read",
    columns=(
        *of_contact(Suspension.contact_id),
        Column("cause", "Cause", "Cause", Suspension.cause),
        Column("reason", "Motif", "Reason", Suspension.reason),
        Column("since", "Depuis le", "Since", Suspension.since, Kind.INSTANT),
        Column("suspendedBy", "Suspendu par", "Suspended by", _name(Suspension.suspended_by)),
        Column("liftedAt", "Levée le", "Lifted at", Suspension.lifted_at, Kind.INSTANT),
        Column("liftedBy", "Levée par", "Lifted by", _name(Suspension.lifted_by)),
        Column("liftReason", "Motif de la levée", "Lift reason", Suspension.lift_reason),
    ),
    order_by=[Suspension.since.desc()],
    filters=SuspensionFilter,
    orders=SUSPENSION_ORDERS,
)
#: R24: only for those who may see flags.
FLAGS = MoreColumns(
    "contacts",
    (
        Column(
            "flag",
            "Marqué",
            "Flag",
            select(Flag.text).where(Flag.contact_id == Contact.id),
            imported=False,
            paths=("flag.text",),
            requires="crm.flags",
        ),
    ),
)
