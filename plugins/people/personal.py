"""What the module holds on persons, and what becomes of it when one is erased."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, func, or_, select

from core.jobs.models import Job
from core.kit.activity import PersonActivity
from core.kit.db import Base
from core.kit.personal import PersonalData, Said, Subject, Treatment
from core.kit.session import TenantSession
from plugins.people.models import (
    Consent,
    ConsentMark,
    Person,
    PersonSearch,
    PersonTag,
    PersonTagging,
)
from plugins.people.services import disclosing, erasing


async def _forget_ledger(session: TenantSession, subject: Subject) -> int:
    """By a function of the database: the role that serves may not change entries."""
    forget = func.people_consent_forget(session.tenant_id, subject.key)
    return int(await session.scalar(select(forget)) or 0)


async def _written_anew(session: TenantSession, subject: Subject) -> int:
    """A trigger has written it as the person was."""
    rows = select(func.count()).where(PersonSearch.person_id == subject.key)
    return await session.scalar(rows) or 0


def _beside(what: Any, of: Any, key: Any) -> Any:
    """What the row that *key* points to is called."""
    own = and_(of.id == key, of.tenant_id == key.class_.tenant_id)
    return select(what).where(own).correlate(key.class_).scalar_subquery()


PERSON = PersonalData(
    Person,
    Said("La personne", "The person"),
    lambda subject: Person.id == subject.key,
    Treatment.PSEUDONYMISED,
    Said(
        "Il ne reste qu'un pseudonyme, rattaché à aucun contact, pour que l'historique se lise "
        "encore.",
        "A pseudonym that belongs to no contact stays, so that what happened can still be read.",
    ),
    shows={
        "title": Said("Civilité", "Title"),
        "first_name": Said("Prénom", "First name"),
        "last_name": Said("Nom", "Last name"),
        "email": Said("E-mail", "E-mail"),
        "mobile": Said("Mobile", "Mobile"),
        "landline": Said("Téléphone fixe", "Landline"),
        "extension": Said("Poste", "Extension"),
        "position": Said("Fonction", "Position"),
        "department": Said("Service", "Department"),
        "language": Said("Langue", "Language"),
        "is_primary": Said("Personne principale", "Primary person"),
        "booking_access": Said("Accès à la réservation", "Booking access"),
        "receives_documents": Said("Reçoit les documents", "Receives documents"),
        "receives_marketing": Said("Reçoit le marketing", "Receives marketing"),
        "consent_status": Said("Consentement", "Consent"),
        "created_at": Said("Créée le", "Created at"),
        "updated_at": Said("Modifiée le", "Updated at"),
    },
    erase=erasing.forget_person,
    names_others=True,
)
SEARCH = PersonalData(
    PersonSearch,
    Said("Recherche", "Search"),
    lambda subject: PersonSearch.person_id == subject.key,
    Treatment.PSEUDONYMISED,
    Said("Réécrite par la base.", "Written anew by the database."),
    erase=_written_anew,
    names_others=True,
)
LEDGER = PersonalData(
    Consent,
    Said("Registre des consentements", "Ledger of consents"),
    lambda subject: Consent.person_id == subject.key,
    Treatment.PSEUDONYMISED,
    Said(
        "Ce qui a été accordé ou refusé, et quand, reste comme preuve; les textes et les pièces "
        "sont effacés.",
        "What was agreed or refused, and when, stays as a proof; texts and evidence are erased.",
    ),
    shows={
        "status": Said("Réponse", "Answer"),
        "medium": Said("Moyen", "Medium"),
        "purpose": Said("Finalité", "Purpose"),
        "comment": Said("Commentaire", "Comment"),
        "given_at": Said("Depuis le", "Since"),
        "recorded_at": Said("Enregistré le", "Recorded at"),
    },
    erase=_forget_ledger,
    file="evidence_id",
    names_others=True,
)
OTHER_LEDGERS = PersonalData(
    Consent,
    Said("Registres d'autres personnes", "Ledgers of other persons"),
    lambda subject: and_(
        Consent.person_id != subject.key,
        subject.mentions.among(Consent.purpose, Consent.comment),
    ),
    Treatment.KEPT,
    Said(
        "Une preuve qui concerne quelqu'un d'autre ne se modifie pas.",
        "A proof that is about somebody else is not changed.",
    ),
    shows={"comment": Said("Commentaire", "Comment"), "purpose": Said("Finalité", "Purpose")},
)
TAGS = PersonalData(
    PersonTagging,
    Said("Étiquettes", "Tags"),
    lambda subject: PersonTagging.person_id == subject.key,
    Treatment.ERASED,
    Said("Ne concerne plus personne.", "It is about nobody any more."),
    shows={"tag": Said("Étiquette", "Tag")},
    reads={"tag": _beside(PersonTag.name, PersonTag, PersonTagging.tag_id)},
)
ARCHIVES = PersonalData(
    Job,
    Said("Archives remises à la personne", "Archives made for the person"),
    lambda subject: and_(
        Job.kind == disclosing.DISCLOSE,
        Job.file_id.is_not(None),
        Job.arguments["person"].astext == str(subject.key),
    ),
    Treatment.PSEUDONYMISED,
    Said("Le fichier est effacé.", "The file is erased."),
    becomes=lambda subject: {"file_id": None, "file_expires_at": None},
    file="file_id",
)

DATA = [PERSON, SEARCH, LEDGER, OTHER_LEDGERS, TAGS, ARCHIVES]
#: Who was in a set that was marked says nothing of them once they are a pseudonym.
KEPT = {ConsentMark.__tablename__}


def data() -> list[PersonalData]:
    """What is said above, and whatever else hangs on a person: that is erased with them."""
    said = {each.model.__tablename__ for each in DATA} | KEPT
    return [*DATA, *(_hanging(m) for m in _pointing() if m.class_.__tablename__ not in said)]


def _pointing() -> list[Any]:
    """The tables, of whichever module, that go when a person is deleted."""
    found = [
        mapper
        for mapper in Base.registry.mappers
        if any(
            key.referred_table is Person.__table__ and key.ondelete == "CASCADE"
            for key in getattr(mapper.local_table, "foreign_key_constraints", ())
        )
    ]
    return sorted(found, key=lambda mapper: str(mapper.class_.__tablename__))


def _hanging(mapper: Any) -> PersonalData:
    table = mapper.local_table
    (key,) = {
        pair.parent.name
        for constraint in table.foreign_key_constraints
        if constraint.referred_table is Person.__table__
        for pair in constraint.elements
        if pair.parent.name != "tenant_id"
    }
    shown = [c.name for c in table.c if not c.primary_key and c.computed is None]
    return PersonalData(
        mapper.class_,
        Said("Autres données de la personne", "More of the person's data"),
        lambda subject: getattr(mapper.class_, key) == subject.key,
        Treatment.ERASED,
        Said("Ne concerne plus personne.", "It is about nobody any more."),
        shows={name: Said(name, name) for name in shown},
        file="file_id" if "file_id" in table.c else None,
    )


#: What they said; that they were asked, or that a mistake was undone, is nothing of theirs.
ACTIVITY = [
    PersonActivity(
        "CONSENT",
        Consent.given_at,
        lambda key, identifier, contact: and_(
            Consent.person_id == key,
            or_(Consent.status == "GRANTED", Consent.status == "REFUSED"),
            ~Consent.is_undo,
        ),
    )
]
