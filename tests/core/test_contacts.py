"""Contacts are added, changed and found."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

from tests.cast import Tenant

CONTACT = """query($id: ID!) { contact(id: $id) {
  name reference street postcode town country latitude longitude phone phoneE164 email website
  information parentKind version createdBy updatedBy ownerName
  owner { id } group { id name } parent { id }
} }"""
_OPTIONAL = """reference street postcode town country latitude longitude phone phoneE164 email
  website information parentKind ownerName owner parent"""
NOTHING = dict.fromkeys(_OPTIONAL.split())
COUNT = "{ contacts { totalCount } }"


async def shown(tenant: Tenant, key: str) -> dict[str, Any]:
    found: dict[str, Any] = (await tenant.ask(CONTACT, id=key))["contact"]
    return found


async def count(tenant: Tenant) -> int:
    found: int = (await tenant.ask(COUNT))["contacts"]["totalCount"]
    return found


async def set_policy(tenant: Tenant, policy: str) -> None:
    await tenant.house.owner.execute(
        "update core_tenant set reference_policy = $2 where id = $1", tenant.id, policy
    )


async def test_r001_a_contact_with_nothing_but_a_name_and_a_group_saves(tenant: Tenant) -> None:
    group = await tenant.group("Sites")

    payload = await tenant.do("contactCreate", "contact { id }", name=" Dalkia ", groupId=group)

    assert payload["warnings"] == []
    assert await shown(tenant, payload["contact"]["id"]) == {
        **NOTHING,
        "name": "Dalkia",
        "version": 1,
        "createdBy": "Camille",
        "updatedBy": "Camille",
        "group": {"id": group, "name": "Sites"},
    }


async def test_r001_a_contact_without_name_or_group_is_refused(tenant: Tenant) -> None:
    group = await tenant.group()

    assert await tenant.refused("contactCreate", name="  ", groupId=group) == [
        ("NAME_EMPTY", "name")
    ]
    assert await tenant.refused("contactCreate", name="Dalkia", groupId="x") == [
        ("INVALID_ID", "groupId")
    ]
    unknown = f"contact_group_{'0' * 32}"
    assert await tenant.refused("contactCreate", name="Dalkia", groupId=unknown) == [
        ("NOT_FOUND", "groupId")
    ]
    assert await count(tenant) == 0


async def test_r002_every_field_is_kept(tenant: Tenant) -> None:
    parent, owner = await tenant.contact("Groupe"), f"user_{tenant.user_id.hex}"
    given = {
        "reference": "C-1",
        "street": "37 avenue du Maréchal de Lattre",
        "postcode": "59350",
        "town": "Saint-André",
        "country": "fr",
        "latitude": "50.66",
        "longitude": "3.0500001",
        "phone": "03 20 63 42 42",
        "email": "contact@dalkia.fr",
        "website": "https://www.dalkia.fr/nord",
        "information": "First line\nsecond",
    }

    made = await tenant.contact("Dalkia", owner=owner, parent=parent, **given)

    found = await shown(tenant, made)
    assert {name: found[name] for name in given} == {
        **given, "country": "FR", "latitude": "50.660000", "longitude": "3.050000",
    }  # fmt: skip
    assert found["phoneE164"] == "+33320634242"
    assert (found["owner"], found["ownerName"]) == ({"id": owner}, "Camille")
    assert (found["parent"], found["parentKind"]) == ({"id": parent}, "OTHER")


async def test_r002_all_that_is_wrong_is_said_at_once_and_nothing_is_written(
    tenant: Tenant,
) -> None:
    refused = await tenant.refused(
        "contactCreate",
        name="x" * 201,
        groupId=await tenant.group(),
        reference="y" * 41,
        country="XX",
        email="nobody",
        website="ftp://dalkia.fr",
        town="Lille\u0007",
        latitude="50",
        longitude="181",
    )

    assert refused == [
        ("TOO_LONG", "name"),
        ("INVALID_COUNTRY", "country"),
        ("INVALID_EMAIL", "email"),
        ("INVALID_WEBSITE", "website"),
        ("TOO_LONG", "reference"),
        ("INVALID_CHARACTERS", "town"),
        ("INVALID_POSITION", "longitude"),
    ]
    assert await count(tenant) == 0


async def test_r002_a_position_has_both_coordinates_and_is_on_earth(tenant: Tenant) -> None:
    group = await tenant.group()

    async def refused(**position: str) -> list[tuple[str, str | None]]:
        return await tenant.refused("contactCreate", name="Dalkia", groupId=group, **position)

    assert await refused(latitude="50") == [("INVALID_POSITION", "longitude")]
    assert await refused(longitude="3") == [("INVALID_POSITION", "latitude")]
    assert await refused(latitude="90.1", longitude="3") == [("INVALID_POSITION", "latitude")]
    assert await refused(latitude="50", longitude="-181") == [("INVALID_POSITION", "longitude")]

    made = await tenant.contact(latitude="50", longitude="3")
    assert await tenant.refused("contactUpdate", id=made, email="x@", latitude="91") == [
        ("INVALID_EMAIL", "email"),
        ("INVALID_POSITION", "latitude"),
    ]
    await tenant.do("contactUpdate", id=made, latitude="51")
    found = (
        await tenant.ask("query($id: ID!) { contact(id: $id) { latitude longitude } }", id=made)
    )["contact"]
    assert (Decimal(found["latitude"]), Decimal(found["longitude"])) == (51, 3)


async def test_r002_a_phone_that_is_no_number_is_kept_with_a_warning(tenant: Tenant) -> None:
    payload = await tenant.do(
        "contactCreate", "contact { phone phoneE164 }",
        name="Dalkia", groupId=await tenant.group(), phone="ask at the desk",
    )  # fmt: skip

    assert payload["contact"] == {"phone": "ask at the desk", "phoneE164": None}
    assert payload["warnings"] == [{"code": "PHONE_UNREADABLE", "field": "phone"}]


async def test_an_update_leaves_what_it_does_not_name_and_clears_what_it_gives_as_null(
    tenant: Tenant,
) -> None:
    made = await tenant.contact(town="Lille", reference="C-1", phone="0320634242")

    await tenant.do("contactUpdate", id=made, name="Dalkia Nord", phone=None)

    found = await shown(tenant, made)
    assert (found["name"], found["town"], found["reference"]) == ("Dalkia Nord", "Lille", "C-1")
    assert (found["phone"], found["phoneE164"], found["version"]) == (None, None, 2)


async def test_an_update_clears_neither_name_nor_group(tenant: Tenant) -> None:
    made = await tenant.contact()

    assert await tenant.refused("contactUpdate", id=made, name=None) == [("NAME_EMPTY", "name")]
    assert await tenant.refused("contactUpdate", id=made, groupId=None) == [
        ("GROUP_MISSING", "groupId")
    ]


async def test_half_a_position_may_be_updated_but_not_cleared(tenant: Tenant) -> None:
    made = await tenant.contact(latitude="50", longitude="3")

    await tenant.do("contactUpdate", id=made, latitude="51")
    refused = await tenant.refused("contactUpdate", id=made, latitude=None)

    found = await shown(tenant, made)
    assert (found["latitude"], found["longitude"]) == ("51.000000", "3.000000")
    assert refused == [("INVALID_POSITION", "latitude")]


async def test_r005_each_write_counts_up_and_a_stale_one_changes_nothing(tenant: Tenant) -> None:
    made = await tenant.contact()
    await tenant.do("contactUpdate", id=made, version=1, town="Lille")

    stale = await tenant.refused("contactUpdate", id=made, version=1, town="Roubaix")
    await tenant.do("contactUpdate", id=made, version=2, town="Lille")

    assert stale == [("STALE_VERSION", "version")]
    found = await shown(tenant, made)
    assert (found["town"], found["version"]) == ("Lille", 2)


async def test_r005_of_two_updates_at_once_of_one_version_one_wins(tenant: Tenant) -> None:
    made = await tenant.contact()
    update = """mutation($i: ContactUpdateInput!) {
      contactUpdate(input: $i) { userErrors { code } } }"""

    answers = await asyncio.gather(
        *(tenant.ask(update, i={"id": made, "version": 1, "town": f"T{n}"}) for n in range(4))
    )

    codes = [[e["code"] for e in a["contactUpdate"]["userErrors"]] for a in answers]
    assert sorted(codes) == [[], ["STALE_VERSION"], ["STALE_VERSION"], ["STALE_VERSION"]]
    assert (await shown(tenant, made))["version"] == 2


async def test_r003_a_taken_reference_is_a_warning_unless_the_policy_says_otherwise(
    tenant: Tenant,
) -> None:
    first = await tenant.contact("Dalkia", reference="C-1")
    group = await tenant.group()
    taken = {"name": "Idex", "groupId": group, "reference": " C-1 "}

    warned = await tenant.do("contactCreate", **taken)
    await set_policy(tenant, "OFF")
    silent = await tenant.do("contactCreate", **taken)
    await set_policy(tenant, "ENFORCE")
    refused = await tenant.refused("contactCreate", **taken)
    own = await tenant.do("contactUpdate", id=first, reference="C-1")

    assert warned["warnings"] == [{"code": "REFERENCE_TAKEN", "field": "reference"}]
    assert silent["warnings"] == own["warnings"] == []
    assert refused == [("REFERENCE_TAKEN", "reference")]
    assert await count(tenant) == 3


async def test_r003_enforced_references_stay_unique_when_written_at_once(tenant: Tenant) -> None:
    await set_policy(tenant, "ENFORCE")
    given = {"name": "Dalkia", "groupId": await tenant.group(), "reference": "C-1"}
    create = """mutation($i: ContactCreateInput!) {
      contactCreate(input: $i) { userErrors { code } } }"""

    answers = await asyncio.gather(*(tenant.ask(create, i=given) for _ in range(5)))

    done = [a for a in answers if not a["contactCreate"]["userErrors"]]
    assert (len(done), await count(tenant)) == (1, 1)


async def test_r003_references_that_are_shared_stand_in_the_way_of_enforcing_it(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    for name, reference in (("A", "C-1"), ("B", "C-1"), ("C", "C-2"), ("D", None), ("E", None)):
        await tenant.contact(name, reference=reference)
    await other_tenant.contact("F", reference="C-2")
    update = """mutation($i: TenantSettingsUpdateInput!) {
      tenantSettingsUpdate(input: $i) { userErrors { code field message } } }"""

    async def enforce() -> list[dict[str, str]]:
        answer = await tenant.ask(update, i={"referencePolicy": "ENFORCE"})
        errors: list[dict[str, str]] = answer["tenantSettingsUpdate"]["userErrors"]
        return errors

    assert await enforce() == [
        {
            "code": "REFERENCES_SHARED",
            "field": "referencePolicy",
            "message": "Contacts share these references: 'C-1' (2 contacts). "
            "`contactsSharingReference` lists them.",
        }
    ]
    twin = await tenant.ask('{ contacts(where: {name: {eq: "B"}}) { nodes { id } } }')
    await tenant.do("contactUpdate", id=twin["contacts"]["nodes"][0]["id"], reference="C-3")
    assert await enforce() == []
    assert await tenant.refused(
        "contactCreate", name="G", groupId=await tenant.group(), reference="C-3"
    ) == [("REFERENCE_TAKEN", "reference")]


async def test_r003_the_same_reference_in_another_tenant_is_no_matter(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    await set_policy(tenant, "ENFORCE")
    await other_tenant.contact(reference="C-1")

    assert await tenant.contact(reference="C-1")
