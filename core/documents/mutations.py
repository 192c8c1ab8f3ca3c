"""What the API can do to stored documents."""

from __future__ import annotations

import strawberry
from strawberry.scalars import JSON

from core.documents import services
from core.documents.checking import check_document
from core.documents.schema import StoredDocument
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import written
from core.kit.ids import global_id
from core.kit.mutations import mutation, values
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.roots import Mutation


@strawberry.input
class StoredDocumentAddInput:
    text: str = strawberry.field(description="One operation, exactly as clients will send it.")
    name: str
    example_variables: JSON | None = strawberry.field(
        default=strawberry.UNSET,
        description="Variables such as clients send: the document is planned with them at start.",
    )


@strawberry.input
class StoredDocumentRemoveInput:
    id: strawberry.ID


@strawberry.type
class StoredDocumentPayload(Payload):
    stored_document: StoredDocument | None = written()


def _deleted_id(root: strawberry.Parent[Payload]) -> strawberry.ID | None:
    return strawberry.ID(global_id("stored_document", root.key)) if root.key else None


@strawberry.type
class StoredDocumentRemovePayload(Payload):
    deleted_id: strawberry.ID | None = strawberry.field(
        resolver=_deleted_id, description="The document that is no more."
    )


@extend(requires="documents.write")
class DocumentMutations(Mutation):
    @mutation
    async def stored_document_add(
        info: Info, session: TenantSession, input: StoredDocumentAddInput
    ) -> StoredDocumentPayload:
        """Store a document, which anybody in the tenant may then run by its hash.

        Refuses: `INVALID_DOCUMENT`, `INVALID_VARIABLES`, `INVALID_NAME`, `ALREADY_STORED`,
        `TOO_MANY_DOCUMENTS`.
        """
        given = values(input)
        await check_document(info, given["text"], given.get("example_variables"))
        return StoredDocumentPayload.of(await services.add_document(session, **given))

    @mutation
    async def stored_document_remove(
        info: Info, session: TenantSession, input: StoredDocumentRemoveInput
    ) -> StoredDocumentRemovePayload:
        """Remove a document. Refuses: `NOT_FOUND`, and `NO_WAY_BACK` if it is the last by which
        callers who may run stored documents only could change that.
        """
        key = values(input, id="stored_document")["id"]
        return StoredDocumentRemovePayload.of(await services.remove_document(session, key))
