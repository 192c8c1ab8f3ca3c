"""Lists of persons, narrowed by what people know of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from core.kit.errors import BadInput
from plugins.people import rules
from tests.cast import Tenant
from tests.plugins.people.cast import contact, person

FOUND = "query($where: PersonFilter!) { persons(where: $where) { totalCount nodes { lastName } } }"


async def found(tenant: Tenant, **where: Any) -> list[str]:
    page = (await tenant.ask(FOUND, where=where))["persons"]
    assert page["totalCount"] == len(page["nodes"])
    return [node["lastName"] for node in page["nodes"]]


async def refusal(tenant: Tenant, **where: Any) -> str:
    answer = await tenant.answer(FOUND, where=where)
    assert [e["extensions"]["code"] for e in answer["errors"]] == ["BAD_USER_INPUT"]
    return str(answer["errors"][0]["message"])


@pytest.mark.parametrize(
    ("fragment", "names"),
    [
        ("06 39", ["Aubry"]),
        ("06.39", ["Aubry"]),
        ("0639", ["Aubry"]),
        ("+33 6", ["Aubry"]),
        ("0033 6 39", ["Aubry"]),
        ("+33 (0)6 39", ["Aubry"]),
        ("33639", ["Aubry"]),
        ("12-34", ["Aubry"]),
        ("01 99", ["Barbier"]),
        ("+33 1", ["Barbier"]),
        ("+32", ["Colin"]),
        ("0470", ["Colin"]),
        ("+1 212", ["Delmas"]),
        ("(212) 555", ["Delmas"]),
        ("+39 06", ["Esposito"]),
        ("+39 6", []),
        ("0 2", []),
        ("99", ["Aubry", "Barbier"]),
        ("+", []),
        ("Lyon", []),
        ("06 39 98 12 35", []),
    ],
)
async def test_r044_a_part_of_a_number_is_found_as_people_write_it(
    tenant: Tenant, fragment: str, names: list[str]
) -> None:
    await person(tenant, None, "Aubry", mobile="06 39 98 12 34")
    await person(tenant, None, "Barbier", landline="+33 1 99 00 11 22")
    await person(tenant, None, "Colin", mobile="+32 470 12 00 56")
    await person(tenant, None, "Delmas", landline="+1 212-555-0187")
    await person(tenant, None, "Esposito", landline="+39 06 5550 1111")

    assert await found(tenant, phone=fragment) == names


async def test_r044_a_number_that_is_none_is_found_by_its_digits(tenant: Tenant) -> None:
    await person(tenant, None, "Aubry", mobile="poste 4711, le matin")

    assert await found(tenant, phone="47 11") == ["Aubry"]


async def test_r044_a_number_that_changed_is_found_anew(tenant: Tenant) -> None:
    made = await person(tenant, None, "Aubry", mobile="06 39 98 12 34", firstName="Élodie")
    await tenant.do(
        "personUpdate", id=made["id"], mobile="06 39 98 99 99", lastName="Le Goff", email="E@x.fr"
    )

    assert await found(tenant, phone="1234") == []
    assert await found(tenant, phone="9999") == ["Le Goff"]
    assert await found(tenant, name={"contains": "Aubry"}) == []
    assert await found(tenant, name={"contains": "elodie le"}) == ["Le Goff"]
    assert await found(tenant, email={"contains": "e@X"}) == ["Le Goff"]


@pytest.mark.parametrize(
    ("fragment", "names"),
    [
        ("silva", ["Da Silva"]),
        ("elodie da", ["Da Silva"]),
        ("SIL", ["Da Silva"]),
        ("da", ["Da Silva"]),
        ("lv", []),
        ("ilv", ["Da Silva"]),
        ("jean-marc", ["Le Goff"]),
        ("jean marc", ["Le Goff"]),
        ("n'g", ["N'Guessan"]),
        ("%", None),
        ("", ["Da Silva", "Le Goff", "N'Guessan"]),
    ],
)
async def test_r044_a_part_of_a_name_is_found_past_case_accents_and_hyphens(
    tenant: Tenant, fragment: str, names: list[str] | None
) -> None:
    await person(tenant, None, "Da Silva", firstName="Élodie")
    await person(tenant, None, "Le Goff", firstName="Jean-Marc")
    await person(tenant, None, "N'Guessan")

    if names is None:
        message = "'where.name.contains' is '%', which has no letter."
        assert await refusal(tenant, name={"contains": fragment}) == message
    else:
        assert await found(tenant, name={"contains": fragment}) == names


async def test_r044_a_part_of_an_address_is_taken_as_it_is(tenant: Tenant) -> None:
    await person(tenant, None, "Aubry", email="a_b@exemple.fr")
    await person(tenant, None, "Barbier", email="axb@exemple.fr")

    assert await found(tenant, email={"contains": "A_B@"}) == ["Aubry"]
    assert await found(tenant, email={"contains": "%"}) == []
    assert await found(tenant, email={"eq": "axb@exemple.fr"}) == ["Barbier"]


async def test_r044_what_many_have_is_found_like_what_few_have(tenant: Tenant) -> None:
    async with tenant.session() as session:
        await session.connection()
        await tenant.house.owner.execute(
            """insert into people_person (tenant_id, id, is_primary, last_name, name_key, mobile,
                 mobile_e164, booking_access, receives_documents, receives_marketing)
               select $1, gen_random_uuid(), false, 'Dupont' || i,
                 'dupont' || lpad(i::text, 5, '0'), '06 39 98 00 00',
                 '+33639980000', false, true, true
               from generate_series(1, 2500) i""",
            tenant.id,
        )
    await person(tenant, None, "Zola", mobile="06 12 34 56 78")
    query = """query($where: PersonFilter!, $after: String) {
      persons(where: $where, first: 2, after: $after) {
        totalCount nodes { lastName } pageInfo { endCursor } } }"""

    for where in ({"phone": "06 39"}, {"phone": "+33 6 39"}, {"name": {"contains": "dupont"}}):
        page = (await tenant.ask(query, where=where))["persons"]
        assert page["totalCount"] == 2500
        assert [n["lastName"] for n in page["nodes"]] == ["Dupont1", "Dupont2"]
        after = page["pageInfo"]["endCursor"]
        page = (await tenant.ask(query, where=where, after=after))["persons"]
        assert [n["lastName"] for n in page["nodes"]] == ["Dupont3", "Dupont4"]
    assert await found(tenant, phone="06 12") == ["Zola"]
    assert await found(tenant, phone="06 39", name={"contains": "dupont77"}) == [
        "Dupont77", *(f"Dupont{n}" for n in range(770, 780))
    ]  # fmt: skip


async def test_r044_persons_are_those_of_a_contact_or_of_its_tree(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    top = await contact(tenant, "Top")
    below = await tenant.contact("Below", parent=top)
    deep = await tenant.contact("Deep", parent=below)
    for name, at in (("A", top), ("B", below), ("C", deep), ("D", None)):
        await person(tenant, at, name)

    async def tree(key: str, **scope: Any) -> list[str]:
        return await found(tenant, tree={"contactId": key, "scope": scope})

    assert await tree(below) == ["B"]
    assert await tree(top, descendants={"all": True}) == ["A", "B", "C"]
    assert await tree(top, self=False, descendants={"all": True}) == ["B", "C"]
    assert await tree(top, descendants={"at": [2]}) == ["A", "C"]
    assert await tree(deep, ancestors={"all": True}) == ["A", "B", "C"]
    assert await tree(below, ancestors={"all": True}, descendants={"all": True}) == ["A", "B", "C"]
    assert await tree(below, self=False) == []
    assert await tree(await contact(other_tenant), descendants={"all": True}) == []
    assert await found(tenant, contact={"eq": below}) == ["B"]
    zero = await refusal(tenant, tree={"contactId": top, "scope": {"descendants": {"at": [0]}}})
    assert zero == "'scope.descendants.at' has the level 0; levels count from 1."


async def test_r044_consent_is_a_filter_by_status_medium_and_date_and_none_recorded_is_one(
    tenant: Tenant,
) -> None:
    for name, status, medium, day in (
        ("Aubry", "GRANTED", "CLICK", 1), ("Barbier", "REFUSED", "PAPER", 5),
        ("Colin", "AWAITING", None, 9), ("Delmas", None, None, None),
    ):  # fmt: skip
        made = await person(tenant, None, name)
        if status:
            await tenant.do(
                "consentRecord", personId=made["id"], status=status, medium=medium,
                givenAt=f"2026-03-0{day}T00:00:00Z",
            )  # fmt: skip

    assert await found(tenant, consentStatus={"eq": "GRANTED"}) == ["Aubry"]
    assert await found(tenant, consentStatus={"eq": "NONE"}) == ["Delmas"]
    assert await found(tenant, consentStatus={"in": ["NONE", "REFUSED"]}) == ["Barbier", "Delmas"]
    assert await found(tenant, consentStatus={"ne": "GRANTED"}) == ["Barbier", "Colin", "Delmas"]
    assert await found(tenant, consentMedium={"in": ["PAPER", "CLICK"]}) == ["Aubry", "Barbier"]
    assert await found(tenant, consentChangedAt={"gte": "2026-03-05T00:00:00Z"}) == [
        "Barbier", "Colin"
    ]  # fmt: skip
    assert await found(tenant, consentChangedAt={"isSet": False}) == ["Delmas"]
    counts = await tenant.ask(
        "{ persons(where: {consentStatus: {eq: NONE}}) { facets { facet value count } } }"
    )
    assert [(c["value"], c["count"]) for c in counts["persons"]["facets"]] == [
        ("AWAITING", 1), ("GRANTED", 1), ("NONE", 1), ("REFUSED", 1), (None, 1)
    ]  # fmt: skip


async def test_r044_opted_out_and_booking_access_are_filters(tenant: Tenant) -> None:
    await person(tenant, None, "Aubry", bookingAccess=True)
    await person(tenant, None, "Barbier", receivesMarketing=False)

    assert await found(tenant, bookingAccess=True) == ["Aubry"]
    assert await found(tenant, optedOut=True) == ["Barbier"]
    assert await found(tenant, optedOut=False) == ["Aubry"]
    assert await found(tenant, optedOut=False, bookingAccess=True, phone="06") == []


async def test_r044_nobody_is_found_at_another_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    await person(other_tenant, None, "Aubry", mobile="06 39 98 12 34", email="a@exemple.fr")

    for where in ({"phone": "06 39"}, {"name": {"contains": "aub"}}, {"email": {"contains": "a@"}}):
        assert await found(tenant, **where) == []


async def test_r044_fragments_that_are_too_long_are_refused(tenant: Tenant) -> None:
    for where, field in (
        ({"phone": "0" * 101}, "where.phone"),
        ({"name": {"contains": "x" * 101}}, "where.name.contains"),
        ({"email": {"contains": "x" * 101}}, "where.email.contains"),
    ):
        said = await refusal(tenant, **where)
        assert said == f"'{field}' has 101 characters; 100 are allowed."


@drawn(st.text(max_size=30))
def test_r044_any_text_is_a_pattern_or_is_refused(text: str) -> None:
    for each in rules.phone_patterns(text):
        assert set(each) <= set("0123456789 %-") or each.strip("% ").isdigit()
    try:
        named = rules.name_pattern(text)
    except BadInput:
        return
    assert not set(named.strip("%")) & set("%_\\")
