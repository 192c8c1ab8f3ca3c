"""Documents as lines of a spreadsheet."""

from __future__ import annotations

from core.contacts.sheets import of_contact
from core.kit.sheets import Column, Kind, Sheet
from plugins.finance.models import FinancialDocument as Document
from plugins.finance.schema import DOCUMENT_ORDERS, FinancialDocumentFilter


def _amount(key: str, french: str, english: str, column: object) -> Column:
    return Column(key, french, english, column, Kind.NUMBER)


DOCUMENTS = Sheet(
    name="financialDocuments",
    french="Documents financiers",
    english="Financial documents",
    model=Document,
    requires="finance.read",
    columns=(
        Column("kind", "Nature", "Kind", Document.kind),
        Column("reference", "Référence", "Reference", Document.reference),
        *of_contact(Document.contact_id),
        Column("state", "État", "State", Document.state),
        Column("sendState", "Envoi", "Sent", Document.send_state),
        Column("paymentState", "Paiement", "Payment", Document.payment_state),
        Column("description", "Description", "Description", Document.description),
        Column("currency", "Devise", "Currency", Document.currency),
        Column("issueDate", "Date d'émission", "Issue date", Document.issue_date, Kind.DATE),
        Column("dueDate", "Échéance", "Due date", Document.due_date, Kind.DATE),
        Column("sentAt", "Envoyé le", "Sent at", Document.sent_at, Kind.INSTANT),
        _amount("totalExclTax", "Total HT", "Total excl. tax", Document.total_excl_tax),
        _amount("totalTax", "TVA", "Tax", Document.total_tax),
        _amount("totalInclTax", "Total TTC", "Total incl. tax", Document.total_incl_tax),
        _amount("paidAmount", "Montant payé", "Paid amount", Document.paid_amount),
        Column("createdAt", "Créé le", "Created at", Document.created_at, Kind.INSTANT),
        Column("updatedAt", "Modifié le", "Updated at", Document.updated_at, Kind.INSTANT),
    ),
    order_by=[Document.updated_at.desc()],
    filters=FinancialDocumentFilter,
    orders=DOCUMENT_ORDERS,
)
