"""Storing documents: what is checked, and who may."""

from __future__ import annotations

from typing import Any

import pytest

from core.documents import rules
from tests.cast import Tenant

TEXT = "query One($id: ID!) { contact(id: $id) { name } }"
ALL = "{ storedDocuments { nodes { name text digest documentId exampleVariables version } } }"


async def test_a_document_is_kept_with_its_hash_and_an_example(tenant: Tenant) -> None:
    made = await tenant.do(
        "storedDocumentAdd", "storedDocument { id name }",
        text=TEXT, name=" One ", exampleVariables={"id": "contact_1"},
    )  # fmt: skip

    digest = rules.digest_of(TEXT)
    assert made["storedDocument"]["name"] == "One"
    assert (await tenant.ask(ALL))["storedDocuments"]["nodes"] == [
        {
            "name": "One",
            "text": TEXT,
            "digest": digest,
            "documentId": f"sha256:{digest}",
            "exampleVariables": {"id": "contact_1"},
            "version": 1,
        }
    ]


async def test_documents_are_the_tenants_own(tenant: Tenant, other_tenant: Tenant) -> None:
    made = await tenant.do("storedDocumentAdd", "storedDocument { id }", text=TEXT, name="One")
    identifier = made["storedDocument"]["id"]

    assert await other_tenant.ask(ALL) == {"storedDocuments": {"nodes": []}}
    assert await other_tenant.refused("storedDocumentRemove", id=identifier) == [
        ("NOT_FOUND", "id")
    ]
    await other_tenant.do("storedDocumentAdd", text=TEXT, name="One")
    assert len((await tenant.ask(ALL))["storedDocuments"]["nodes"]) == 1


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"text": "{ contacts { "}, ("INVALID_DOCUMENT", "text")),
        ({"text": "{ contacts { nope } }"}, ("INVALID_DOCUMENT", "text")),
        ({"text": "{ " + "a " * 3000 + "}"}, ("INVALID_DOCUMENT", "text")),
        ({"text": "query A { me { name } } query B { me { id } }"}, ("INVALID_DOCUMENT", "text")),
        ({"text": '{ contact(id: "\\u0000") { id } }'}, ("INVALID_DOCUMENT", "text")),
        ({"name": " "}, ("INVALID_NAME", "name")),
        ({"exampleVariables": [1]}, ("INVALID_VARIABLES", "exampleVariables")),
        ({"exampleVariables": {"id": {"a": 1}}}, ("INVALID_VARIABLES", "exampleVariables")),
        ({"exampleVariables": {}}, ("INVALID_VARIABLES", "exampleVariables")),
        (
            {"exampleVariables": {"id": "c", "more": "x" * 20_000}},
            ("INVALID_VARIABLES", "exampleVariables"),
        ),
    ],
)
async def test_what_could_not_run_is_not_stored(
    tenant: Tenant, given: dict[str, Any], refusal: tuple[str, str]
) -> None:
    assert await tenant.refused("storedDocumentAdd", **{"text": TEXT, "name": "One", **given}) == [
        refusal
    ]
    assert await tenant.ask(ALL) == {"storedDocuments": {"nodes": []}}


async def test_a_refusal_says_what_the_schema_says_and_hints_only_to_who_may_read_it(
    tenant: Tenant,
) -> None:
    text = (
        "mutation($input: StoredDocumentAddInput!) { storedDocumentAdd(input: $input) "
        "{ userErrors { message } } }"
    )
    messages = []
    for caller in (tenant, tenant.without("schema.read")):
        answer = await caller.ask(text, input={"text": "{ contacs { totalCount } }", "name": "x"})
        messages += [e["message"] for e in answer["storedDocumentAdd"]["userErrors"]]

    assert messages == [
        "Cannot query field 'contacs' on type 'Query'. Did you mean 'contact' or 'contacts'?",
        "Cannot query field 'contacs' on type 'Query'.",
    ]


async def test_a_text_is_stored_once_and_not_without_end(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tenant.do("storedDocumentAdd", text=TEXT, name="One")

    again = await tenant.refused("storedDocumentAdd", text=TEXT, name="Two")
    monkeypatch.setattr(rules, "MOST_DOCUMENTS", 1)
    more = await tenant.refused("storedDocumentAdd", text="{ me { id } }", name="Me")

    assert again == [("ALREADY_STORED", "text")]
    assert more == [("TOO_MANY_DOCUMENTS", None)]


async def test_storing_and_seeing_need_their_permissions(tenant: Tenant) -> None:
    add = 'mutation { storedDocumentAdd(input: {text: "{ me { id } }", name: "x"}) { key: __typename } }'  # noqa: E501

    for caller, text in (
        (tenant.without("documents.write"), add),
        (tenant.without("documents.read"), ALL),
    ):
        answer = await caller.answer(text)
        assert [e["extensions"]["code"] for e in answer["errors"]] == ["FORBIDDEN"]
    assert await tenant.ask(ALL) == {"storedDocuments": {"nodes": []}}


async def test_a_tenant_changes_its_settings_and_the_audit_says_so(tenant: Tenant) -> None:
    changed = await tenant.do(
        "tenantSettingsUpdate", "tenant { timeZone locale country referencePolicy }",
        timeZone="Indian/Reunion", locale="en", country="RE", referencePolicy="ENFORCE",
    )  # fmt: skip

    expected = {
        "timeZone": "Indian/Reunion",
        "locale": "en",
        "country": "RE",
        "referencePolicy": "ENFORCE",
    }
    assert changed["tenant"] == expected
    me = await tenant.ask("{ me { tenant { timeZone locale country referencePolicy } } }")
    assert me == {"me": {"tenant": expected}}
    entries = await tenant.ask("{ auditEntries { nodes { rowKind action changes } } }")
    assert entries["auditEntries"]["nodes"][0] == {
        "rowKind": "tenant",
        "action": "CHANGED",
        "changes": {
            "timeZone": {"before": "Europe/Paris", "after": "Indian/Reunion"},
            "locale": {"before": "fr", "after": "en"},
            "country": {"before": "FR", "after": "RE"},
            "referencePolicy": {"before": "WARN", "after": "ENFORCE"},
        },
    }


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"timeZone": "Mars/Base"}, ("INVALID_TIME_ZONE", "timeZone")),
        ({"locale": "xx"}, ("INVALID_LOCALE", "locale")),
        ({"country": "fr"}, ("INVALID_COUNTRY", "country")),
        ({"name": ""}, ("INVALID_NAME", "name")),
    ],
)
async def test_settings_that_mean_nothing_are_refused(
    tenant: Tenant, other_tenant: Tenant, given: dict[str, str], refusal: tuple[str, str]
) -> None:
    ask = "{ me { tenant { name timeZone locale country } } }"
    before = [await t.ask(ask) for t in (tenant, other_tenant)]

    assert await tenant.refused("tenantSettingsUpdate", **{"locale": "en", **given}) == [refusal]

    assert [await t.ask(ask) for t in (tenant, other_tenant)] == before


async def test_settings_are_for_who_may_manage_the_tenant(tenant: Tenant) -> None:
    answer = await tenant.without("tenancy.write").answer(
        'mutation { tenantSettingsUpdate(input: {locale: "en"}) { userErrors { code } } }'
    )

    assert [e["extensions"]["code"] for e in answer["errors"]] == ["FORBIDDEN"]
