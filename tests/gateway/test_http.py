"""GraphQL over HTTP: media types, methods, bodies, and what is said when they are wrong."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import structlog

from core.kit.limits import Limits
from tests.gateway.toy import Toy, make_toy, serving

GRAPHQL = "application/graphql-response+json; charset=utf-8"
JSON = "application/json; charset=utf-8"
CONTACT = "query One($id: ID!) { contact(id: $id) { id name } }"


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs(
        processors=[structlog.contextvars.merge_contextvars]
    ) as entries:
        yield entries


@pytest.fixture
async def toy() -> AsyncIterator[Toy]:
    toy = make_toy()
    async with toy.asked:
        yield toy


async def test_a_query_is_answered_in_the_media_type_that_is_accepted(toy: Toy) -> None:
    answer = await toy.ask(CONTACT, variables={"id": "7"})

    assert answer.status_code == 200
    assert answer.headers["content-type"] == GRAPHQL
    assert answer.text == '{"data":{"contact":{"id":"7","name":"Établissements Dupont"}}}'


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("application/json", JSON),
        ("*/*", JSON),
        ("application/*;q=0.5", JSON),
        ("application/graphql-response+json, application/json;q=0.9", GRAPHQL),
        ("application/json, application/graphql-response+json;q=0.1", JSON),
        ("text/event-stream, application/json", JSON),
        ("application/graphql-response+json, text/event-stream, multipart/mixed", GRAPHQL),
    ],
)
async def test_the_client_s_preference_decides(toy: Toy, accept: str, media: str) -> None:
    answer = await toy.asked.post(
        "/graphql", json={"query": "{ __typename }"}, headers={"Accept": accept}
    )

    assert answer.headers["content-type"] == media
    assert answer.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("accept", ["text/html", "text/event-stream", "application/json;q=0"])
async def test_a_client_that_accepts_neither_is_told_both(toy: Toy, accept: str) -> None:
    answer = await toy.asked.post("/graphql", json={"query": "{a}"}, headers={"Accept": accept})

    assert answer.status_code == 406
    assert answer.json()["errors"][0]["message"] == (
        "Accept one of: application/graphql-response+json, application/json."
    )


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"", "The body is not JSON: Input is a zero-length, empty document"),
        (b"null", "The body must be a JSON object."),
        (b"1", "The body must be a JSON object."),
        (b'"x"', "The body must be a JSON object."),
        (b"[]", "The body is an array. Send one object; batches are not served."),
        (b'[{"query":"{a}"}]', "The body is an array. Send one object; batches are not served."),
        (b"{", "The body is not JSON: "),
        (b'{"query":"\xff"}', "The body is not JSON: str is not valid UTF-8"),
        (b'{"query":"\\ud800"}', "The body is not JSON: "),
        (b"[" * 100_000, "The body is not JSON: depth limit exceeded"),
        (b'{"variables":' + b'{"a":' * 100 + b"1" + b"}" * 101, "JSON may be nested 40 deep"),
        (b'{"query":"{a}","variables":{"n":' + b"9" * 100_000 + b"}}", "The body is not JSON: "),
        (b'{"query":"{a}","variables":{"n":NaN}}', "The body is not JSON: "),
        (b'{"query":"{a}","query":"{b}"}', "The key 'query' is there twice."),
        (b'{"query":"{a}","variables":{"n":1,"n":2}}', "The key 'n' is there twice."),
        (b"{}", '\'query\' is missing: send {"query": "{ ... }"}.'),
        (b'{"query":1}', "'query' must be a string."),
        (b'{"query":"{a}","variables":[]}', "'variables' must be an object."),
        (b'{"query":"{a}","variables":"{}"}', "'variables' must be an object."),
        (b'{"query":"{a}","operationName":7}', "'operationName' must be a string."),
        (b'{"query":"{a}","extensions":"x"}', "'extensions' must be an object."),
    ],
    ids=range(21),
)
@pytest.mark.parametrize("accept", ["application/graphql-response+json", "application/json"])
async def test_a_body_that_is_no_request_is_a_400_that_says_why(
    toy: Toy, body: bytes, complaint: str, accept: str
) -> None:
    answer = await toy.asked.post(
        "/graphql", content=body, headers={"Content-Type": "application/json", "Accept": accept}
    )

    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]) == (400, {"code": "BAD_REQUEST"})
    assert error["message"].startswith(complaint)


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {},
    ],
)
async def test_only_plain_json_in_utf_8_is_read(toy: Toy, headers: dict[str, str]) -> None:
    body = gzip.compress(b'{"query":"{__typename}"}')
    answer = await toy.asked.post("/graphql", content=body, headers=headers)

    assert answer.status_code == 415
    assert answer.json()["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}


async def test_a_body_of_over_a_megabyte_is_refused_with_or_without_its_length(toy: Toy) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b" " * 500_000

    announced = await toy.asked.post(
        "/graphql", content=b" " * 1_000_001, headers={"Content-Type": "application/json"}
    )
    streamed = await toy.asked.post(
        "/graphql", content=parts(), headers={"Content-Type": "application/json"}
    )

    assert announced.status_code == streamed.status_code == 413
    assert announced.json()["errors"][0]["message"] == (
        "The body has 1000001 bytes; 1000000 are allowed."
    )


async def test_get_asks_but_changes_nothing(toy: Toy) -> None:
    asked = await toy.asked.get(
        "/graphql", params={"query": CONTACT, "variables": '{"id": "7"}', "operationName": "One"}
    )
    changed = await toy.asked.get("/graphql", params={"query": 'mutation { rename(name: "x") }'})
    twice = await toy.asked.get("/graphql?query={a}&query={b}")
    no_object = await toy.asked.get("/graphql", params={"query": "{a}", "variables": "[1]"})

    assert asked.json()["data"]["contact"]["id"] == "7"
    assert (changed.status_code, changed.headers["allow"]) == (405, "POST")
    assert changed.json()["errors"][0]["message"] == "Send a mutation by POST."
    assert twice.json()["errors"][0]["message"] == "The parameter 'query' is there twice."
    assert no_object.status_code == 400


async def test_a_get_that_a_link_could_send_is_refused(toy: Toy) -> None:
    # By a cookie, say; the toy knows a caller by the preflight header alone.
    del toy.asked.headers["Authorization"]

    linked = await toy.asked.get("/graphql?query={__typename}")
    meant = await toy.asked.get(
        "/graphql?query={__typename}", headers={"X-Fieldgate-Preflight": "1"}
    )

    assert linked.status_code == 401
    assert meant.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_not_allowed(toy: Toy, method: str) -> None:
    answer = await toy.asked.request(method, "/graphql")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize("accept", ["application/graphql-response+json", "application/json"])
async def test_nobody_is_asked_to_send_a_token(toy: Toy, accept: str) -> None:
    answer = await toy.asked.post(
        "/graphql",
        json={"query": "{ __typename }"},
        headers={"Authorization": "Bearer bad", "Accept": accept},
    )

    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["errors"] == [
        {
            "message": "Send a valid token as 'Authorization: Bearer ...'.",
            "extensions": {"code": "UNAUTHENTICATED"},
        }
    ]


async def test_a_document_with_several_operations_runs_the_one_that_is_named(toy: Toy) -> None:
    text = "query A { a: __typename } query B { b: __typename }"

    named = await toy.ask(text, operationName="B")
    unnamed = await toy.errors(text)
    unknown = await toy.errors(text, operationName="C")

    assert named.json() == {"data": {"b": "Query"}}
    code = "OPERATION_RESOLUTION_FAILURE"
    assert unnamed == [(code, "Say by operationName which one to run: A, B.")]
    assert unknown == [(code, "The document has no operation 'C', but A, B.")]


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{", None, "GRAPHQL_PARSE_FAILED"),
        ("{ nope }", None, "GRAPHQL_VALIDATION_FAILED"),
        (CONTACT, {}, "BAD_USER_INPUT"),
        ("subscription { a }", None, "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_a_request_that_is_not_executed_is_a_400_or_for_plain_json_a_200(
    toy: Toy, query: str, variables: Any, code: str
) -> None:
    answer = await toy.ask(query, variables=variables)
    plain = await toy.asked.post(
        "/graphql",
        json={"query": query, "variables": variables},
        headers={"Accept": "application/json"},
    )

    assert (answer.status_code, plain.status_code) == (400, 200)
    assert answer.json() == plain.json()
    assert "data" not in answer.json()
    assert answer.json()["errors"][0]["extensions"]["code"] == code


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
        "status": 200,
        "statements": 3,
        "errors": 0,
    }


async def test_the_cost_is_told_when_it_is_asked_for(toy: Toy) -> None:
    query = "query Q($n: Int) { contact(id: 1) { children(first: $n) { nodes { id name } } } }"

    answer = await toy.asked.post(
        "/graphql",
        json={"query": query, "variables": {"n": 10}},
        headers={"X-Fieldgate-Cost": "1"},
    )

    # contact, children, and ten times nodes with id and name
    assert answer.json()["extensions"] == {"cost": {"requested": 32, "limit": 10000}}
