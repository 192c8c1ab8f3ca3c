"""Persons as lines of a spreadsheet, and the primary person in a contact's line."""

from __future__ import annotations

from sqlalchemy import Text, cast, func, select

from core.contacts.models import Contact
from core.custom_fields.exported import by_key
from core.kit.sheets import Column, Kind, Sheet, SheetPart, words
from plugins.people.custom import PERSONS as OF_PERSONS
from plugins.people.models import Person, ShownPersonValue
from plugins.people.schema import PERSON_ORDERS, PersonFilter
from plugins.people.sheets.fields import PREFIX
from plugins.people.sheets.persons import Persons
from plugins.people.sheets.primary import Primary

#: By which an import finds the person again: the id as the API has it.
_UID = func.concat("person_", func.replace(cast(Person.id, Text), "-", ""))
_reference = select(Contact.reference).where(Contact.id == Person.contact_id)
_name = select(Contact.name).where(Contact.id == Person.contact_id)

#: What is known of a person, in both sheets.
_OWN = (
    Column("title", "Civilité", "Title", Person.title, also=words("titre, salutation")),
    Column(
        "firstName", "Prénom", "First name", Person.first_name, also=words("firstname, given name")
    ),
    Column(
        "lastName", "Nom", "Last name", Person.last_name,
        also=words("nom de famille, lastname, surname, family name, name"),
    ),
    Column(
        "email", "E-mail", "E-mail", Person.email,
        also=words(
                "mail, email, courriel, adresse mail, adresse e-mail, email address"
            ),
    ),
    Column(
        "mobile", "Mobile", "Mobile", Person.mobile,
        also=words(
                "portable, téléphone portable, téléphone mobile, tél portable, gsm, mobile "
                "phone, cell phone"
            ),
    ),
    Column(
        "landline", "Téléphone fixe", "Landline", Person.landline,
        also=words(
                "fixe, ligne fixe, ligne directe, direct line, téléphone, tél, tel, phone, "
                "telephone"
            ),
    ),
    Column(
        "extension", "Poste", "Extension", Person.extension,
        also=words("poste téléphonique, numéro de poste, ext"),
    ),
    Column("position", "Fonction", "Position", Person.position,
           also=words("job title, role, métier")),
    Column("department", "Service", "Department", Person.department, also=words("département")),
    Column("language", "Langue", "Language", Person.language),
    Column(
        "bookingAccess", "Accès à la réservation", "Booking access", Person.booking_access,
        Kind.BOOLEAN, also=words("accès au site de réservation"),
    ),
    Column("receivesDocuments", "Reçoit les documents", "Receives documents",
           Person.receives_documents, Kind.BOOLEAN),
    Column("receivesMarketing", "Reçoit le marketing", "Receives marketing",
           Person.receives_marketing, Kind.BOOLEAN),
)  # fmt: skip

PERSONS = Sheet(
    name="persons",
    french="Personnes",
    english="Persons",
    model=Person,
    requires="people.read",
    columns=(
        Column(
            "uid", "UID", "UID", _UID,
            also=words(
                "id, identifiant, uid personne, person id, uid de la personne"
            ),
        ),
        Column(
            "contactReference", "Référence du contact", "Contact reference", _reference,
            paths=("contact.reference",),
            also=words(
                "référence contact, réf contact, code client, référence, réf, ref, référence "
                "client, reference, customer number, customer code, contact, client"
            ),
        ),
        Column("contactName", "Nom du contact", "Contact name", _name, imported=False,
               paths=("contact.name",)),
        Column("isPrimary", "Principale", "Primary", Person.is_primary, Kind.BOOLEAN,
               also=words("personne principale, contact principal, primary person, main")),
        *_OWN,
        Column("consentStatus", "Consentement", "Consent", Person.consent_status, imported=False),
        Column("consentMedium", "Consentement par", "Consent by", Person.consent_medium,
               imported=False),
        Column("consentChangedAt", "Consentement depuis", "Consent since",
               Person.consent_changed_at, Kind.INSTANT, imported=False),
        Column("createdAt", "Créée le", "Created at", Person.created_at, Kind.INSTANT,
               imported=False),
        Column("updatedAt", "Modifiée le", "Updated at", Person.updated_at, Kind.INSTANT,
               imported=False),
    ),
    order_by=[Person.name_key],
    filters=PersonFilter,
    orders=PERSON_ORDERS,
    custom=by_key(ShownPersonValue, ShownPersonValue.c.person_id == Person.id),
    custom_of=OF_PERSONS.kind,
    importing=Persons(),
)  # fmt: skip

_WHO = (
    "de la personne", "du contact principal", "personne", "contact principal", "of the person",
    "of the primary person", "person", "primary person",
)  # fmt: skip
#: Headers that in a contact's line mean the contact's own.
_OF_CONTACTS = {"lastName", "email", "landline", "language"}


def _of_primary(column: Column) -> Column:
    """The same in a contact's line, where some headers are the contact's unless they say whose."""
    names = (column.french, column.english, *column.also)
    alone = () if column.key in _OF_CONTACTS else names
    return Column(
        PREFIX + column.key,
        f"{column.french} (personne principale)",
        f"{column.english} (primary person)",
        kind=column.kind,
        also=(*alone, *(f"{name} {who}" for name in names for who in _WHO)),
    )


PRIMARY = SheetPart("contacts", tuple(_of_primary(column) for column in _OWN), Primary())
