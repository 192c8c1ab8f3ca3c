"""Showing a person all that is held on them, and forgetting it."""

from __future__ import annotations

import strawberry

from core.jobs.schema import Job
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import written
from core.kit.ids import key_in
from core.kit.mutations import mutation
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.roots import Mutation
from plugins.people.services import disclosing, erasing


@strawberry.input
class PersonalDataExportInput:
    person_id: strawberry.ID


@strawberry.input
class PersonEraseInput:
    id: strawberry.ID
    confirm_name: str = strawberry.field(
        description="Their full name, as `personErasurePreview` shows it."
    )
    also_named: list[str] | None = strawberry.field(
        default=None,
        description="Other spellings under which texts name them, and nobody else; 20 at most.",
    )
    version: int | None = None


@strawberry.type
class PersonalDataExportPayload(Payload):
    job: Job | None = written()


@strawberry.type
class PersonErasePayload(Payload):
    job: Job | None = written()


@extend(requires="people.export_personal_data")
class PersonalDataMutations(Mutation):
    @mutation
    async def personal_data_export(
        info: Info, session: TenantSession, input: PersonalDataExportInput
    ) -> PersonalDataExportPayload:
        """Write all that is held on a person, by every module, to one archive, by a job.

        The job's `fileUrl` opens a ZIP with a page to read, JSON to reuse, and the files. That it
        was asked for is in the audit log. Refuses: `NOT_FOUND`, `INVALID_ID`, `PERSON_ERASED`,
        `TOO_MANY_JOBS`.
        """
        key = key_in(input.person_id, "person", field="personId")
        return PersonalDataExportPayload.of(await disclosing.begin(session, key))


@extend(requires="people.erase")
class ErasureMutations(Mutation):
    @mutation
    async def person_erase(
        info: Info, session: TenantSession, input: PersonEraseInput
    ) -> PersonErasePayload:
        """Let nothing be known of a person any more, by a job; it can't be undone.

        A certificate stays: `erasures`. Accounting documents are kept. Refuses: `NOT_FOUND`,
        `INVALID_ID`, `STALE_VERSION`, `CONFIRMATION_MISMATCH`, `PERSON_ERASED`,
        `SPELLING_TOO_SHORT`, `TOO_MANY_SPELLINGS`, `TOO_LONG`, `TOO_MANY_JOBS`.
        """
        key = key_in(input.id, "person", field="id")
        return PersonErasePayload.of(
            await erasing.begin(session, key, input.confirm_name, input.version, input.also_named)
        )
