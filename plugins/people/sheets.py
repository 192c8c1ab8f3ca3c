"""Persons as lines of a spreadsheet."""

from __future__ import annotations

from sqlalchemy import Text, cast, func, select

from core.contacts.models import Contact
from core.kit.sheets import Column, Kind, Sheet
from plugins.people.models import Person
from plugins.people.schema import PERSON_ORDERS, PersonFilter


def _switch(key: str, french: str, english: str) -> Column:
    return Column(key, french, english, getattr(Person, _NAMES[key]), Kind.BOOLEAN)


_NAMES = {
    "isPrimary": "is_primary",
    "bookingAccess": "booking_access",
    "receivesDocuments": "receives_documents",
    "receivesMarketing": "receives_marketing",
}
#: By which an import finds the person again: the id as the API has it.
_UID = func.concat("person_", func.replace(cast(Person.id, Text), "-", ""))

PERSONS = Sheet(
    name="persons",
    french="Personnes",
    english="Persons",
    model=Person,
    requires="people.read",
    columns=(
        Column("uid", "UID", "UID", _UID),
        Column(
            "contactReference",
            "Référence du contact",
            "Contact reference",
            select(Contact.reference).where(Contact.id == Person.contact_id),
        ),
        Column(
            "contactName",
            "Nom du contact",
            "Contact name",
            select(Contact.name).where(Contact.id == Person.contact_id),
        ),
        _switch("isPrimary", "Principale", "Primary"),
        Column("title", "Civilité", "Title", Person.title),
        Column("firstName", "Prénom", "First name", Person.first_name),
        Column("lastName", "Nom", "Last name", Person.last_name),
        Column("email", "E-mail", "E-mail", Person.email),
        Column("mobile", "Mobile", "Mobile", Person.mobile),
        Column("landline", "Téléphone fixe", "Landline", Person.landline),
        Column("extension", "Poste", "Extension", Person.extension),
        Column("position", "Fonction", "Position", Person.position),
        Column("department", "Service", "Department", Person.department),
        Column("language", "Langue", "Language", Person.language),
        _switch("bookingAccess", "Accès à la réservation", "Booking access"),
        _switch("receivesDocuments", "Reçoit les documents", "Receives documents"),
        _switch("receivesMarketing", "Reçoit le marketing", "Receives marketing"),
        Column("createdAt", "Créée le", "Created at", Person.created_at, Kind.INSTANT),
        Column("updatedAt", "Modifiée le", "Updated at", Person.updated_at, Kind.INSTANT),
    ),
    order_by=[Person.name_key],
    filters=PersonFilter,
    orders=PERSON_ORDERS,
)
