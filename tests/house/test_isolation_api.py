"""Through the API, what is another tenant's is as absent as what never was."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest_asyncio

from core.kit.db import Base
from core.kit.ids import global_id, new_id
from tests.cast import House, Tenant
from tests.house.asked import Operation, operations
from tests.house.rows import as_they_are, furnished, owned_tables, without_ids

#: What is said to an id that is none: which one it is, and what it should have been.
MALFORMED = re.compile(r"'(bad-\d+)' is not the ID of a ([a-z ]+)\.")


def prefixes() -> dict[str, str]:
    """How the ids of the rows of each table begin in the API."""
    return {
        table.name: table.info["prefix"]
        for table in Base.metadata.tables.values()
        if "prefix" in table.info and "view" not in table.info
    }


@pytest_asyncio.fixture(loop_scope="session")
async def foreign(house: House, other_tenant: Tenant) -> AsyncIterator[dict[str, str]]:
    """Of each type, the id of something of another tenant's."""
    async with furnished(house.owner, other_tenant.id):
        found = {}
        for table, prefix in prefixes().items():
            key = await house.owner.fetchval(
                f"select id from {table} where tenant_id = $1 limit 1", other_tenant.id
            )
            found[prefix] = global_id(prefix, key)
        yield found


async def kinds(tenant: Tenant, asked: Operation) -> dict[str, str]:
    """Of what each id must be, by place, as the answers to malformed ones say."""
    malformed = {f"bad-{number}": place for number, place in enumerate(asked.places())}
    known: dict[str, str] = {}
    for _ in range(len(malformed) + 1):
        ids = {place: known.get(place) or bad for bad, place in malformed.items()}
        answer = await tenant.answer(asked.document, **asked.variables(ids.__getitem__))
        said = MALFORMED.search(orjson.dumps(answer).decode())
        if said is None:
            break
        prefix = "contact" if said[2] == "node" else said[2].split(" or ")[0].replace(" ", "_")
        known[malformed[said[1]]] = global_id(prefix, new_id())
    return {place: identifier.rpartition("_")[0] for place, identifier in known.items()}


async def answers(
    tenant: Tenant, asked: Operation, found: dict[str, str], foreign: dict[str, str]
) -> tuple[bytes, bytes]:
    """What is said to another tenant's ids, and to ids of nothing; without the ids."""

    def theirs(place: str) -> str:
        return foreign[found.get(place, "contact")]

    def nobodys(place: str) -> str:
        return global_id(found.get(place, "contact"), new_id())

    one = await tenant.answer(asked.document, **asked.variables(theirs))
    other = await tenant.answer(asked.document, **asked.variables(nobodys))
    return without_ids(orjson.dumps(one)), without_ids(orjson.dumps(other))


def schema_of(tenant: Tenant) -> Any:
    return tenant.house.gateway(tenant.modules).schema


async def test_no_query_tells_another_tenants_id_from_one_of_nothing(
    tenant: Tenant, foreign: dict[str, str]
) -> None:
    asked = list(operations(schema_of(tenant), "query"))

    assert {"contact", "contacts", "contactsById", "node"} <= {a.name for a in asked}
    for each in asked:
        found = await kinds(tenant, each)
        assert found.keys() == set(each.places()), each.document
        theirs, nobodys = await answers(tenant, each, found, foreign)
        assert theirs == nobodys, each.document
        assert b"INTERNAL_SERVER_ERROR" not in theirs, (each.document, theirs)


async def test_no_subscription_tells_another_tenants_id_from_one_of_nothing(
    tenant: Tenant, foreign: dict[str, str]
) -> None:
    asked = list(operations(schema_of(tenant), "subscription"))

    assert {"jobChanged", "contactChanged", "myAlertsChanged"} <= {a.name for a in asked}
    for each in asked:
        found = await kinds(tenant, each)
        assert found.keys() == set(each.places()), each.document
        theirs, nobodys = await answers(tenant, each, found, foreign)
        assert theirs == nobodys, each.document
        assert b"INTERNAL_SERVER_ERROR" not in theirs, (each.document, theirs)


async def test_by_its_id_what_is_not_there_is_not_found(
    tenant: Tenant, foreign: dict[str, str]
) -> None:
    for each in operations(schema_of(tenant), "query"):
        if each.places() != ["id"]:
            continue
        prefix = (await kinds(tenant, each)).get("id", "contact")
        for identifier in (foreign[prefix], global_id(prefix, new_id()), "contact_0", ""):
            answer = await tenant.answer(each.document, id=identifier)

            assert answer["data"] == {each.name: None}, each.document
            codes = [error["extensions"]["code"] for error in answer["errors"]]
            assert codes == ["NOT_FOUND"], (each.document, identifier)


async def test_no_node_opens_to_another_tenant(tenant: Tenant, foreign: dict[str, str]) -> None:
    query = "query($id: ID!) { node(id: $id) { id __typename } }"
    shown = {
        t.name for t in schema_of(tenant).get_possible_types(schema_of(tenant).get_type("Node"))
    }

    assert len(shown) > 5
    for prefix, identifier in foreign.items():
        theirs = await tenant.answer(query, id=identifier)
        nobodys = await tenant.answer(query, id=global_id(prefix, new_id()))

        assert theirs["data"] == {"node": None}
        assert [e["extensions"]["code"] for e in theirs["errors"]] == ["NOT_FOUND"]
        assert without_ids(orjson.dumps(theirs)) == without_ids(orjson.dumps(nobodys))


async def test_no_mutation_tells_another_tenants_id_from_one_of_nothing_or_touches_it(
    tenant: Tenant, other_tenant: Tenant, foreign: dict[str, str]
) -> None:
    asked = list(operations(schema_of(tenant), "mutation"))
    tables = await owned_tables(tenant.house.owner)

    async def of_the_other() -> dict[str, list[Any]]:
        rows = await as_they_are(tenant.house.owner, tables)
        return {t: [r for r in found if r[1] == other_tenant.id] for t, found in rows.items()}

    before = await of_the_other()
    assert {"contactUpdate", "contactMove", "roleDelete"} <= {a.name for a in asked}
    for each in asked:
        found = await kinds(tenant, each)
        assert found.keys() == set(each.places()), each.document
        theirs, nobodys = await answers(tenant, each, found, foreign)
        assert theirs == nobodys, each.document
        assert b"INTERNAL_SERVER_ERROR" not in theirs, (each.document, theirs)
    assert await of_the_other() == before
