"""Notes: written with a reference of their own, found again, done with."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from core.kit.ids import global_id, key_in
from plugins.crm.models import Note
from plugins.crm.services import notes
from tests.cast import Tenant

LIST = """query($id: ID!, $where: NoteFilter, $orderBy: [NoteOrderBy!]) { contact(id: $id) {
  notes(where: $where, orderBy: $orderBy) { totalCount nodes { subject } } } }"""
RECENT = """query($id: ID!, $first: Int = 10, $days: Int = 31) { contact(id: $id) { overview {
  recentNotes(first: $first, days: $days) { hasMore nodes { id subject } } } } }"""


@pytest.fixture
async def call(tenant: Tenant) -> str:
    payload = await tenant.do("noteTypeCreate", "noteType { id }", name="Appel")
    return str(payload["noteType"]["id"])


async def write(
    tenant: Tenant, contact: str, type_: str, subject: str = "Call", **more: Any
) -> Any:
    returns = "note { id reference subject text status dueDate ownerName version type { name } }"
    payload = await tenant.do(
        "noteCreate", returns, contactId=contact, typeId=type_, subject=subject, **more
    )
    return payload["note"]


async def count(tenant: Tenant) -> int:
    async with tenant.session() as session:
        return int(await session.scalar(select(func.count()).select_from(Note)) or 0)


async def test_r027_a_note_has_a_type_a_text_a_due_date_an_owner_and_a_reference(
    tenant: Tenant, call: str
) -> None:
    contact = await tenant.contact()

    note = await write(tenant, contact, call, " Call ", text="Two\nlines", dueDate="2026-02-28")

    assert note.pop("id").startswith("note_")
    assert note == {
        "reference": "N-000001",
        "subject": "Call",
        "text": "Two\nlines",
        "status": "OPEN",
        "dueDate": "2026-02-28",
        "ownerName": "Camille",
        "version": 1,
        "type": {"name": "Appel"},
    }


async def test_r027_references_count_up_for_each_tenant_also_when_notes_come_at_once(
    tenant: Tenant, other_tenant: Tenant, call: str
) -> None:
    contact = await tenant.contact()
    theirs = (await other_tenant.do("noteTypeCreate", "noteType { id }", name="Call"))["noteType"]

    made = await asyncio.gather(*(write(tenant, contact, call) for _ in range(8)))
    other = await write(other_tenant, await other_tenant.contact(), theirs["id"])

    assert sorted(n["reference"] for n in made) == [f"N-00000{i}" for i in range(1, 9)]
    assert other["reference"] == "N-000001"


async def test_r027_a_note_that_is_not_written_after_all_takes_no_others_reference(
    tenant: Tenant, call: str
) -> None:
    contact = await tenant.contact()
    unknown = global_id("user", tenant.id)

    refused = await tenant.refused(
        "noteCreate", contactId=contact, typeId=call, subject="x", ownerId=unknown
    )
    note = await write(tenant, contact, call)

    assert refused == [("NOT_FOUND", "ownerId")]
    assert note["reference"] == "N-000001"


async def test_r027_a_note_is_completed_or_cancelled_once_and_may_be_reopened(
    tenant: Tenant, call: str
) -> None:
    note = (await write(tenant, await tenant.contact(), call))["id"]

    async def status(mutation: str) -> str:
        payload = await tenant.do(mutation, "note { status }", id=note)
        return str(payload["note"]["status"])

    assert await tenant.refused("noteReopen", id=note) == [("ILLEGAL_TRANSITION", "id")]
    assert await status("noteComplete") == "COMPLETED"
    assert await tenant.refused("noteCancel", id=note) == [("ILLEGAL_TRANSITION", "id")]
    assert await tenant.refused("noteComplete", id=note) == [("ILLEGAL_TRANSITION", "id")]
    assert await status("noteReopen") == "OPEN"
    assert await status("noteCancel") == "CANCELLED"


async def test_r027_a_note_is_changed_by_those_who_have_seen_it(tenant: Tenant, call: str) -> None:
    note = await write(tenant, await tenant.contact(), call, dueDate="2026-02-28")

    payload = await tenant.do(
        "noteUpdate", "note { subject text dueDate ownerName reference version }",
        id=note["id"], version=1, subject="Visit", dueDate=None, ownerId=None,
    )  # fmt: skip
    stale = await tenant.refused("noteUpdate", id=note["id"], version=1, subject="Late")

    assert payload["note"] == {
        "subject": "Visit",
        "text": None,
        "dueDate": None,
        "ownerName": None,
        "reference": "N-000001",
        "version": 2,
    }
    assert stale == [("STALE_VERSION", "version")]


async def test_r027_a_note_needs_a_subject_and_a_type_of_the_tenant(
    tenant: Tenant, other_tenant: Tenant, call: str
) -> None:
    contact = await tenant.contact()
    theirs = await other_tenant.contact()

    async def refused(**given: Any) -> list[tuple[str, str | None]]:
        ask = {"contactId": contact, "typeId": call, "subject": "x"} | given
        return await tenant.refused("noteCreate", **ask)

    assert await refused(subject=" ") == [("TEXT_REQUIRED", "subject")]
    assert await refused(subject="x" * 201) == [("TOO_LONG", "subject")]
    assert await refused(text="x" * 10_001) == [("TOO_LONG", "text")]
    assert await refused(typeId=contact) == [("INVALID_ID", "typeId")]
    assert await refused(contactId=theirs) == [("NOT_FOUND", "contactId")]
    assert await count(tenant) == 0


async def test_r027_notes_are_filtered_by_status_type_and_due_date_and_ordered(
    tenant: Tenant, call: str
) -> None:
    contact = await tenant.contact()
    visit = (await tenant.do("noteTypeCreate", "noteType { id }", name="Visite"))["noteType"]["id"]
    await write(tenant, contact, call, "late", dueDate="2026-03-01")
    await write(tenant, contact, visit, "early", dueDate="2026-01-01")
    done = await write(tenant, contact, call, "done")
    await tenant.do("noteComplete", id=done["id"])

    async def found(where: Any = None, order: Any = None) -> list[str]:
        data = await tenant.ask(LIST, id=contact, where=where, orderBy=order)
        nodes = data["contact"]["notes"]["nodes"]
        assert data["contact"]["notes"]["totalCount"] == len(nodes)
        return [node["subject"] for node in nodes]

    assert await found() == ["done", "early", "late"]
    assert await found(order=["DUE_DATE_ASC"]) == ["early", "late", "done"]
    assert await found({"status": {"in": ["COMPLETED", "CANCELLED"]}}) == ["done"]
    assert await found({"type": {"eq": visit}}) == ["early"]
    assert await found({"dueDate": {"gte": "2026-01-02"}}) == ["late"]
    assert await found({"updatedAt": {"lte": "2020-01-01T00:00:00Z"}}) == []


async def test_r035_recent_notes_are_ten_at_most_and_31_days_old_at_most(
    tenant: Tenant, call: str
) -> None:
    contact = await tenant.contact()
    now = datetime.now(UTC)
    # All of one second: the order among them is that of their keys, the same each time.
    for days, number in ((40, 1), (2, 11)):
        when = now - timedelta(days=days)
        async with tenant.house.sessions.begin(tenant.actor, tenant.listeners, when) as session:
            for place in range(number):
                await notes.create(
                    session,
                    key_in(contact, "contact"),
                    key_in(call, "note_type"),
                    f"{days} days ago: {place}",
                )

    async def recent(**given: Any) -> tuple[bool, list[str]]:
        data = await tenant.ask(RECENT, id=contact, **given)
        found = data["contact"]["overview"]["recentNotes"]
        return found["hasMore"], [node["id"] for node in found["nodes"]]

    more, first = await recent()
    assert (more, len(first)) == (True, 10)
    assert first == sorted(first, reverse=True)
    assert await recent() == (True, first)
    more, all_of_them = await recent(first=20)
    assert (more, all_of_them[:10], len(all_of_them)) == (False, first, 11)
    assert len((await recent(first=20, days=60))[1]) == 12
    assert await recent(days=1) == (False, [])


async def test_r024_a_note_for_a_flagged_contact_comes_back_with_its_flags(
    tenant: Tenant, call: str
) -> None:
    head = await tenant.contact("Head office")
    site = await tenant.contact("Site", parent=head)
    await tenant.do("contactFlagSet", contactId=head, text="Call the guard")
    await tenant.do("contactFlagSet", contactId=site, text="Beware of the dog")
    ask = """mutation($i: NoteCreateInput!) { noteCreate(input: $i) {
      note { reference } warnings { code field message } } }"""
    given = {"contactId": site, "typeId": call, "subject": "x"}

    payload = (await tenant.ask(ask, i=given))["noteCreate"]
    unseen = (await tenant.without("crm.flags").ask(ask, i=given))["noteCreate"]

    flagged = {"code": "FLAGGED", "field": "contactId"}
    assert payload["warnings"] == [
        flagged | {"message": "Beware of the dog"},
        flagged | {"message": "Call the guard"},
    ]
    assert unseen == {"note": {"reference": "N-000002"}, "warnings": []}


async def test_r027_note_types_are_the_tenants_own_list(tenant: Tenant, call: str) -> None:
    assert await tenant.refused("noteTypeCreate", name="APPEL") == [("NAME_TAKEN", "name")]
    assert await tenant.refused("noteTypeCreate", name=" ") == [("NAME_EMPTY", "name")]

    await tenant.do("noteTypeRename", id=call, name="Téléphone")

    types = (await tenant.ask("{ noteTypes { nodes { name version } } }"))["noteTypes"]["nodes"]
    assert types == [{"name": "Téléphone", "version": 2}]


async def test_another_tenants_notes_are_not_there(
    tenant: Tenant, other_tenant: Tenant, call: str
) -> None:
    note = (await write(tenant, await tenant.contact(), call))["id"]

    for mutation in ("noteComplete", "noteCancel", "noteReopen", "noteUpdate"):
        assert await other_tenant.refused(mutation, id=note) == [("NOT_FOUND", "id")]
    assert await other_tenant.refused("noteTypeRename", id=call, name="x") == [("NOT_FOUND", "id")]
    answer = await other_tenant.answer("query($id: ID!) { note(id: $id) { subject } }", id=note)
    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    assert (await other_tenant.ask("{ notes { totalCount } }"))["notes"]["totalCount"] == 0


async def test_without_the_permission_no_note_is_read_or_written(tenant: Tenant, call: str) -> None:
    contact = await tenant.contact()
    await write(tenant, contact, call)

    read = await tenant.without("crm.read").answer(LIST, id=contact)
    written = await tenant.without("crm.write").answer(
        "mutation($i: NoteCreateInput!) { noteCreate(input: $i) { note { id } } }",
        i={"contactId": contact, "typeId": call, "subject": "x"},
    )

    assert read["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert written["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await count(tenant) == 1


async def test_r010_notes_of_a_page_cost_the_same_for_one_contact_and_for_many(
    tenant: Tenant, call: str
) -> None:
    page = """{ contacts { nodes { notes(first: 3) {
      totalCount nodes { reference ownerName type { name } } } } } }"""
    await write(tenant, await tenant.contact(), call)
    await tenant.ask(page)
    one = tenant.statements

    for number in range(6):
        contact = await tenant.contact(f"Site {number}")
        for _ in range(number):
            await write(tenant, contact, call)
    found = (await tenant.ask(page))["contacts"]["nodes"]

    assert tenant.statements == one
    assert sorted(c["notes"]["totalCount"] for c in found) == [0, 1, 1, 2, 3, 4, 5]
