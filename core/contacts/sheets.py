"""Contacts as lines of a spreadsheet."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import aliased

from core.contacts.custom import CONTACTS as OF_CONTACTS
from core.contacts.models import Contact, ContactGroup
from core.contacts.schema import CONTACT_ORDERS, ContactFilter
from core.custom_fields.exported import by_key
from core.custom_fields.models import ShownValue
from core.kit.sheets import Column, Kind, Sheet
from core.search.lookup import CONTACT_SEARCH
from core.tenancy.models import User

Parent = aliased(Contact)

CONTACTS = Sheet(
    name="contacts",
    french="Contacts",
    english="Contacts",
    model=Contact,
    requires="contacts.read",
    columns=(
        Column("reference", "Référence", "Reference", Contact.reference),
        Column("name", "Nom", "Name", Contact.name),
        Column(
            "group",
            "Groupe",
            "Group",
            select(ContactGroup.name).where(ContactGroup.id == Contact.group_id),
        ),
        Column(
            "parentReference",
            "Référence du parent",
            "Parent reference",
            select(Parent.reference).where(Parent.id == Contact.parent_id),
        ),
        Column(
            "parentName",
            "Nom du parent",
            "Parent name",
            select(Parent.name).where(Parent.id == Contact.parent_id),
        ),
        Column("parentKind", "Lien au parent", "Link to parent", Contact.parent_kind),
        Column("street", "Rue", "Street", Contact.street),
        Column("postcode", "Code postal", "Postcode", Contact.postcode),
        Column("town", "Ville", "Town", Contact.town),
        Column("country", "Pays", "Country", Contact.country),
        Column("latitude", "Latitude", "Latitude", Contact.latitude, Kind.NUMBER),
        Column("longitude", "Longitude", "Longitude", Contact.longitude, Kind.NUMBER),
        Column("phone", "Téléphone", "Phone", Contact.phone),
        Column("email", "E-mail", "E-mail", Contact.email),
        Column("website", "Site web", "Website", Contact.website),
        Column("information", "Informations", "Information", Contact.information),
        Column(
            "owner",
            "Responsable",
            "Owner",
            select(User.name).where(User.id == Contact.owner_id),
        ),
        Column("archivedAt", "Archivé le", "Archived at", Contact.archived_at, Kind.INSTANT),
        Column("createdAt", "Créé le", "Created at", Contact.created_at, Kind.INSTANT),
        Column("updatedAt", "Modifié le", "Updated at", Contact.updated_at, Kind.INSTANT),
    ),
    order_by=[Contact.name_key],
    filters=ContactFilter,
    orders=CONTACT_ORDERS,
    search=CONTACT_SEARCH,
    custom=by_key(ShownValue, ShownValue.c.contact_id == Contact.id),
    custom_of=OF_CONTACTS.kind,
)
