"""Mailings to the rows of a saved view: the same that its list shows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.cast import Tenant
from tests.plugins.crm.cast import colleague
from tests.post import person, places, to_contacts, to_persons

GIVEN = {"name": "N", "kind": "SERVICE", "subject": "S", "text": "T"}


async def view(tenant: Tenant, list_name: str, name: str = "Lyon", **given: Any) -> str:
    given = {"columns": ["id"], "arguments": {}, **given}
    made = await tenant.do(
        "savedViewCreate", "savedView { id }", listName=list_name, name=name, **given
    )
    return str(made["savedView"]["id"])


async def names(mailing: Any) -> list[str | None]:
    return [name for name, _, _ in places(mailing)]


async def how_many(tenant: Tenant) -> int:
    return int((await tenant.ask("{ mailings { totalCount } }"))["mailings"]["totalCount"])


async def test_r031_a_view_drives_the_list_and_a_mail_to_the_same_rows(tenant: Tenant) -> None:
    for name, town in (("C", "Lyon"), ("B", "Paris"), ("A", "Lyon"), ("D", "Lyon")):
        await tenant.contact(name, town=town, email=f"{name.lower()}@exemple.fr")
    arguments = {"where": {"town": {"eq": "Lyon"}}, "orderBy": ["NAME_DESC"]}
    lyon = await view(tenant, "contacts", arguments=arguments)
    found = await view(tenant, "contacts", "Found", arguments={"search": "b"})
    everybody = await view(tenant, "contacts", "All")
    shown = "query($where: ContactFilter) { contacts(where: $where) { nodes { name } } }"
    nodes = (await tenant.ask(shown, where=arguments["where"]))["contacts"]["nodes"]

    mailing = await to_contacts(tenant, viewId=lyon)

    assert await names(mailing) == [node["name"] for node in nodes] == ["A", "C", "D"]
    assert await names(await to_contacts(tenant, viewId=found)) == ["B"]
    assert await names(await to_contacts(tenant, viewId=everybody)) == ["A", "B", "C", "D"]


async def test_r031_a_view_of_persons_by_tag_and_consent_drives_a_mail(tenant: Tenant) -> None:
    made = await tenant.do("personTagCreate", "personTag { id }", name="Syndic", colour="#335577")
    tag = made["personTag"]["id"]
    ada, bea, cleo = [await person(tenant, name) for name in ("Ada", "Bea", "Cleo")]
    await person(tenant, "Dora")
    for key in (ada, bea, cleo):
        await tenant.do("personSetTags", id=key, tagIds=[tag])
    await tenant.do("consentRecord", personId=bea, status="REFUSED", medium="PAPER")
    syndic = await view(tenant, "persons", arguments={"where": {"tags": {"any": [tag]}}})

    mailing = await to_persons(tenant, viewId=syndic)

    assert places(mailing) == [
        ("Ada", "DRAFT", None), ("Bea", "SKIPPED", "REFUSED"), ("Cleo", "DRAFT", None),
    ]  # fmt: skip


async def test_r031_who_is_in_the_view_is_asked_when_the_mailing_is_made(tenant: Tenant) -> None:
    site = await tenant.contact("Site")
    of_site = await view(tenant, "persons", arguments={"where": {"contact": {"eq": site}}})
    assert await names(await to_persons(tenant, viewId=of_site)) == []
    await person(tenant, "Ada", site)

    assert await names(await to_persons(tenant, viewId=of_site)) == ["Ada"]


async def test_r031_views_of_others_of_other_lists_and_those_that_no_longer_fit_are_refused(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    alex = await colleague(tenant, "alex")
    site = await tenant.contact("Site")
    personal, foreign = await view(alex, "contacts"), await view(other_tenant, "contacts")
    shared = await view(alex, "contacts", "Shared", isShared=True)
    persons = await view(tenant, "persons")
    flagged = await view(tenant, "contacts", "F", arguments={"where": {"flagged": True}})
    stale = await view(tenant, "contacts", "Stale")
    await tenant.house.owner.execute(
        "update core_saved_view set arguments = $2 where tenant_id = $1 and name = 'Stale'",
        tenant.id, '{"where": {"colour": {"eq": "red"}}}',
    )  # fmt: skip

    async def refused(view_id: str, of: str = "Contacts", **more: Any) -> Any:
        given = {**GIVEN, "viewId": view_id, **more}
        return await tenant.refused(f"mailingCreateFor{of}", **given)

    assert await refused(personal) == [("NOT_FOUND", "viewId")]
    assert await refused(foreign) == [("NOT_FOUND", "viewId")]
    assert await refused(site) == [("INVALID_ID", "viewId")]
    assert await refused(persons) == [("OTHER_LIST", "viewId")]
    assert await refused(shared, "Persons") == [("OTHER_LIST", "viewId")]
    assert await refused(stale) == [("ARGUMENTS_INVALID", "viewId")]
    assert await refused(shared, search="x") == [("CONFLICTING_CHOICE", "viewId")]
    assert await refused(persons, "Persons", where={"isPrimary": True}) == [
        ("CONFLICTING_CHOICE", "viewId")
    ]
    answer = await tenant.without("crm.flags").answer(
        """mutation($id: ID!) { mailingCreateForContacts(input: {viewId: $id, name: "N",
             kind: SERVICE, subject: "S", text: "T"}) { mailing { id } } }""",
        id=flagged,
    )
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await how_many(tenant) == 0
    assert await names(await to_contacts(tenant, viewId=shared)) == ["Site"]
    assert await how_many(replace(alex)) == 1
