"""Persons: what is known of them, and how they are found."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import House, Tenant
from tests.plugins.people.cast import PERSON, contact, person, persons

ALL = (
    "title firstName lastName fullName email mobile mobileE164 landline landlineE164 extension "
    "position department language bookingAccess receivesDocuments receivesMarketing isPrimary"
)


async def test_r039_a_person_of_a_contact_has_all_that_was_given(tenant: Tenant) -> None:
    site = await contact(tenant)

    made = await tenant.do(
        "personCreate",
        f"person {{ {ALL} contact {{ name }} }}",
        contactId=site,
        title="Mme",
        firstName=" Élodie ",
        lastName="Da Silva",
        email="elodie@exemple.fr",
        mobile="06 39 98 12 34",
        landline="+33 1 99 00 11 22",
        extension="214",
        position="Gardienne",
        department="Accueil",
        language="FR_be",
        bookingAccess=True,
    )

    assert made["person"] == {
        "title": "Mme",
        "firstName": "Élodie",
        "lastName": "Da Silva",
        "fullName": "Élodie Da Silva",
        "email": "elodie@exemple.fr",
        "mobile": "06 39 98 12 34",
        "mobileE164": "+33639981234",
        "landline": "+33 1 99 00 11 22",
        "landlineE164": "+33199001122",
        "extension": "214",
        "position": "Gardienne",
        "department": "Accueil",
        "language": "fr-BE",
        "bookingAccess": True,
        "receivesDocuments": True,
        "receivesMarketing": True,
        "isPrimary": True,
        "contact": {"name": "Résidence du Parc"},
    }
    assert made["warnings"] == []


async def test_r039_a_person_may_belong_to_no_contact(tenant: Tenant) -> None:
    made = await person(tenant, None, "Garnier")

    assert (made["contact"], made["isPrimary"]) == (None, False)
    found = await tenant.ask("{ persons(where: {unattached: true}) { nodes { fullName } } }")
    assert found == {"persons": {"nodes": [{"fullName": "Garnier"}]}}


async def test_a_number_that_is_none_is_kept_as_typed_and_said(tenant: Tenant) -> None:
    made = await tenant.do(
        "personCreate",
        "person { mobile mobileE164 }",
        firstName="Hugo",
        mobile="ask the caretaker",
    )

    assert made["warnings"] == [{"code": "PHONE_UNREADABLE", "field": "mobile"}]
    assert made["person"] == {"mobile": "ask the caretaker", "mobileE164": None}


@pytest.mark.parametrize(
    ("given", "refusals"),
    [
        ({}, [("PERSON_EMPTY", "lastName")]),
        ({"firstName": "  ", "mobile": "0639981234"}, [("PERSON_EMPTY", "lastName")]),
        ({"email": "nobody"}, [("INVALID_EMAIL", "email")]),
        (
            {"lastName": "x" * 101, "email": "@", "language": "français", "title": "a\x07"},
            [
                ("INVALID_CHARACTERS", "title"),
                ("TOO_LONG", "lastName"),
                ("INVALID_EMAIL", "email"),
                ("INVALID_LANGUAGE", "language"),
            ],
        ),
    ],
)
async def test_what_is_wrong_with_a_person_is_said_together(
    tenant: Tenant, given: dict[str, Any], refusals: list[tuple[str, str]]
) -> None:
    assert await tenant.refused("personCreate", **given) == refusals
    assert await tenant.ask("{ persons { totalCount } }") == {"persons": {"totalCount": 0}}


async def test_an_address_alone_is_a_person(tenant: Tenant) -> None:
    made = await tenant.do("personCreate", PERSON, email="accueil@exemple.fr")

    assert made["person"]["fullName"] == "accueil@exemple.fr"
    assert await tenant.refused("personUpdate", id=made["person"]["id"], email=None) == [
        ("PERSON_EMPTY", "lastName")
    ]


async def test_r005_an_update_changes_what_was_given_and_counts_the_version(
    tenant: Tenant,
) -> None:
    made = await person(tenant, await contact(tenant), "Noël", firstName="Aïcha", mobile="1")

    changed = await tenant.do(
        "personUpdate",
        f"person {{ version {ALL} }}",
        id=made["id"],
        version=1,
        lastName="Aubry",
        mobile=None,
        receivesMarketing=False,
        bookingAccess=None,
    )

    found = changed["person"]
    assert (found["version"], found["fullName"], found["mobile"]) == (2, "Aïcha Aubry", None)
    assert (found["receivesMarketing"], found["bookingAccess"]) == (False, False)
    assert await tenant.refused("personUpdate", id=made["id"], version=1, lastName="X") == [
        ("STALE_VERSION", "version")
    ]
    for name in ("personDelete", "personMakePrimary"):
        assert await tenant.refused(name, id=made["id"], version=1) == [
            ("STALE_VERSION", "version")
        ]
    assert await tenant.refused("personMove", id=made["id"], version=1, contactId=None) == [
        ("STALE_VERSION", "version")
    ]


async def test_persons_are_found_by_name_and_address_and_ordered_by_last_name(
    tenant: Tenant,
) -> None:
    site, other = await contact(tenant), await contact(tenant, "Lycée Gutenberg")
    await person(tenant, site, "Zidane", firstName="Élodie", email="elodie@exemple.fr")
    await person(tenant, site, "Étienne", firstName="Hugo", email="hugo@exemple.fr")
    await person(tenant, other, "Aubry", firstName="Élodie", email="aubry@exemple.fr")
    ask = (
        "query($where: PersonFilter, $by: [PersonOrderBy!]) "
        "{ persons(where: $where, orderBy: $by) { nodes { lastName } } }"
    )

    async def found(**where: Any) -> list[str]:
        answer = await tenant.ask(ask, where=where, by=["NAME_ASC"])
        return [node["lastName"] for node in answer["persons"]["nodes"]]

    assert await found() == ["Aubry", "Étienne", "Zidane"]
    assert await found(name={"contains": "élodie z"}) == ["Zidane"]
    assert await found(email={"contains": "HUGO@"}) == ["Étienne"]
    assert await found(contact={"eq": other}) == ["Aubry"]
    assert await found(unattached=True) == []
    assert await found(isPrimary=True, unattached=False) == ["Aubry", "Zidane"]
    assert list(await persons(tenant, site)) == ["Étienne", "Zidane"]


async def test_r009_persons_are_seen_along_the_tree(tenant: Tenant) -> None:
    head, site = await contact(tenant, "Siège"), await contact(tenant, "Agence")
    await tenant.do("contactMove", id=site, parentId=head)
    await person(tenant, head, "Aubry")
    await person(tenant, site, "Colin")

    found = await tenant.ask(
        "query($id: ID!) { contact(id: $id) { own: persons { totalCount } "
        "all: persons(scope: {descendants: {all: true}}) { nodes { lastName } } } }",
        id=head,
    )

    assert found["contact"]["own"] == {"totalCount": 1}
    assert [node["lastName"] for node in found["contact"]["all"]["nodes"]] == ["Aubry", "Colin"]


async def test_persons_of_another_tenant_are_not_there(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    site = await contact(tenant)
    made = await person(tenant, site, "Perrin")
    mine = await person(other_tenant, None, "Barbier")

    for name, more in (
        ("personUpdate", {"lastName": "X"}),
        ("personDelete", {}),
        ("personMakePrimary", {}),
        ("personMove", {"contactId": None}),
    ):
        assert await other_tenant.refused(name, id=made["id"], **more) == [("NOT_FOUND", "id")]
    for name, more in (("personCreate", {"lastName": "X"}), ("personMove", {"id": mine["id"]})):
        assert await other_tenant.refused(name, contactId=site, **more) == [
            ("NOT_FOUND", "contactId")
        ]
    answer = await other_tenant.answer(f'{{ person(id: "{made["id"]}") {{ lastName }} }}')
    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    assert await other_tenant.ask("{ persons { totalCount } }") == {"persons": {"totalCount": 1}}
    assert await persons(tenant, site) == {"Perrin": True}


async def test_persons_are_read_and_written_by_those_who_may(tenant: Tenant) -> None:
    site = await contact(tenant)
    await person(tenant, site, "Perrin")

    write = await tenant.without("people.write").answer(
        'mutation { personCreate(input: {lastName: "X"}) { person { id } } }'
    )
    read = await tenant.without("people.read").answer(
        "query($id: ID!) { contact(id: $id) { name primaryPerson { id } persons { totalCount } } }",
        id=site,
    )

    assert write["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert {error["extensions"]["code"] for error in read["errors"]} == {"FORBIDDEN"}
    assert read["data"]["contact"] == {
        "name": "Résidence du Parc", "primaryPerson": None, "persons": None,
    }  # fmt: skip
    assert await tenant.ask("{ persons { totalCount } }") == {"persons": {"totalCount": 1}}


async def test_a_tenant_without_the_module_has_no_persons(house: House) -> None:
    crm_only = await house.tenant(modules=frozenset({"crm"}))

    answer = await crm_only.answer("{ persons { totalCount } }")

    assert answer["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_r006_the_history_of_a_contact_has_its_persons(tenant: Tenant) -> None:
    site = await contact(tenant)
    made = await person(tenant, site, "Perrin")
    await tenant.do("personUpdate", id=made["id"], position="Gardien")

    rows = await tenant.house.owner.fetch(
        "select action, changes -> 'position' ->> 1 as position from core_audit_entry "
        "where tenant_id = $1 and row_type = 'people_person' and root_id::text = $2 order by id",
        tenant.id,
        f"{site[8:16]}-{site[16:20]}-{site[20:24]}-{site[24:28]}-{site[28:]}",
    )
    assert [tuple(row) for row in rows] == [("CREATED", None), ("CHANGED", "Gardien")]


async def test_r010_persons_of_many_contacts_cost_as_many_statements_as_those_of_one(
    tenant: Tenant,
) -> None:
    ask = (
        "{ contacts(first: 50) { nodes { primaryPerson { fullName } "
        "persons(first: 5) { nodes { fullName contact { name } } } } } }"
    )
    await person(tenant, await contact(tenant, "C0"), "P")
    await tenant.ask(ask)
    one = tenant.statements
    for number in range(1, 8):
        site = await contact(tenant, f"C{number}")
        for name in ("P", "Q", "R"):
            await person(tenant, site, name)

    found = (await tenant.ask(ask))["contacts"]["nodes"]

    assert tenant.statements == one <= 4
    assert [len(node["persons"]["nodes"]) for node in found] == [1, *[3] * 7]
