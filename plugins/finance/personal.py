"""What the module holds on persons: nothing but what accounting documents say."""

from __future__ import annotations

from core.kit.activity import PersonActivity
from core.kit.personal import PersonalData, Said, Treatment
from plugins.finance.models import FinancialDocument, FinancialLine

KEPT = Said(
    "Les documents comptables se conservent dix ans (article L123-22 du code de commerce).",
    "Accounting documents are kept for ten years (article L123-22 of the French commercial code).",
)
DATA = [
    PersonalData(
        FinancialDocument,
        Said("Documents comptables qui nomment la personne", "Documents that name the person"),
        lambda subject: subject.mentions.among(FinancialDocument.description),
        Treatment.KEPT,
        KEPT,
        shows={
            "reference": Said("Référence", "Reference"),
            "description": Said("Description", "Description"),
        },
    ),
    PersonalData(
        FinancialLine,
        Said("Lignes de documents qui nomment la personne", "Lines that name the person"),
        lambda subject: subject.mentions.among(FinancialLine.description),
        Treatment.KEPT,
        KEPT,
        shows={"description": Said("Description", "Description")},
    ),
]
ACTIVITY = [
    PersonActivity(
        "FINANCIAL_DOCUMENT",
        FinancialDocument.updated_at,
        lambda key, identifier, contact: FinancialDocument.contact_id == contact,
    )
]
