"""Stored documents: run by their hash, and the only ones that some callers may run."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Any

import httpx
import orjson
import pytest
import pytest_asyncio

from core.kit.context import Context
from core.kit.settings import Settings
from gateway.app import create_app
from gateway.gateways import Gateways
from gateway.graphql import GraphQLRequest
from gateway.stored import Planning, StoredDocuments
from gateway.tenancy import Callers
from tests.cast import House, Tenant
from tests.gateway.visitors import Client

TEXT = "query One($id: ID!) { contact(id: $id) { name } }"
ME = "{ me { name } }"
JSON = "application/graphql-response+json"
FORBIDDEN = {
    "errors": [
        {
            "message": "You may run stored documents only.",
            "extensions": {"code": "FORBIDDEN"},
        }
    ]
}
NOT_FOUND = {
    "errors": [
        {
            "message": "There is no stored document of this hash; send its text.",
            "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"},
        }
    ]
}
SETTINGS = (
    "mutation($input: TenantSettingsUpdateInput!) { tenantSettingsUpdate(input: $input) "
    "{ tenant { documentsOnly } userErrors { code field } } }"
)


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


class Asking:
    """One caller of the application, by a token or key."""

    def __init__(self, client: Client, token: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}", "Accept": JSON}

    async def post(self, **body: Any) -> httpx.Response:
        return await self.client.http.post("/graphql", json=body, headers=self.headers)

    async def by_hash(self, text: str, **variables: Any) -> httpx.Response:
        return await self.post(documentId=f"sha256:{digest(text)}", variables=variables)

    async def get(self, **parameters: str) -> httpx.Response:
        return await self.client.http.get("/graphql", params=parameters, headers=self.headers)

    async def do(self, name: str, returns: str = "", /, **input_: Any) -> Any:
        type_ = name[0].upper() + name[1:] + "Input"
        text = (
            f"mutation($input: {type_}!) {{ {name}(input: $input) "
            f"{{ userErrors {{ code field message }} {returns} }} }}"
        )
        answer = (await self.post(query=text, variables={"input": input_})).json()
        return answer["data"][name]

    async def store(self, text: str, **more: Any) -> str:
        given = {"text": text, "name": "One", **more}
        made = await self.do("storedDocumentAdd", "storedDocument { id }", **given)
        assert made["userErrors"] == []
        return str(made["storedDocument"]["id"])


async def key_of(tenant: Tenant, client: Client, *scopes: str, **more: Any) -> Asking:
    given = {"name": "key", "scopes": list(scopes), **more}
    made = await tenant.do("partnerKeyCreate", "secret", **given)
    return Asking(client, made["secret"])


@pytest_asyncio.fixture(loop_scope="session")
async def admin(tenant: Tenant, ada: str, client: Client) -> Asking:
    return Asking(client, await client.token(ada))


@pytest_asyncio.fixture(loop_scope="session")
async def stranger(other_tenant: Tenant, client: Client) -> Asking:
    return await key_of(other_tenant, client, "contacts.read")


async def test_a_stored_document_is_run_by_its_hash(tenant: Tenant, admin: Asking) -> None:
    await admin.store(TEXT)
    contact = await tenant.contact("Dalkia")
    variables = {"id": contact}
    persisted = {"persistedQuery": {"version": 1, "sha256Hash": digest(TEXT)}}

    answers = [
        await admin.by_hash(TEXT, id=contact),
        await admin.post(extensions=persisted, variables=variables),
        await admin.post(query=TEXT, extensions=persisted, variables=variables),
        await admin.get(
            documentId=f"sha256:{digest(TEXT)}", variables=orjson.dumps(variables).decode()
        ),
        await admin.get(
            extensions=orjson.dumps(persisted).decode(),
            variables=orjson.dumps(variables).decode(),
            operationName="One",
        ),
    ]

    assert [a.json()["data"] for a in answers] == [{"contact": {"name": "Dalkia"}}] * 5


async def test_an_unknown_hash_is_not_found_and_another_tenants_is_as_unknown(
    admin: Asking, stranger: Asking
) -> None:
    await admin.store(ME)

    theirs = await stranger.by_hash(ME)
    nobodys = await stranger.by_hash("{ never }")

    assert theirs.status_code == 400
    assert theirs.json() == NOT_FOUND
    assert theirs.content == nobodys.content


async def test_a_text_with_its_hash_runs_whether_it_is_stored_or_not(admin: Asking) -> None:
    answer = await admin.post(query=ME, documentId=f"sha256:{digest(ME)}")

    assert answer.json()["data"] == {"me": {"name": "Ada"}}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            {"query": ME, "documentId": "sha256:" + "0" * 64},
            "The hash is not that of 'query'.",
        ),
        (
            {"documentId": "md5:0"},
            "'documentId' must be 'sha256:' and the hash of the document.",
        ),
        (
            {"documentId": "sha256:" + "F" * 64},
            "A hash is SHA-256, as 64 hexadecimal digits in lower case.",
        ),
        ({"documentId": 7}, "'documentId' must be a string."),
        (
            {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": "0" * 64}}},
            "'extensions.persistedQuery' must be {version: 1, sha256Hash}.",
        ),
        (
            {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": ["0"]}}},
            "A hash is SHA-256, as 64 hexadecimal digits in lower case.",
        ),
        (
            {
                "documentId": "sha256:" + "0" * 64,
                "extensions": {"persistedQuery": {"version": 1, "sha256Hash": "1" * 64}},
            },
            "'documentId' and 'extensions.persistedQuery' differ.",
        ),
    ],
)
async def test_a_hash_that_is_wrong_is_said_to_be(
    admin: Asking, body: dict[str, Any], message: str
) -> None:
    answer = await admin.post(**body)

    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"message": message, "extensions": {"code": "BAD_REQUEST"}}]


async def test_a_stored_mutation_is_not_run_by_get(admin: Asking) -> None:
    text = 'mutation { contactGroupCreate(input: {name: "x"}) { userErrors { code } } }'
    await admin.store(text)

    answer = await admin.get(documentId=f"sha256:{digest(text)}")

    assert answer.status_code == 405


async def test_who_runs_a_stored_document_needs_the_permissions_of_its_fields(
    tenant: Tenant, admin: Asking, client: Client
) -> None:
    await admin.store("{ users { totalCount } }")
    reader = await key_of(tenant, client, "contacts.read")

    answer = (await reader.by_hash("{ users { totalCount } }")).json()

    assert answer["data"] == {"users": None}
    assert [e["extensions"]["code"] for e in answer["errors"]] == ["FORBIDDEN"]


async def test_a_key_bound_to_stored_documents_runs_nothing_else(
    tenant: Tenant, admin: Asking, client: Client
) -> None:
    await admin.store(ME)
    bound = await key_of(tenant, client, "contacts.read", "schema.read", documentsOnly=True)

    assert (await bound.by_hash(ME)).json()["data"] == {"me": {"name": "key"}}
    assert (await bound.post(query=ME)).json()["data"] == {"me": {"name": "key"}}
    for text in (ME + " ", "{ contacts { totalCount } }", "{ mee }", "{ __typename }", "nonsense"):
        answer = await bound.post(query=text)
        assert (answer.status_code, answer.json()) == (403, FORBIDDEN)
    unknown = await bound.by_hash("{ mee }")
    assert (unknown.status_code, unknown.json()) == (400, NOT_FOUND)
    free = await admin.post(query="{ __typename }")
    assert free.json()["data"] == {"__typename": "Query"}


async def test_a_bound_key_is_told_so_in_plain_json_too(tenant: Tenant, client: Client) -> None:
    bound = await key_of(tenant, client, "contacts.read", documentsOnly=True)
    bound.headers["Accept"] = "application/json"

    answer = await bound.post(query="{ contacts { nope } }")

    assert (answer.status_code, answer.json()) == (200, FORBIDDEN)


async def test_a_key_is_bound_and_freed_at_once(
    tenant: Tenant, admin: Asking, client: Client
) -> None:
    made = await admin.do(
        "partnerKeyCreate", "secret partnerKey { id }", name="k", scopes=["contacts.read"]
    )
    key, identifier = Asking(client, made["secret"]), made["partnerKey"]["id"]
    assert (await key.post(query=ME)).status_code == 200

    bound = await admin.do(
        "partnerKeyUpdate", "partnerKey { documentsOnly version }",
        id=identifier, documentsOnly=True,
    )  # fmt: skip
    assert bound["partnerKey"] == {"documentsOnly": True, "version": 2}
    assert (await key.post(query=ME)).json() == FORBIDDEN
    stale = await admin.do("partnerKeyUpdate", id=identifier, version=1, documentsOnly=False)
    assert [e["code"] for e in stale["userErrors"]] == ["STALE_VERSION"]
    await admin.do("partnerKeyUpdate", id=identifier, version=2, documentsOnly=False)
    assert (await key.post(query=ME)).status_code == 200


async def test_a_tenant_bound_to_stored_documents_has_a_way_back(
    tenant: Tenant, admin: Asking, client: Client
) -> None:
    key = await key_of(tenant, client, "contacts.read")
    refused = await admin.do("tenantSettingsUpdate", documentsOnly=True)
    assert [(e["code"], e["field"]) for e in refused["userErrors"]] == [
        ("NO_WAY_BACK", "documentsOnly")
    ]

    identifier = await admin.store(SETTINGS)
    done = await admin.by_hash(SETTINGS, input={"documentsOnly": True})

    assert done.json()["data"]["tenantSettingsUpdate"] == {
        "tenant": {"documentsOnly": True},
        "userErrors": [],
    }
    for caller in (admin, key):
        assert (await caller.post(query="{ contacts { nope } }")).json() == FORBIDDEN
    kept = await tenant.refused("storedDocumentRemove", id=identifier)
    assert kept == [("NO_WAY_BACK", "id")]
    await admin.by_hash(SETTINGS, input={"documentsOnly": False})
    assert (await key.post(query=ME)).status_code == 200
    await tenant.do("storedDocumentRemove", "deletedId", id=identifier)


async def test_what_is_removed_is_not_found_at_once(admin: Asking) -> None:
    identifier = await admin.store(ME)
    assert (await admin.by_hash(ME)).status_code == 200

    await admin.do("storedDocumentRemove", id=identifier)

    assert (await admin.by_hash(ME)).json() == NOT_FOUND


async def test_what_is_removed_elsewhere_is_believed_for_half_a_minute(
    house: House, tenant: Tenant
) -> None:
    now = [0.0]
    stored = StoredDocuments(house.db, lambda: now[0])
    made = await tenant.do("storedDocumentAdd", "storedDocument { id }", text=ME, name="Me")
    assert await stored.text(tenant.id, digest(ME)) == ME
    await tenant.do("storedDocumentRemove", id=made["storedDocument"]["id"])

    now[0] = 29
    assert await stored.text(tenant.id, digest(ME)) == ME
    now[0] = 31
    assert await stored.text(tenant.id, digest(ME)) is None


async def test_only_so_many_texts_are_remembered(
    house: House, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.stored.MOST_KNOWN", 2)
    stored = StoredDocuments(house.db)
    texts = [f"{{ a{i}: __typename }}" for i in range(4)]
    for text in texts:
        await tenant.do("storedDocumentAdd", text=text, name="T")

    for text in texts:
        assert await stored.text(tenant.id, digest(text)) == text
    assert await stored.text(tenant.id, digest("{ never }")) is None

    assert len(stored) == 2
    monkeypatch.setattr("gateway.stored.MOST_CHARACTERS", 10)
    await stored.text(tenant.id, digest(texts[0]))
    assert len(stored) == 0


async def test_stored_documents_are_planned_before_anybody_asks(
    house: House, tenant: Tenant, admin: Asking, ada: str
) -> None:
    await admin.store(TEXT, exampleVariables={"id": "contact_" + "0" * 32})
    await admin.store("query Many($first: Int!) { contacts(first: $first) { totalCount } }")
    gateways = Gateways(house.modules)
    callers = Callers(house.db, gateways.modules)

    planning = Planning(house.db, gateways)
    await planning.run()

    caller = await callers.of(admin.headers["Authorization"].removeprefix("Bearer "))
    assert caller is not None
    gateway = gateways.of(caller.modules)
    known = len(gateway.documents), len(gateway.execution.plans)
    context = Context(caller.actor, caller.permissions, house.db, house.sessions, tenant.listeners)
    contact = await tenant.contact("Dalkia")
    answer = await gateway.answer(GraphQLRequest(TEXT, {"id": contact}), context)
    assert (answer.way, orjson.loads(answer.body)["data"]) == (
        "planned",
        {"contact": {"name": "Dalkia"}},
    )
    assert (len(gateway.documents), len(gateway.execution.plans)) == known
    assert planning.planned >= 1
    gateways.close()


async def test_a_gateway_that_starts_plans_what_is_stored(
    settings: Settings, admin: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = asyncio.Event()

    class Noted(Planning):
        async def run(self) -> None:
            await super().run()
            ran.set()

    monkeypatch.setattr("gateway.app.Planning", Noted)
    opened = create_app(settings)

    async with opened.router.lifespan_context(opened):
        await asyncio.wait_for(ran.wait(), 30)
