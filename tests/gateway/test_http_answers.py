"""What is answered when fields fail, requests take too long, or clients go away."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from core.kit.limits import Limits
from tests.gateway.toy import Toy, make_toy, serving

CONTACT = "query One($id: ID!) { contact(id: $id) { id name } }"


async def test_there_are_five_validation_errors_at_most_of_300_characters(toy: Toy) -> None:
    many = await toy.errors("{" + " ".join(f"nope{i}" for i in range(9)) + "}")
    long = await toy.errors(CONTACT, variables={"id": {"x": "y" * 5000}})

    assert len(many) == 5
    assert [len(message) for _, message in long] == [300]


async def test_what_a_field_says_is_passed_on_and_what_it_blurts_out_is_masked(
    toy: Toy, logged: list[Any]
) -> None:
    answer = await toy.ask("{ broken private wrongType notANumber __typename }")

    body = answer.json()
    assert answer.status_code == 200
    assert body["data"] == {
        "broken": None,
        "private": None,
        "wrongType": None,
        "notANumber": None,
        "__typename": "Query",
    }
    errors = {error["path"][0]: error for error in body["errors"]}
    assert errors["private"]["message"] == "You need the permission 'contacts.read'."
    assert errors["private"]["extensions"] == {"code": "FORBIDDEN"}
    assert "hunter2" not in answer.text
    assert "a secret" not in answer.text
    ids = {entry["error_id"]: entry for entry in logged if "error_id" in entry}
    for field in ("broken", "wrongType", "notANumber"):
        quoted = errors[field]["extensions"]["id"]
        assert errors[field]["message"] == f"Unexpected error. Quote {quoted} to support."
        assert errors[field]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
        assert ids[quoted]["path"] == [field]


@pytest.mark.parametrize("field", ["endsTheProcess", "strayCancel"])
async def test_a_field_that_raises_what_nobody_should_costs_one_request(
    toy: Toy, field: str
) -> None:
    answer = await toy.ask("{ %s }" % field)  # noqa: UP031

    assert answer.status_code == 500
    assert answer.json()["errors"][0]["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert (await toy.ask("{ __typename }")).status_code == 200


async def test_an_argument_that_a_field_refuses_is_the_caller_s_error(toy: Toy) -> None:
    large = "{ contact(id: 1) { children(first: 500) { totalCount } } }"

    assert await toy.errors(large) == [("BAD_USER_INPUT", "A page has 100 rows at most, not 500.")]


async def test_introspection_needs_a_permission_and_the_type_s_name_doesn_t() -> None:
    toy = make_toy(permissions=frozenset())
    async with toy.asked:
        schema = await toy.ask("{ __schema { types { name } } }")
        hidden = await toy.ask('query { ...F } fragment F on Query { __type(name: "A") { name } }')
        name = await toy.ask("{ __typename }")
        guess = await toy.errors("{ contacs { id } }")

    assert (schema.status_code, hidden.status_code, name.status_code) == (403, 403, 200)
    assert schema.json()["errors"] == [
        {
            "message": "Introspection needs the permission 'schema.read'.",
            "extensions": {"code": "FORBIDDEN"},
        }
    ]
    message = "Cannot query field 'contacs' on type 'Query'."
    assert guess == [("GRAPHQL_VALIDATION_FAILED", message)]


async def test_a_request_that_takes_too_long_is_stopped(logged: list[Any]) -> None:
    toy = make_toy(Limits(seconds=0.05))
    async with toy.asked:
        answer = await toy.ask("query Slow { sleep(seconds: 5) }")
        await asyncio.sleep(0)

    assert answer.status_code == 504
    assert answer.json()["errors"] == [
        {
            "message": "The request took over 0.05 seconds and was stopped.",
            "extensions": {"code": "TIMEOUT"},
        }
    ]
    assert toy.context.events == ["started", "cancelled"]
    assert logged[-1]["outcome"] == "timeout"


async def test_a_client_that_goes_away_stops_its_request(toy: Toy, logged: list[Any]) -> None:
    async with serving(toy.app) as url, httpx.AsyncClient(headers=toy.asked.headers) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.post(
                f"{url}/graphql", json={"query": "{ sleep(seconds: 5) }"}, timeout=0.2
            )
        await asyncio.sleep(0.2)

    assert toy.context.events == ["started", "cancelled"]
    assert [entry["outcome"] for entry in logged if entry["event"] == "graphql"] == ["gone"]


async def test_a_body_that_never_comes_is_not_waited_for() -> None:
    toy = make_toy(Limits(seconds=0.1))
    head = (
        "POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good\r\n"
        "Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
    )
    async with toy.asked, serving(toy.app) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(head.encode())
        line = await reader.readline()
        writer.close()
        await writer.wait_closed()

    assert line == b"HTTP/1.1 408 Request Timeout\r\n"


async def test_more_requests_than_a_process_can_run_are_turned_away() -> None:
    toy = make_toy(Limits(concurrent=1, seconds=0.2))
    async with toy.asked:
        slow = asyncio.create_task(toy.ask("{ sleep(seconds: 0.1) }"))
        await asyncio.sleep(0.02)
        shed = await toy.ask("{ __typename }")
        served = await slow

    assert (shed.status_code, shed.headers["retry-after"]) == (503, "1")
    assert shed.json()["errors"][0]["extensions"] == {"code": "THROTTLED"}
    assert served.json() == {"data": {"sleep": "slept"}}


@pytest.mark.parametrize(
    ("given", "kept"),
    [("abc-123", True), ("two words", False), ("x" * 101, False), ("", False)],
)
async def test_a_request_keeps_its_id_if_that_is_sane(
    toy: Toy, logged: list[Any], given: str, kept: bool
) -> None:
    answer = await toy.asked.post(
        "/graphql",
        json={"query": "query Mine { __typename }"},
        headers={"X-Request-Id": given},
    )

    assert (answer.headers["x-request-id"] == given) is kept
    (entry,) = logged
    del entry["ms"]
    assert entry == {
        "event": "graphql",
        "log_level": "info",
        "request_id": answer.headers["x-request-id"],
        "tenant": "tenant-1",
        "operation": "Mine",
        "outcome": "ok",
        "way": "plain",
        "status": 200,
        "statements": 3,
        "errors": 0,
    }


async def test_the_cost_and_the_way_are_told_when_they_are_asked_for(toy: Toy) -> None:
    query = "query Q($n: Int) { contact(id: 1) { children(first: $n) { nodes { id name } } } }"

    answer = await toy.asked.post(
        "/graphql",
        json={"query": query, "variables": {"n": 10}},
        headers={"X-Fieldgate-Cost": "1"},
    )

    # contact, children, and ten times nodes with id and name
    told = answer.json()["extensions"]
    assert told["cost"] == {"requested": 32, "limit": 10000}
    assert (told["execution"]["way"], told["execution"]["statements"]) == ("plain", 3)


async def test_finding_out_who_asks_is_part_of_the_time_limit() -> None:
    toy = make_toy(Limits(seconds=0.1))
    toy.failing.add("callers")
    async with toy.asked:
        answer = await toy.ask("{ __typename }")

    assert answer.status_code == 504
    assert answer.json()["errors"][0]["extensions"] == {"code": "TIMEOUT"}
