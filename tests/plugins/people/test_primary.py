"""The primary person: exactly one where there are persons, whatever happens at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from core.kit.settings import asyncpg_dsn
from tests.cast import Tenant
from tests.plugins.people.cast import PERSON, contact, person, persons


def key(global_id: str) -> UUID:
    return UUID(global_id.rpartition("_")[2])


@asynccontextmanager
async def raw(tenant: Tenant) -> AsyncIterator[Any]:
    """A connection of the application's role, bound to the tenant."""
    connection = await asyncpg.connect(asyncpg_dsn(tenant.house.settings.app_database_url))
    try:
        await connection.execute("select set_config('app.tenant', $1, false)", str(tenant.id))
        yield connection
    finally:
        await connection.close()


async def add(connection: Any, tenant: Tenant, contact: str, name: str, primary: bool) -> None:
    await connection.execute(
        "insert into people_person (tenant_id, id, contact_id, last_name, name_key, is_primary, "
        "booking_access, receives_documents, receives_marketing) "
        "values ($1, gen_random_uuid(), $2, $3, $3, $4, false, true, true)",
        tenant.id, key(contact), name, primary,
    )  # fmt: skip


async def test_r040_the_first_person_is_primary_and_another_can_be_made_so(
    tenant: Tenant,
) -> None:
    site = await contact(tenant)
    await person(tenant, site, "Aubry")
    colin = await person(tenant, site, "Colin")
    assert await persons(tenant, site) == {"Aubry": True, "Colin": False}

    made = await tenant.do("personMakePrimary", PERSON, id=colin["id"], version=1)

    assert (made["person"]["isPrimary"], made["person"]["version"]) == (True, 2)
    assert await persons(tenant, site) == {"Aubry": False, "Colin": True}
    again = await tenant.do("personMakePrimary", PERSON, id=colin["id"])
    assert again["person"]["version"] == 2


async def test_r040_deleting_the_primary_promotes_the_oldest_other(tenant: Tenant) -> None:
    site = await contact(tenant)
    made = {name: await person(tenant, site, name) for name in ("Zola", "Noël", "Aubry", "Colin")}

    deleted = await tenant.do("personDelete", "deletedId", id=made["Zola"]["id"])
    assert deleted["deletedId"] == made["Zola"]["id"]
    assert await persons(tenant, site) == {"Aubry": False, "Colin": False, "Noël": True}

    await tenant.do("personDelete", id=made["Aubry"]["id"])
    await tenant.do("personDelete", id=made["Noël"]["id"])
    assert await persons(tenant, site) == {"Colin": True}

    await tenant.do("personDelete", id=made["Colin"]["id"])
    assert await persons(tenant, site) == {}


async def test_r040_moving_the_primary_leaves_one_behind_and_does_not_displace_another(
    tenant: Tenant,
) -> None:
    site, other, empty = [await contact(tenant, name) for name in ("A", "B", "C")]
    aubry, colin = await person(tenant, site, "Aubry"), await person(tenant, site, "Colin")
    await person(tenant, other, "Noël")

    moved = await tenant.do("personMove", PERSON, id=aubry["id"], contactId=other, version=1)
    assert moved["person"]["contact"] == {"id": other}
    assert await persons(tenant, site) == {"Colin": True}
    assert await persons(tenant, other) == {"Aubry": False, "Noël": True}

    await tenant.do("personMove", id=colin["id"], contactId=empty)
    assert await persons(tenant, site) == {}
    assert await persons(tenant, empty) == {"Colin": True}

    alone = await tenant.do("personMove", PERSON, id=colin["id"], contactId=None)
    assert (alone["person"]["contact"], alone["person"]["isPrimary"]) == (None, False)
    assert await persons(tenant, empty) == {}
    assert await tenant.refused("personMakePrimary", id=colin["id"]) == [
        ("PERSON_UNATTACHED", "id")
    ]
    assert await tenant.refused("personMove", id=colin["id"]) == [("CONTACT_MISSING", "contactId")]


async def test_r040_the_overview_shows_the_primary_person(tenant: Tenant) -> None:
    site = await contact(tenant)
    await person(tenant, site, "Aubry", mobile="06 39 98 12 34")

    found = await tenant.ask(
        "query($id: ID!) { contact(id: $id) { overview "
        "{ primaryPerson { id fullName mobileE164 } } } }",
        id=site,
    )

    shown = found["contact"]["overview"]["primaryPerson"]
    assert (shown["fullName"], shown["mobileE164"]) == ("Aubry", "+33639981234")


async def test_r040_the_database_refuses_a_second_primary(tenant: Tenant) -> None:
    site = await contact(tenant)
    await person(tenant, site, "Aubry")

    async with raw(tenant) as connection:
        with pytest.raises(asyncpg.UniqueViolationError):
            await add(connection, tenant, site, "Colin", primary=True)
    assert await persons(tenant, site) == {"Aubry": True}


@pytest.mark.parametrize(
    "statement",
    [
        "update people_person set is_primary = false where last_name = 'Aubry'",
        "update people_person set contact_id = null, is_primary = false where last_name = 'Aubry'",
        "update people_person set contact_id = (select id from core_contact where name = 'B') "
        "where last_name = 'Aubry'",
        "update people_person set contact_id = (select id from core_contact where name = 'B') "
        "where last_name = 'Colin'",
        "delete from people_person where last_name = 'Aubry'",
    ],
)
async def test_r040_the_database_refuses_persons_without_a_primary(
    tenant: Tenant, statement: str
) -> None:
    site, other = await contact(tenant, "A"), await contact(tenant, "B")
    await person(tenant, site, "Aubry")
    await person(tenant, site, "Colin")

    async with raw(tenant) as connection:
        with pytest.raises(asyncpg.CheckViolationError) as raised:
            await connection.execute(statement)
    assert raised.value.constraint_name == "people_person_primary_kept"
    assert await persons(tenant, site) == {"Aubry": True, "Colin": False}
    assert await persons(tenant, other) == {}


async def test_r040_within_a_transaction_the_order_of_writes_is_free(tenant: Tenant) -> None:
    site = await contact(tenant)

    async with raw(tenant) as connection, connection.transaction():
        await add(connection, tenant, site, "Aubry", primary=False)
        await add(connection, tenant, site, "Colin", primary=True)

    assert await persons(tenant, site) == {"Aubry": False, "Colin": True}


async def test_r040_the_last_primary_does_not_leave_while_somebody_else_arrives(
    tenant: Tenant,
) -> None:
    site = await contact(tenant)
    await person(tenant, site, "Aubry")

    async with raw(tenant) as leaving, raw(tenant) as arriving:
        leave, arrive = leaving.transaction(), arriving.transaction()
        await leave.start()
        await arrive.start()
        await leaving.execute("delete from people_person")
        await add(arriving, tenant, site, "Colin", primary=False)
        ends = await asyncio.gather(leave.commit(), arrive.commit(), return_exceptions=True)

    assert sorted(type(end).__name__ for end in ends) == ["CheckViolationError", "NoneType"]
    assert sorted((await persons(tenant, site)).values()) in ([], [False, True])


async def test_r040_of_persons_added_at_once_one_is_primary(tenant: Tenant) -> None:
    for number in range(5):
        site = await contact(tenant, f"C{number}")

        await asyncio.gather(*(person(tenant, site, f"P{n}") for n in range(4)))

        assert sorted((await persons(tenant, site)).values()) == [False, False, False, True]


async def test_r040_of_persons_made_primary_at_once_one_is(tenant: Tenant) -> None:
    site = await contact(tenant)
    made = [await person(tenant, site, f"P{n}") for n in range(5)]

    for _ in range(5):
        await asyncio.gather(*(tenant.do("personMakePrimary", id=p["id"]) for p in made))

        assert sorted((await persons(tenant, site)).values()) == [False] * 4 + [True]


async def test_r040_persons_that_are_deleted_moved_and_made_primary_at_once_leave_one(
    tenant: Tenant,
) -> None:
    for number in range(4):
        site, other = await contact(tenant, f"A{number}"), await contact(tenant, f"B{number}")
        one, two, three, four = [await person(tenant, site, f"P{n}") for n in range(4)]
        five = await person(tenant, other, "P5")

        await asyncio.gather(
            tenant.do("personDelete", id=one["id"]),
            tenant.do("personMakePrimary", id=two["id"]),
            tenant.do("personMove", id=three["id"], contactId=other),
            tenant.do("personMove", id=five["id"], contactId=site),
            tenant.do("personUpdate", id=four["id"], position="Gardien"),
        )

        assert sorted((await persons(tenant, site)).values()) == [False, False, True]
        assert await persons(tenant, other) == {"P2": True}


async def test_r040_swapping_tells_who_was_and_who_is(tenant: Tenant) -> None:
    site = await contact(tenant)
    aubry, colin = await person(tenant, site, "Aubry"), await person(tenant, site, "Colin")
    await tenant.do("personMakePrimary", id=colin["id"])

    rows = await tenant.house.owner.fetch(
        "select row_id, changes -> 'is_primary' ->> 1 as now from core_audit_entry "
        "where tenant_id = $1 and row_type = 'people_person' and action = 'CHANGED' order by id",
        tenant.id,
    )
    assert [tuple(row) for row in rows] == [
        (key(aubry["id"]), "false"),
        (key(colin["id"]), "true"),
    ]


@asynccontextmanager
async def given_up(tenant: Tenant, times: int) -> AsyncIterator[None]:
    """PostgreSQL gives the first changes of the tenant's persons up, as in a deadlock."""
    owner, name = tenant.house.owner, f"given_up_{tenant.id.hex}"
    await owner.execute(
        f"create sequence {name}; grant usage on sequence {name} to public; "
        f"create function {name}() returns trigger language plpgsql as $$ begin "
        f"if nextval('{name}') <= {times} then raise 'gone' using errcode = '40P01'; end if; "
        f"return new; end $$; create trigger {name} before update on people_person "
        f"for each row when (new.tenant_id = '{tenant.id}') execute function {name}()"
    )
    try:
        yield
    finally:
        await owner.execute(
            f"drop trigger {name} on people_person; drop function {name}; drop sequence {name}"
        )


async def test_r040_a_change_that_is_given_up_for_others_is_made_after_them(
    tenant: Tenant,
) -> None:
    site = await contact(tenant)
    await person(tenant, site, "Aubry")
    colin = await person(tenant, site, "Colin")

    async with given_up(tenant, times=2):
        made = await tenant.do("personMakePrimary", PERSON, id=colin["id"], version=1)

    assert (made["person"]["isPrimary"], made["person"]["version"]) == (True, 2)
    assert await persons(tenant, site) == {"Aubry": False, "Colin": True}


async def test_a_change_that_is_given_up_every_time_is_an_error_and_nothing_is_written(
    tenant: Tenant,
) -> None:
    site = await contact(tenant)
    await person(tenant, site, "Aubry")
    colin = await person(tenant, site, "Colin")

    async with given_up(tenant, times=3):
        answer = await tenant.answer(
            "mutation($input: PersonMakePrimaryInput!) { personMakePrimary(input: $input) "
            "{ person { id } } }",
            input={"id": colin["id"]},
        )

    assert answer["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert await persons(tenant, site) == {"Aubry": True, "Colin": False}
