"""Contacts are archived and brought back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.contacts.events import ContactArchiving
from core.contacts.services import archive_contact
from core.kit.errors import Refused
from core.kit.events import Event, Listeners, on
from core.kit.ids import key_in
from core.kit.session import TenantSession
from tests.cast import Tenant

STATE = """query($id: ID!) { contact(id: $id) {
  archivedAt archiveReason version children { nodes { name archivedAt } } } }"""


async def test_r004_children_of_an_archived_contact_stay_visible(tenant: Tenant) -> None:
    parent = await tenant.contact("Parent")
    await tenant.contact("Child", parent=parent)

    await tenant.do("contactArchive", id=parent, reason="Bankrupt")

    found = (await tenant.ask(STATE, id=parent))["contact"]
    assert found["archivedAt"] is not None
    assert (found["archiveReason"], found["version"]) == ("Bankrupt", 2)
    assert found["children"]["nodes"] == [{"name": "Child", "archivedAt": None}]


async def test_an_archived_contact_comes_back_as_it_was(tenant: Tenant) -> None:
    made = await tenant.contact()
    await tenant.do("contactArchive", id=made, reason="By mistake")

    await tenant.do("contactUnarchive", id=made, version=2)

    found = (await tenant.ask(STATE, id=made))["contact"]
    assert (found["archivedAt"], found["archiveReason"], found["version"]) == (None, None, 3)


async def test_archiving_twice_or_with_a_stale_version_is_refused(tenant: Tenant) -> None:
    made = await tenant.contact()

    assert await tenant.refused("contactUnarchive", id=made) == [("NOT_ARCHIVED", "id")]
    assert await tenant.refused("contactArchive", id=made, version=7) == [
        ("STALE_VERSION", "version")
    ]
    await tenant.do("contactArchive", id=made)
    assert await tenant.refused("contactArchive", id=made) == [("ALREADY_ARCHIVED", "id")]


async def test_r004_force_needs_a_reason(tenant: Tenant) -> None:
    made = await tenant.contact()

    assert await tenant.refused("contactArchive", id=made, force=True, reason=" ") == [
        ("REASON_MISSING", "reason")
    ]
    assert (await tenant.ask(STATE, id=made))["contact"]["archivedAt"] is None


async def object_to(session: TenantSession, event: Event) -> None:
    assert isinstance(event, ContactArchiving)
    if not event.force:
        raise Refused("OPEN_MISSIONS", "2 missions are open.", "force")


async def test_r004_a_module_that_has_something_open_stops_it_unless_forced(
    tenant: Tenant,
) -> None:
    made = key_in(await tenant.contact(), "contact")
    listening = Listeners([on("core.contact_archiving", object_to)])
    begin = tenant.house.sessions.begin

    with pytest.raises(Refused) as stopped:
        async with begin(tenant.actor, listening) as session:
            await archive_contact(session, made)
    async with begin(replace(tenant.actor), listening) as session:
        contact = await archive_contact(session, made, force=True, reason="Bankrupt")

    assert stopped.value.reason == "OPEN_MISSIONS"
    assert contact.archive_reason == "Bankrupt"
