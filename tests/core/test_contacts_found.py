"""Contacts are looked up: by reference, by name, archived or not."""

from __future__ import annotations

from tests.cast import Tenant

BY_REFERENCE = "query($r: String!) { contactByReference(reference: $r) { id name } }"
NAMES = """query($where: ContactFilter) {
  contacts(where: $where) { nodes { name } totalCount } }"""


async def names(tenant: Tenant, **where: object) -> list[str]:
    found = (await tenant.ask(NAMES, where=where))["contacts"]
    assert found["totalCount"] == len(found["nodes"])
    return [node["name"] for node in found["nodes"]]


async def test_a_contact_is_found_by_its_reference(tenant: Tenant) -> None:
    made = await tenant.contact("Dalkia", reference="C-1")

    found = await tenant.ask(BY_REFERENCE, r=" C-1 ")

    assert found == {"contactByReference": {"id": made, "name": "Dalkia"}}


async def test_an_unknown_or_ambiguous_reference_is_an_error(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    await tenant.contact("Dalkia", reference="C-1")
    await tenant.contact("Idex", reference="C-1")
    await other_tenant.contact("Engie", reference="C-2")

    ambiguous = await tenant.answer(BY_REFERENCE, r="C-1")
    unknown = await tenant.answer(BY_REFERENCE, r="C-2")

    assert ambiguous["data"] == unknown["data"] == {"contactByReference": None}
    assert ambiguous["errors"][0]["extensions"]["reason"] == "AMBIGUOUS_REFERENCE"
    assert unknown["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_r003_contacts_that_would_not_survive_a_round_trip_are_listed(
    tenant: Tenant,
) -> None:
    for name, reference in (("A", "1"), ("B", None), ("C", "2"), ("D", "2"), ("E", None)):
        await tenant.contact(name, reference=reference)

    found = await tenant.ask(
        "{ contactsWithoutReference { nodes { name } totalCount } "
        "contactsSharingReference { nodes { name } totalCount } }"
    )

    assert found == {
        "contactsWithoutReference": {"nodes": [{"name": "B"}, {"name": "E"}], "totalCount": 2},
        "contactsSharingReference": {"nodes": [{"name": "C"}, {"name": "D"}], "totalCount": 2},
    }


async def test_names_are_searched_whatever_the_case(tenant: Tenant) -> None:
    for name in ("Établissements Martin", "Martin & fils", "Zebra"):
        await tenant.contact(name)

    assert await names(tenant, name={"contains": "MARTIN"}) == [
        "Établissements Martin",
        "Martin & fils",
    ]


async def test_r004_an_archived_contact_stays_in_the_list_unless_left_out(tenant: Tenant) -> None:
    await tenant.contact("Kept")
    gone = await tenant.contact("Gone")
    await tenant.do("contactArchive", id=gone)

    assert await names(tenant) == ["Gone", "Kept"]
    assert await names(tenant, archived=False) == ["Kept"]
    assert await names(tenant, archived=True) == ["Gone"]


async def test_contacts_are_filtered_by_their_owner(tenant: Tenant) -> None:
    owner = f"user_{tenant.user_id.hex}"
    await tenant.contact("Mine", owner=owner)
    await tenant.contact("Nobody's")

    assert await names(tenant, owner={"eq": owner}) == ["Mine"]
    assert await names(tenant, owner={"isSet": False}) == ["Nobody's"]


async def test_who_made_a_contact_costs_the_same_for_one_and_for_many(tenant: Tenant) -> None:
    query = "{ contacts { nodes { createdBy updatedBy ownerName depth childCount } } }"
    await tenant.contact("A", owner=f"user_{tenant.user_id.hex}")
    await tenant.ask(query)
    one = tenant.statements
    for n in range(9):
        await tenant.contact(f"B{n}")

    await tenant.ask(query)

    assert tenant.statements == one
