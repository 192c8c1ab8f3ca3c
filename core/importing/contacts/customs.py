"""The custom fields in rows of a file: those of contacts, or of what a module adds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, Uuid, func, literal, select

from core.contacts.models import Contact
from core.custom_fields.models import CustomField, CustomOption
from core.custom_fields.parsing import given_of, text_of
from core.custom_fields.rules import KINDS, FieldType
from core.custom_fields.typed import Rows, rows_of
from core.exporting.rules import CUSTOM
from core.files.models import File
from core.importing.rules import cells
from core.importing.rules.cells import same_text
from core.kit.custom import CustomFieldTarget
from core.kit.errors import Refused
from core.kit.ids import global_id
from core.kit.importing import ImportRow, Remark
from core.kit.session import TenantSession
from core.tenancy.models import Tenant, User

#: What values may point to: the columns, the models, and how the ids of those begin.
_LINKS: dict[str, tuple[Any, str]] = {
    "file_id": (File, "file"),
    "user_id": (User, "user"),
    "referred_id": (Contact, "contact"),
}


class Customs:
    """The fields of one target, and what the subjects of some rows have in them."""

    def __init__(self, target: CustomFieldTarget, country: str, zone: ZoneInfo) -> None:
        self.target, self.country, self.zone = target, country, zone
        self.fields: dict[Any, dict[str, CustomField]] = defaultdict(dict)
        self.options: dict[UUID, list[CustomOption]] = defaultdict(list)
        self.labels: dict[UUID, str] = {}
        self.stored: dict[tuple[UUID, UUID], Rows] = {}

    @classmethod
    async def of(
        cls,
        session: TenantSession,
        target: CustomFieldTarget,
        rows: Sequence[ImportRow],
        *,
        lock: bool = False,
    ) -> Customs:
        country, zone = (
            await session.execute(
                select(Tenant.country, Tenant.time_zone).where(Tenant.id == session.tenant_id)
            )
        ).one()
        made = cls(target, country, ZoneInfo(zone))
        fields = select(CustomField).where(
            CustomField.target == target.kind, CustomField.archived_at.is_(None)
        )
        if lock:  # their types must not change between reading them and writing values
            fields = fields.with_for_update(read=True, key_share=True)
        for field in await session.scalars(
            fields.order_by(CustomField.id).execution_options(populate_existing=lock)
        ):
            made.fields[field.scope_id][field.key] = field
        await made._read_options(session)
        await made._read_values(session, [row.target_id for row in rows if not row.is_new])
        return made

    async def _read_options(self, session: TenantSession) -> None:
        statement = select(CustomOption).order_by(CustomOption.position, CustomOption.id)
        for option in await session.scalars(statement):
            self.labels[option.id] = option.label
            self.options[option.field_id].append(option)

    async def _read_values(self, session: TenantSession, keys: list[UUID]) -> None:
        table = self.target.values.__table__
        known = {field.id: field for fields in self.fields.values() for field in fields.values()}
        found = await session.execute(
            select(*table.c)
            .where(
                table.c.tenant_id == session.tenant_id,
                table.c[self.target.key] == func.any(literal(keys, ARRAY(Uuid))),
            )
            .order_by(table.c.place)
        )
        for value in found.mappings():
            field = known.get(value["field_id"])
            if field is not None:
                columns = KINDS[FieldType(field.type)].columns
                row = {c: value[c] for c in columns if value[c] is not None}
                at = (value[self.target.key], field.id)
                self.stored[at] = (*self.stored.get(at, ()), row)

    def look(self, row: ImportRow, scope: Any) -> None:
        """Say what of the row's custom cells differs from what is there."""
        given = {k.removeprefix(CUSTOM): v for k, v in row.cells.items() if k.startswith(CUSTOM)}
        if not given:
            return
        fields = self.fields.get(scope, {})
        wanted: dict[str, Rows] = {}
        for key, text in given.items():
            try:
                wanted[key] = self._rows(row, self._field(fields, key), key, text)
            except Refused as refused:
                row.refused_by(refused, CUSTOM + key)
        self._ask(row, fields, wanted)
        row.values["custom"] = []
        for key, after in wanted.items():
            before = self._stored(row, fields[key])
            if not self._same(before, after):
                row.values["custom"].append((fields[key], before, after))
                row.changes[CUSTOM + key] = [self._shown(before), self._shown(after)]

    def _ask(self, row: ImportRow, fields: dict[str, CustomField], wanted: dict[str, Rows]) -> None:
        """A row that touches custom fields leaves none that must have a value without."""
        wrong = {problem.field for problem in row.problems}
        for key, field in fields.items():
            if not field.mandatory or field.audience == "DEVICE" or CUSTOM + key in wrong:
                continue
            if not wanted.get(key, self._stored(row, field)):
                message = f"'{key}' ({field.label}) must have a value."
                row.refuse("MANDATORY_MISSING", message, CUSTOM + key)

    def _field(self, fields: dict[str, CustomField], key: str) -> CustomField:
        if key not in fields:
            message = f"The {self.target.title} has no field with the key '{key[:60]}'."
            raise Refused("UNKNOWN_KEY", message)
        return fields[key]

    def _rows(self, row: ImportRow, field: CustomField, key: str, text: str | None) -> Rows:
        if text is None:
            return ()
        cells.check_error(text, key)
        chosen = {one.get("option_id") for one in self._stored(row, field)}
        options = [
            option
            for option in self.options[field.id]
            if option.archived_at is None or option.id in chosen
        ]
        given = given_of(field, key, self._plain(field, key, text), self.zone)
        return rows_of(field, given, options, self.country)

    def _plain(self, field: CustomField, key: str, text: str) -> str:
        """A cell as values are written: what spreadsheets write besides."""
        match FieldType(field.type):
            case FieldType.DATE:
                return cells.day(text, key, month_first=self.country == "US").isoformat()
            case FieldType.DATETIME:
                return cells.instant(text, month_first=self.country == "US")
            case FieldType.BOOLEAN:
                return "true" if cells.boolean(text, key) else "false"
            case FieldType.INTEGER | FieldType.DECIMAL | FieldType.MONEY:
                plain = text
                if field.currency:
                    plain = text.removesuffix(field.currency).removeprefix(field.currency)
                return format(cells.decimal(plain, key), "f")
            case FieldType.PHONE:
                return cells.phone(text, self.country, key)[0]
        return text

    def _stored(self, row: ImportRow, field: CustomField) -> Rows:
        return self.stored.get((row.target_id, field.id), ())

    def _same(self, before: Rows, after: Rows) -> bool:
        return len(before) == len(after) and all(
            self._same_row(*both) for both in zip(before, after, strict=True)
        )

    def _same_row(self, before: dict[str, Any], after: dict[str, Any]) -> bool:
        if after.get("e164_value") is not None:
            return bool(before.get("e164_value") == after["e164_value"])
        if "text_value" in after:
            return same_text(before.get("text_value"), after["text_value"])
        if "instant_value" in after and "instant_value" in before:
            was, is_ = self._clock(before), self._clock(after)
            # Of a text file, Excel shows and keeps the minutes only.
            return is_ == (was if is_.second else was.replace(second=0))
        return before == after

    def _clock(self, row: dict[str, Any]) -> datetime:
        """What the tenant's clocks show: a cell of a spreadsheet knows no more of an instant."""
        instant: datetime = row["instant_value"]
        return instant.astimezone(self.zone).replace(microsecond=0, tzinfo=None, fold=0)

    def _shown(self, rows: Rows) -> str | None:
        return ", ".join(filter(None, map(self._text, rows))) or None

    def _text(self, row: dict[str, Any]) -> str:
        for column, (_, prefix) in _LINKS.items():
            if column in row:
                return global_id(prefix, row[column])
        return text_of(row, self.labels)

    async def check_links(self, session: TenantSession, rows: Sequence[ImportRow]) -> None:
        """Refuse values that name files, users or contacts that there aren't."""
        for column, (model, prefix) in _LINKS.items():
            named = [
                (row, field, after[0][column])
                for row in rows
                for field, _, after in row.values.get("custom", ())
                if after and column in after[0]
            ]
            if not named:
                continue
            keys = {key for _, _, key in named}
            there = set(await session.scalars(select(model.id).where(model.id.in_(keys))))
            for row, field, key in named:
                if key not in there:
                    message = f"There is no {prefix} '{global_id(prefix, key)}'."
                    row.problems.append(Remark("NOT_FOUND", message, CUSTOM + field.key))
