"""Stored documents in the API."""

from __future__ import annotations

from datetime import datetime

import strawberry
from strawberry.scalars import JSON

from core.documents.models import StoredDocument as StoredDocumentRow
from core.documents.rules import document_id, shown_variables
from core.kit.connections import Connection
from core.kit.extend import extend
from core.kit.fields import Node, computed, everything
from core.kit.filters import Filter, TextFilter, matching
from core.roots import Query


@strawberry.type(description="A GraphQL text that may be run by its hash.")
class StoredDocument(Node, table=StoredDocumentRow, requires="documents.read"):
    name: str
    text: str
    digest: str = strawberry.field(description="SHA-256 of the text, in hexadecimal.")
    document_id: str = computed(
        document_id,
        needs=[StoredDocumentRow.digest],
        description="What a request sends instead of the text.",
    )
    example_variables: JSON | None = computed(
        shown_variables,
        needs=[StoredDocumentRow.example_variables],
        description="What it is planned with before anybody asks.",
    )
    created_at: datetime
    version: int = strawberry.field(description="Counts up with each write.")


@strawberry.input(description="Which documents. All that is given must hold.")
class StoredDocumentFilter(Filter):
    name: TextFilter | None = matching(StoredDocumentRow.name)
    digest: TextFilter | None = matching(StoredDocumentRow.digest)


@extend(requires="documents.read")
class DocumentQueries(Query):
    stored_documents: Connection[StoredDocument] = everything(
        StoredDocumentRow,
        order_by=[StoredDocumentRow.name],
        filters=StoredDocumentFilter,
        description="The documents that may be run by their hash, by name.",
    )
