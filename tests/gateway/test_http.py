"""GraphQL over HTTP: media types, methods, bodies, and what is said when they are wrong."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.gateway.toy import Toy

GRAPHQL = "application/graphql-response+json; charset=utf-8"
JSON = "application/json; charset=utf-8"
CONTACT = "query One($id: ID!) { contact(id: $id) { id name } }"


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
