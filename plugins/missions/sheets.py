"""Missions as lines of a spreadsheet."""

from __future__ import annotations

from sqlalchemy import select

from core.contacts.sheets import of_contact
from core.custom_fields.exported import by_key
from core.kit.sheets import Column, Kind, Sheet
from plugins.missions.custom import MISSIONS as OF_MISSIONS
from plugins.missions.models import Mission, MissionType, ShownMissionValue
from plugins.missions.schema import MISSION_ORDERS, MissionFilter


def _instant(key: str, french: str, english: str, column: object) -> Column:
    return Column(key, french, english, column, Kind.INSTANT)


MISSIONS = Sheet(
    name="missions",
    french="Missions",
    english="Missions",
    model=Mission,
    requires="missions.read",
    columns=(
        Column("reference", "Référence", "Reference", Mission.reference),
        *of_contact(Mission.contact_id),
        Column(
            "type",
            "Type",
            "Type",
            select(MissionType.name).where(MissionType.id == Mission.type_id),
            paths=("type.name",),
        ),
        Column("status", "Statut", "Status", Mission.status),
        Column("description", "Description", "Description", Mission.description),
        _instant("plannedStart", "Début prévu", "Planned start", Mission.planned_start),
        _instant("plannedEnd", "Fin prévue", "Planned end", Mission.planned_end),
        _instant("actualStart", "Début réel", "Actual start", Mission.actual_start),
        _instant("actualEnd", "Fin réelle", "Actual end", Mission.actual_end),
        Column("orderNumber", "Numéro de commande", "Order number", Mission.order_number),
        Column("category", "Catégorie", "Category", Mission.category),
        Column(
            "amountExclTax", "Montant HT", "Amount excl. tax", Mission.amount_excl_tax, Kind.NUMBER
        ),
        Column("comments", "Commentaires", "Comments", Mission.comments),
        Column("cancelReason", "Motif d'annulation", "Cancel reason", Mission.cancel_reason),
        Column("lateStart", "Début en retard", "Late start", Mission.late_start, Kind.BOOLEAN),
        Column("lateFinish", "Fin en retard", "Late finish", Mission.late_finish, Kind.BOOLEAN),
        Column("rescheduled", "Replanifiée", "Rescheduled", Mission.rescheduled, Kind.BOOLEAN),
        _instant("createdAt", "Créée le", "Created at", Mission.created_at),
        _instant("updatedAt", "Modifiée le", "Updated at", Mission.updated_at),
    ),
    order_by=[Mission.updated_at.desc()],
    filters=MissionFilter,
    orders=MISSION_ORDERS,
    custom=by_key(ShownMissionValue, ShownMissionValue.c.mission_id == Mission.id),
    custom_of=OF_MISSIONS.kind,
)
