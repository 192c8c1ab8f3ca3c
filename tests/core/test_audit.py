"""Who changed what, and by which way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.contacts.services import update_contact
from core.kit.ids import key_in, new_id
from core.kit.session import Actor, Channel
from tests.cast import Tenant

HISTORY = """query($id: ID!) { contact(id: $id) { history { totalCount nodes {
  id action channel actorName rowKind rowId changes } } } }"""


async def history(tenant: Tenant, key: str) -> list[dict[str, Any]]:
    found = (await tenant.ask(HISTORY, id=key))["contact"]["history"]
    assert found["totalCount"] == len(found["nodes"])
    return [
        {name: value for name, value in node.items() if name != "id"} for node in found["nodes"]
    ]


async def test_r006_a_contact_knows_who_changed_what_newest_first(tenant: Tenant) -> None:
    group = await tenant.group()
    made = await tenant.contact(town="Lille")

    await tenant.do("contactUpdate", id=made, name="Dalkia Nord", town=None)

    same = {"channel": "UI", "actorName": "Camille", "rowKind": "contact", "rowId": made}
    assert await history(tenant, made) == [
        {
            **same,
            "action": "CHANGED",
            "changes": {
                "name": {"before": "Dalkia", "after": "Dalkia Nord"},
                "town": {"before": "Lille", "after": None},
            },
        },
        {
            **same,
            "action": "CREATED",
            "changes": {
                "name": {"before": None, "after": "Dalkia"},
                "groupId": {"before": None, "after": group},
                "town": {"before": None, "after": "Lille"},
            },
        },
    ]


async def test_r006_a_move_and_an_archive_are_in_the_history(tenant: Tenant) -> None:
    parent, made = await tenant.contact("Parent"), await tenant.contact()

    await tenant.do("contactMove", id=made, parentId=parent)
    await tenant.do("contactArchive", id=made, reason="Sold")

    archived, moved, _ = await history(tenant, made)
    assert moved["changes"] == {
        "parentId": {"before": None, "after": parent},
        "parentKind": {"before": None, "after": "OTHER"},
    }
    assert archived["changes"]["archiveReason"] == {"before": None, "after": "Sold"}


async def test_r006_a_refused_or_empty_write_leaves_no_entry(tenant: Tenant) -> None:
    made = await tenant.contact()

    await tenant.refused("contactUpdate", id=made, name=" ")
    await tenant.refused("contactUpdate", id=made, version=9, name="X")
    await tenant.do("contactUpdate", id=made, name="Dalkia")

    assert [entry["action"] for entry in await history(tenant, made)] == ["CREATED"]


async def test_r006_jobs_and_partner_keys_say_that_it_was_they(tenant: Tenant) -> None:
    made, partner = await tenant.contact(), new_id()
    await tenant.house.owner.execute(
        "insert into core_partner_key (tenant_id, id, name, key_hash, scopes) "
        "values ($1, $2, 'ERP', 'x', '{}')", tenant.id, partner,
    )  # fmt: skip
    actors = (
        Actor(tenant.id),
        Actor(tenant.id, None, Channel.PARTNER, f"partner_key_{partner.hex}"),
    )

    for number, actor in enumerate(actors):
        async with tenant.house.sessions.begin(actor, tenant.listeners) as session:
            await update_contact(session, key_in(made, "contact"), {"town": f"T{number}"})

    entries = await history(tenant, made)
    assert [(e["channel"], e["actorName"]) for e in entries] == [
        ("PARTNER", "ERP"),
        ("JOB", None),
        ("UI", "Camille"),
    ]


async def test_the_log_of_all_is_filtered_by_channel_and_action(tenant: Tenant) -> None:
    made = await tenant.contact()
    await tenant.do("contactUpdate", id=made, town="Lille")
    query = """query($where: AuditFilter) {
      auditEntries(where: $where) { nodes { rowKind action } } }"""

    async def found(**where: object) -> list[tuple[str, str]]:
        nodes = (await tenant.ask(query, where=where))["auditEntries"]["nodes"]
        return [(node["rowKind"], node["action"]) for node in nodes]

    assert await found(action={"eq": "CHANGED"}) == [("contact", "CHANGED")]
    assert sorted(await found(action={"eq": "CREATED"})) == [
        ("contact", "CREATED"),
        ("contact_group", "CREATED"),
    ]
    assert await found(channel={"eq": "IMPORT"}) == []


async def test_who_may_not_see_the_audit_sees_the_contact_without_it(tenant: Tenant) -> None:
    made = await tenant.contact()

    answer = await tenant.without("audit.read").answer(
        "query($id: ID!) { contact(id: $id) { name history { totalCount } } }", id=made
    )

    assert answer["data"] == {"contact": {"name": "Dalkia", "history": None}}
    assert [e["extensions"]["code"] for e in answer["errors"]] == ["FORBIDDEN"]


async def test_an_entry_opens_for_its_own_tenant_only(tenant: Tenant, other_tenant: Tenant) -> None:
    made = await tenant.contact()
    (entry,) = (await tenant.ask(HISTORY, id=made))["contact"]["history"]["nodes"]
    node = "query($id: ID!) { node(id: $id) { ... on AuditEntry { action } } }"

    assert await tenant.ask(node, id=entry["id"]) == {"node": {"action": "CREATED"}}
    assert (await other_tenant.answer(node, id=entry["id"]))["data"] == {"node": None}
    with_no_right = replace(tenant, permissions=tenant.permissions - {"audit.read"})
    assert (await with_no_right.answer(node, id=entry["id"]))["data"] == {"node": None}


async def test_histories_cost_the_same_for_one_and_for_many(tenant: Tenant) -> None:
    query = "{ contacts { nodes { history { nodes { actorName changes } } } } }"
    await tenant.contact()
    await tenant.ask(query)
    one = tenant.statements
    for number in range(9):
        await tenant.contact(f"C{number}")

    await tenant.ask(query)

    assert tenant.statements == one


async def test_r024_what_a_flag_says_is_in_the_log_for_those_who_may_see_flags(
    tenant: Tenant,
) -> None:
    made = await tenant.contact()
    await tenant.do("contactFlagSet", contactId=made, text="Dog")
    await tenant.do("contactFlagSet", contactId=made, text="Cat")

    async def texts(asks: Tenant) -> list[Any]:
        entries = [e for e in await history(asks, made) if e["rowKind"] == "flag"]
        return [entry["changes"]["text"] for entry in entries]

    whole = await tenant.without("crm.flags").ask("{ auditEntries { nodes { changes } } }")
    assert await texts(tenant) == [
        {"before": "Dog", "after": "Cat"}, {"before": None, "after": "Dog"},
    ]  # fmt: skip
    assert await texts(tenant.without("crm.flags")) == [
        {"before": "***", "after": "***"}, {"before": None, "after": "***"},
    ]  # fmt: skip
    assert "Dog" not in str(whole)
    assert "Cat" not in str(whole)
