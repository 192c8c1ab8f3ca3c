"""Rows of persons: known by their UID, attached by the reference of their contact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, func, literal, select

from core.contacts.models import Contact
from core.custom_fields.rules import FieldType
from core.custom_fields.scopes import Scope, fields_of
from core.exporting.rules import CUSTOM
from core.importing.contacts import values as custom_values
from core.importing.contacts.customs import Customs
from core.importing.contacts.fields import columns_of
from core.importing.rules import cells
from core.importing.services.holders import in_use
from core.importing.services.since import changed_by_others
from core.kit.errors import Refused
from core.kit.ids import key_in
from core.kit.importing import ImportRow, Remark, Settled
from core.kit.session import TenantSession
from core.kit.sheets import Column
from plugins.people.custom import PERSONS
from plugins.people.sheets import fields, primacy, writing
from plugins.people.sheets.writing import Write


class Persons:
    name = "person"
    requires = "people.write"
    identity: str | None = "uid"
    accounts: frozenset[str] = frozenset()

    async def columns(self, session: TenantSession) -> list[Column]:
        found = await fields_of(session, Scope(PERSONS, session.tenant_id))
        return columns_of(
            {
                each.key: [name for name in (each.label, each.label_fr, each.label_en) if name]
                for each in found
                if each.archived_at is None and each.type != FieldType.STATEMENT
            }
        )

    def read(
        self, cells: dict[str, str | None], country: str, *, is_new: bool = False
    ) -> dict[str, Any]:
        return fields.read(cells, country, "")

    async def look(
        self, session: TenantSession, rows: Sequence[ImportRow], *, lock: bool = False
    ) -> None:
        contacts = await _contacts(session, rows)
        keys = {row.id: key for row in rows if (key := _uid(row)) is not None}
        found = await writing.persons(session, "id", list(keys.values()), lock=False)
        if lock:
            held = {key for several in contacts.values() for key in several}
            held |= {one["contact_id"] for one in found if one["contact_id"] is not None}
            await writing.hold(session, held)
            found = await writing.persons(session, "id", list(keys.values()), lock=True)
        there = {one["id"]: one for one in found}
        called = await _called(session, rows, found)
        for row in rows:
            _look(row, keys.get(row.id), there, contacts, called)
        looked = [row for row in rows if "person" in row.values]
        if any(key.startswith(CUSTOM) for row in looked for key in row.cells):
            customs = await Customs.of(session, PERSONS, looked, lock=lock)
            for row in looked:
                customs.look(row, session.tenant_id)
            await customs.check_links(session, looked)

    async def settle(self, session: TenantSession, batch_id: UUID) -> Settled:
        return await primacy.settle(session, batch_id)

    async def write(self, session: TenantSession, rows: Sequence[ImportRow]) -> None:
        writes: list[Write] = [row.values["person"] for row in rows]
        left = await primacy.choose(session, writes)
        await writing.write(session, writes)
        await custom_values.write(session, PERSONS, rows)
        for one in writes:
            if one.replaces is not None:
                one.row.before["person"]["replaced"] = str(one.replaces)
        for write in await primacy.promote(session, set(left)):
            # Undoing takes back also what followed from what the row says.
            moved = left[write.whole["contact_id"]]
            moved.row.before["person"]["promoted"] = [str(write.key), write.row.versions["person"]]
            for one in writes:
                if one.key == write.key:
                    one.row.versions["person"] = write.row.versions["person"]

    async def in_the_way(
        self, session: TenantSession, rows: Sequence[ImportRow], accounted: frozenset[str]
    ) -> dict[UUID, Remark]:
        keys = [row.target_id for row in rows]
        first = await writing.persons(session, "id", keys, lock=False)
        held = {one["contact_id"] for one in first} | {_contact_before(row) for row in rows}
        await writing.hold(session, {key for key in held if key is not None})
        there = {o["id"]: o for o in await writing.persons(session, "id", keys, lock=True)}
        new = [row.target_id for row in rows if row.is_new]
        used = await in_use(session, writing.PERSON, new, new, accounted)
        changed = await changed_by_others(
            session,
            writing.PERSON,
            {row.target_id: row.versions["person"] for row in rows},
            {key: one["version"] for key, one in there.items()},
        )
        found = {}
        for row in rows:
            if used_by := used.get(row.target_id):
                found[row.id] = Remark("IN_USE", f"The person is in use by now: {used_by}.")
            if row.target_id in changed:
                found[row.id] = Remark("CHANGED_SINCE", "Somebody has changed the person since.")
        return found

    async def undo(self, session: TenantSession, rows: Sequence[ImportRow]) -> None:
        before = await writing.persons(session, "id", [r.target_id for r in rows], lock=True)
        await custom_values.restore(session, PERSONS, rows)
        await self._make_room(session, rows)
        await writing.undo(session, rows)
        contacts = {one["contact_id"] for one in before if one["contact_id"] is not None}
        contacts |= {key for row in rows if (key := _contact_before(row))}
        replaced = {UUID(key) for row in rows if (key := row.before["person"].get("replaced"))}
        await primacy.promote(session, contacts, replaced)

    async def _make_room(self, session: TenantSession, rows: Sequence[ImportRow]) -> None:
        """Let those who were primary be so again, unless somebody has chosen another since."""
        back = {
            contact: row
            for row in rows
            if (contact := _contact_before(row)) is not None
            and row.before["person"]["values"].get("is_primary")
        }
        gone = {row.target_id for row in rows if row.is_new}
        promoted = {
            UUID(key): version
            for row in back.values()
            for key, version in [row.before["person"].get("promoted", (None, 0))]
            if key is not None
        }
        there = await writing.persons(session, "contact_id", [*back], lock=True, primary=True)
        chosen = await changed_by_others(
            session, writing.PERSON, promoted, {one["id"]: one["version"] for one in there}
        )
        for one in there:
            kept = back[one["contact_id"]].before["person"]
            if one["id"] in gone:
                continue
            if kept.get("promoted", [None])[0] == str(one["id"]) and one["id"] not in chosen:
                demoted = ImportRow(one["id"], 0, {}, one["id"])
                await writing.write(
                    session, [Write(demoted, one["id"], one, {"is_primary": False})]
                )
            elif str(one["id"]) != kept["id"]:
                kept["values"]["is_primary"] = False


async def _contacts(session: TenantSession, rows: Sequence[ImportRow]) -> dict[str, list[UUID]]:
    wanted = sorted(
        {text for row in rows if (text := row.cells.get("contactReference")) is not None}
    )
    found: dict[str, list[UUID]] = {}
    statement = select(Contact.reference, Contact.id).where(
        Contact.reference == func.any(literal(wanted, ARRAY(Text)))
    )
    for reference, key in await session.execute(statement):
        found.setdefault(str(reference), []).append(key)
    return found


async def _called(
    session: TenantSession, rows: Sequence[ImportRow], found: Sequence[dict[str, Any]]
) -> dict[UUID, str]:
    """What people know the contacts by where persons are: the reference, or else the name."""
    if not any("contactReference" in row.cells for row in rows):
        return {}
    keys = sorted({one["contact_id"] for one in found} - {None})
    statement = select(Contact.id, func.coalesce(Contact.reference, Contact.name)).where(
        Contact.id == func.any(literal(keys, ARRAY(Uuid)))
    )
    return dict((await session.execute(statement)).all())


def _uid(row: ImportRow) -> UUID | None:
    """The person that the row's UID names; none may not be cleared."""
    if "uid" not in row.cells:
        return None
    given = row.cells["uid"]
    try:
        cells.check_error(given or "", "uid")
        row.reference = given
        return key_in(given or "", "person", field="uid")
    except Refused as refused:
        row.refused_by(refused, "uid")
        return None


def _look(
    row: ImportRow,
    key: UUID | None,
    there: dict[UUID, dict[str, Any]],
    contacts: dict[str, list[UUID]],
    called: dict[UUID, str],
) -> None:
    if row.problems:
        return
    current = None if key is None else there.get(key)
    if key is not None and current is None:
        # Another tenant's is just as absent.
        row.refuse("UNKNOWN_UID", f"There is no person '{row.cells['uid']}'.", "uid")
        return
    if current is not None:
        row.is_new, row.target_id = False, current["id"]
    given = {k: v for k, v in row.cells.items() if k in fields.COLUMN}
    values = fields.look(row, given, current or writing.NEW, "")
    _attach(row, current, contacts, called, values)
    primacy.claim(row, current, values)
    one = Write(row, row.target_id, current, values)
    try:
        _ = one.whole
    except Refused as refused:
        if not row.problems:
            row.refused_by(refused)
        return
    row.values["person"] = one


def _attach(
    row: ImportRow,
    current: dict[str, Any] | None,
    contacts: dict[str, list[UUID]],
    called: dict[UUID, str],
    values: dict[str, Any],
) -> None:
    before: Any = (current or {}).get("contact_id")
    if "contactReference" not in row.cells:
        if current is None:
            values["contact_id"] = None
            row.notes.append(
                Remark("UNATTACHED", "The row names no contact: the person is kept without.",
                       "contactReference")
            )  # fmt: skip
        return
    given = row.cells["contactReference"]
    if given is None:
        if before is not None or current is None:
            values["contact_id"] = None
            row.changes["contactReference"] = [called.get(before), None]
        return
    found = contacts.get(given, [])
    if len(found) != 1:
        code, many = ("AMBIGUOUS_REFERENCE", f"{len(found)} contacts have") if found else (
            "UNKNOWN_CONTACT", "No contact has")  # fmt: skip
        row.refuse(code, f"{many} the reference '{given[:40]}'.", "contactReference")
    elif found[0] != before:
        values["contact_id"] = found[0]
        row.changes["contactReference"] = [called.get(before), given]


def _contact_before(row: ImportRow) -> UUID | None:
    # Of a person who was erased, nothing is kept.
    kept = row.before.get("person", {}).get("values", {}).get("contact_id")
    return None if kept is None else UUID(kept)
