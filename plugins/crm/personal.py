"""What the module holds on persons: notes about them."""

from __future__ import annotations

from core.kit.activity import PersonActivity
from core.kit.personal import PersonalData, Said, Treatment
from plugins.crm.models import Note

DATA = [
    PersonalData(
        Note,
        Said("Notes au sujet de la personne", "Notes about the person"),
        lambda subject: Note.about == subject.identifier,
        Treatment.PSEUDONYMISED,
        Said(
            "La note reste au dossier du contact, sans objet ni texte.",
            "The note stays in the contact's file, without its subject and text.",
        ),
        shows={
            "reference": Said("Référence", "Reference"),
            "subject": Said("Objet", "Subject"),
            "text": Said("Texte", "Text"),
            "status": Said("État", "Status"),
            "due_date": Said("Échéance", "Due date"),
            "created_at": Said("Créée le", "Created at"),
        },
        becomes=lambda subject: {"subject": subject.pseudonym, "text": None},
    )
]
ACTIVITY = [
    PersonActivity(
        "NOTE", Note.updated_at, lambda key, identifier, contact: Note.about == identifier
    )
]
