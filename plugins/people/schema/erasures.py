"""Erasures in the API: what one would do, and the certificates of those that were done."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import strawberry
from sqlalchemy import Text, cast, func, select

from core.files.links import Purpose
from core.files.schema import address
from core.kit.connections import Connection
from core.kit.context import Info
from core.kit.extend import extend
from core.kit.fields import Node, by_id, computed, everything, value
from core.kit.filters import DateTimeFilter, Filter, matching
from core.kit.ids import global_id, key_in
from core.kit.personal import Treatment
from core.mail.schema.templates import modules_of
from core.roots import Query
from core.tenancy.models import User as UserRow
from plugins.people.models import Erasure as ErasureRow
from plugins.people.models import Person as PersonRow
from plugins.people.rules.erasures import REMARKS
from plugins.people.schema.persons import Person
from plugins.people.services import erasing

strawberry.enum(
    Treatment,
    name="ErasureTreatment",
    description="What becomes of rows that are about an erased person.",
)


@strawberry.type(description="What is held of a person in one table, and what becomes of it.")
class ErasureSection:
    table: str
    title: str = strawberry.field(description="What it is, in the language that was asked for.")
    treatment: Treatment
    why: str = strawberry.field(description="Why, in words.")
    row_count: int
    columns: list[str] = strawberry.field(
        description="Of texts that merely name the person: the columns they stand in."
    )


@strawberry.type(description="What an erasure did not look for, or leaves to others.")
class ErasureRemark:
    code: str
    message: str


@strawberry.type(description="What an erasure would do. Nothing is written.")
class ErasurePreview:
    full_name: str = strawberry.field(description="What `confirmName` must be.")
    pseudonym: str = strawberry.field(description="What they will be called.")
    sections: list[ErasureSection]
    remarks: list[ErasureRemark]


def _remarks(codes: list[str], language: str) -> list[ErasureRemark]:
    return [ErasureRemark(code=code, message=REMARKS[code].of(language)) for code in codes]


def _report(root: Erasure) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(root.value_of(ErasureRow.report))
    return found


def _sections(root: Erasure, language: str = "fr") -> list[ErasureSection]:
    other = "en" if language == "en" else "fr"
    return [
        ErasureSection(
            table=each["table"],
            title=each["title"][other],
            treatment=Treatment(each["treatment"]),
            why=each["why"][other],
            row_count=each["rows"],
            columns=each["columns"],
        )
        for each in _report(root)["sections"]
    ]


def _said(root: Erasure, language: str = "fr") -> list[ErasureRemark]:
    return _remarks(_report(root)["remarks"], language)


def _file_url(root: Erasure, info: Info) -> str:
    return address(info, Purpose.DOWNLOAD, root.value_of(ErasureRow.file_id))


def _person_id(key: UUID) -> str:
    return global_id("person", key)


@strawberry.type(
    description="The certificate that a person was erased. It has no word of whom, and never "
    "changes."
)
class Erasure(Node, table=ErasureRow, requires="people.erase"):
    person_id: strawberry.ID = computed(
        _person_id, needs=[ErasureRow.person_id], description="Opens what is left, if it is there."
    )
    erased_at: datetime
    erased_by: str | None = value(
        select(UserRow.name).where(UserRow.id == ErasureRow.erased_by),
        "The name of the user; null if it was a partner's program.",
    )
    sections: list[ErasureSection] = strawberry.field(
        resolver=_sections, description="What became of what was held; `fr` or `en`."
    )
    remarks: list[ErasureRemark] = strawberry.field(resolver=_said)
    file_url: str = strawberry.field(
        resolver=_file_url,
        description="Where to fetch it as a page, from the gateway's own address; good for 15 "
        "minutes, for whoever has it.",
    )


@strawberry.input(description="Which erasures. All that is given must hold.")
class ErasureFilter(Filter):
    erased_at: DateTimeFilter | None = matching(ErasureRow.erased_at)


async def _preview(
    info: Info,
    person_id: strawberry.ID,
    also_named: list[str] | None = None,
    language: str = "fr",
) -> ErasurePreview:
    key = key_in(person_id, "person", field="personId")
    async with info.context.session() as session:
        known, sections = await erasing.preview(session, modules_of(info), key, also_named)
    return ErasurePreview(
        full_name=known.full_name,
        pseudonym=known.subject.pseudonym,
        sections=[
            ErasureSection(
                table=each.table,
                title=each.title.of(language),
                treatment=each.treatment,
                why=each.why.of(language),
                row_count=each.rows,
                columns=list(each.columns),
            )
            for each in sections
        ],
        remarks=_remarks(list(known.remarks), language),
    )


@extend(requires="people.erase")
class PersonErasure(Person):
    erasure_id: strawberry.ID | None = value(
        select(func.concat("erasure_", func.replace(cast(ErasureRow.id, Text), "-", ""))).where(
            ErasureRow.person_id == PersonRow.id
        ),
        "The certificate, if they were erased.",
    )


@extend(requires="people.erase")
class ErasureQueries(Query):
    erasure: Erasure = by_id(ErasureRow, "A certificate. Unknown ids are an error: `NOT_FOUND`.")
    erasures: Connection[Erasure] = everything(
        ErasureRow,
        order_by=[ErasureRow.erased_at.desc()],
        filters=ErasureFilter,
        description="The certificates of persons who were erased, the last first.",
    )
    person_erasure_preview: ErasurePreview = strawberry.field(
        resolver=_preview,
        description="What `personErase` would erase, pseudonymise and keep, and why; in `fr` or "
        "`en`. Also of a person who was deleted: the audit log still has them. Errors: "
        "`NOT_FOUND`, `INVALID_ID`, `PERSON_ERASED`, `SPELLING_TOO_SHORT`, `TOO_MANY_SPELLINGS`.",
    )
