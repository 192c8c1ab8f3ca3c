"""Contacts as lines of a spreadsheet."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from core.contacts.custom import CONTACTS as OF_CONTACTS
from core.contacts.models import Contact, ContactGroup
from core.contacts.schema import CONTACT_ORDERS, ContactFilter
from core.custom_fields.exported import by_key
from core.custom_fields.models import ShownValue
from core.importing.contacts.part import Contacts
from core.kit.sheets import Column, Kind, Sheet, words
from core.search.lookup import CONTACT_SEARCH
from core.tenancy.models import User

Parent = aliased(Contact)
_group = select(ContactGroup.name).where(ContactGroup.id == Contact.group_id)
_parent_reference = select(Parent.reference).where(Parent.id == Contact.parent_id)
_parent_name = select(Parent.name).where(Parent.id == Contact.parent_id)
_owner = select(User.name).where(User.id == Contact.owner_id)


def of_contact(key: Any) -> tuple[Column, Column]:
    """The columns that say of which contact a row is, by its foreign key."""
    return (
        Column(
            "contactReference",
            "Référence du contact",
            "Contact reference",
            select(Contact.reference).where(Contact.id == key),
            paths=("contact.reference",),
        ),
        Column(
            "contactName",
            "Nom du contact",
            "Contact name",
            select(Contact.name).where(Contact.id == key),
            paths=("contact.name",),
        ),
    )


CONTACTS = Sheet(
    name="contacts",
    french="Contacts",
    english="Contacts",
    model=Contact,
    requires="contacts.read",
    columns=(
        Column(
            "reference", "Référence", "Reference", Contact.reference,
            also=words(
                "réf, ref, code, code client, code tiers, code contact, numéro client, n° "
                "client, no client, num client, référence client, référence contact, customer "
                "number, customer code, customer no, account number, account code, client id, "
                "external id"
            ),
        ),
        Column(
            "name", "Nom", "Name", Contact.name,
            also=words(
                "raison sociale, dénomination, société, entreprise, client, contact, nom du "
                "client, nom du contact, nom client, nom société, nom complet, libellé, "
                "company, company name, customer, customer name, contact name, organisation, "
                "organization, account, account name"
            ),
        ),
        Column(
            "group", "Groupe", "Group", _group, paths=("group.name",),
            also=words(
                "groupe de contacts, type de contact, catégorie, contact group, customer "
                "group, contact type, category, type"
            ),
        ),
        Column(
            "parentReference", "Référence du parent", "Parent reference", _parent_reference,
            paths=("parent.reference",),
            also=words(
                "parent, référence parent, réf parent, code parent, contact parent, siège, "
                "maison mère, parent contact, parent code, headquarters"
            ),
        ),
        Column(
            "parentName", "Nom du parent", "Parent name", _parent_name, imported=False,
            paths=("parent.name",),
        ),
        Column(
            "parentKind", "Lien au parent", "Link to parent", Contact.parent_kind,
            also=words(
                "lien avec le parent, type de lien, lien, link, link kind, parent link"
            ),
        ),
        Column(
            "street", "Rue", "Street", Contact.street,
            also=words(
                "adresse, adresse 1, adresse postale, voie, numéro et rue, address, address "
                "1, address line 1, street address"
            ),
        ),
        Column(
            "postcode", "Code postal", "Postcode", Contact.postcode,
            also=words("CP, code post, zip, zip code, postal code"),
        ),
        Column(
            "town", "Ville", "Town", Contact.town, also=words("commune, localité, city, locality")
        ),
        Column(
            "country", "Pays", "Country", Contact.country, also=words("code pays, country code")
        ),
        Column(
            "latitude", "Latitude", "Latitude", Contact.latitude, Kind.NUMBER, also=words("lat")
        ),
        Column(
            "longitude", "Longitude", "Longitude", Contact.longitude, Kind.NUMBER,
            also=words("lng, lon, long"),
        ),
        Column(
            "phone", "Téléphone", "Phone", Contact.phone,
            also=words(
                "tél, tel, numéro de téléphone, n° de téléphone, téléphone principal, "
                "standard, telephone, phone number, telephone number, main phone"
            ),
        ),
        Column(
            "email", "E-mail", "E-mail", Contact.email,
            also=words(
                "mail, email, courriel, adresse mail, adresse e-mail, adresse électronique, "
                "mél, email address, e-mail address"
            ),
        ),
        Column(
            "website", "Site web", "Website", Contact.website,
            also=words("site internet, site, url, web, web site, homepage"),
        ),
        Column(
            "information", "Informations", "Information", Contact.information,
            also=words(
                "informations complémentaires, information complémentaire, commentaire, "
                "commentaires, remarque, remarques, notes, note, observations, extra "
                "information, comment, comments, remarks"
            ),
        ),
        Column(
            "owner", "Responsable", "Owner", _owner, paths=("owner.name",),
            also=words(
                "propriétaire, commercial, suivi par, account manager, sales representative, "
                "looked after by"
            ),
        ),
        Column(
            "archivedAt", "Archivé le", "Archived at", Contact.archived_at, Kind.INSTANT,
            imported=False,
        ),
        Column(
            "createdAt", "Créé le", "Created at", Contact.created_at, Kind.INSTANT, imported=False
        ),
        Column(
            "updatedAt", "Modifié le", "Updated at", Contact.updated_at, Kind.INSTANT,
            imported=False,
        ),
    ),
    order_by=[Contact.name_key],
    filters=ContactFilter,
    orders=CONTACT_ORDERS,
    search=CONTACT_SEARCH,
    custom=by_key(ShownValue, ShownValue.c.contact_id == Contact.id),
    custom_of=OF_CONTACTS.kind,
    importing=Contacts(),
)  # fmt: skip
