"""Exports that are sent to an address, and who may open the file of a job."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest_asyncio

from core.files.links import read
from core.kit.ids import global_id
from gateway.app import create_app
from tests.cast import House, Tenant
from tests.core.test_exporting import Exporting, backstage, exporting
from tests.gateway.visitors import Client, client_of
from tests.plugins.crm.cast import colleague

__all__ = ["backstage", "exporting"]  # the fixtures
LINK = re.compile(r"/files/(\S+)")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(house: House) -> AsyncIterator[Client]:
    opened = create_app(house.settings)
    async with opened.router.lifespan_context(opened):
        yield client_of(opened, "10.9.0.1")


async def allow(tenant: Tenant, *domains: str) -> list[str]:
    made = await tenant.do(
        "tenantSettingsUpdate", "tenant { exportDomains }", exportDomains=list(domains)
    )
    found: list[str] = made["tenant"]["exportDomains"]
    return found


async def mails(tenant: Tenant) -> list[Any]:
    return list(
        await tenant.house.owner.fetch(
            "select * from core_mail where tenant_id = $1 order by id", tenant.id
        )
    )


async def test_r057_a_file_is_sent_as_a_link_that_opens_for_two_days(
    exporting: Exporting, client: Client
) -> None:
    tenant = exporting.tenant
    await allow(tenant, "customer.fr")
    await tenant.contact("Dalkia")

    job, content = await exporting.run(columns=["name"], sendTo="Jean@Customer.fr", format="CSV")

    assert job["state"] == "SUCCEEDED"
    (mail,) = await mails(tenant)
    assert mail["address"].lower() == "jean@customer.fr"
    assert (mail["state"], mail["subject"]) == ("QUEUED", "Export : Contacts")
    assert "Camille vous envoie « Contacts »" in mail["text"]
    assert "(1 ligne)" in mail["text"]
    found = LINK.search(mail["text"])
    assert found is not None
    answer = await client.http.get(f"/files/{found[1]}")
    assert (answer.status_code, answer.content) == (200, content)
    secret = tenant.house.settings.secret
    now = datetime.now(UTC)
    assert read(secret, found[1], now + timedelta(hours=47)) is not None
    assert read(secret, found[1], now + timedelta(hours=49)) is None


async def test_r057_other_domains_are_refused_by_name_and_nothing_begins(
    exporting: Exporting,
) -> None:
    tenant = exporting.tenant
    await allow(tenant, "customer.fr")

    for address, code in (
        ("jean@gmail.com", "DOMAIN_NOT_ALLOWED"),
        ("jean@mail.customer.fr", "DOMAIN_NOT_ALLOWED"),
        ("jean@customer.fr.evil.com", "DOMAIN_NOT_ALLOWED"),
        ("jean@customer.fr@evil.com", "INVALID_ADDRESS"),
        ("jean", "INVALID_ADDRESS"),
        ("a@customer.fr, b@evil.com", "INVALID_ADDRESS"),
        ("jean@customer.fr\nBcc: b@evil.com", "INVALID_ADDRESS"),
    ):
        assert await tenant.refused("contactsExport", sendTo=address) == [(code, "sendTo")]
    answer = await tenant.ask(
        """mutation { contactsExport(input: {sendTo: "jean@gmail.com"}) {
          userErrors { message } } }"""
    )
    assert answer["contactsExport"]["userErrors"] == [
        {
            "message": "Exports may not be sent to 'gmail.com'. Allowed domains: customer.fr.",
        }
    ]
    refused = await tenant.without("exports.send").answer(
        'mutation { contactsExport(input: {sendTo: "j@customer.fr"}) { job { id } } }'
    )
    assert [e["extensions"]["code"] for e in refused["errors"]] == ["FORBIDDEN"]
    assert (await tenant.ask("{ jobs { totalCount } }"))["jobs"]["totalCount"] == 0
    assert await mails(tenant) == []


async def test_a_domain_that_is_taken_back_meanwhile_gets_nothing(exporting: Exporting) -> None:
    tenant = exporting.tenant
    await allow(tenant, "customer.fr")
    made = await tenant.do("contactsExport", "job { id }", sendTo="jean@customer.fr")
    assert await allow(tenant) == []

    await exporting.work()

    job = await tenant.ask(
        "query($id: ID!) { job(id: $id) { state messages fileName } }", id=made["job"]["id"]
    )
    assert job["job"]["state"] == "SUCCEEDED"
    assert job["job"]["fileName"].endswith(".xlsx")
    assert job["job"]["messages"] == [
        "Exports may not be sent to 'customer.fr'. Allowed domains: none."
    ]
    assert await mails(tenant) == []


async def test_domains_are_kept_as_mail_servers_write_them(tenant: Tenant) -> None:
    assert await allow(tenant, " @Example.FR", "bücher.de", "example.fr") == [
        "example.fr",
        "xn--bcher-kva.de",
    ]
    for wrong in ("example", "*.fr", "a b.fr", "", "x@y.fr", "-a.fr", "a..fr", "é" * 70 + ".fr"):
        assert await tenant.refused("tenantSettingsUpdate", exportDomains=[wrong]) == [
            ("INVALID_DOMAIN", "exportDomains")
        ]
    many = [f"d{i}.fr" for i in range(51)]
    assert await tenant.refused("tenantSettingsUpdate", exportDomains=many) == [
        ("TOO_MANY_DOMAINS", "exportDomains")
    ]
    assert len((await tenant.ask("{ me { tenant { exportDomains } } }"))["me"]["tenant"][
        "exportDomains"
    ]) == 2  # fmt: skip


async def test_the_file_of_a_job_is_opened_by_those_only_who_see_the_job(
    exporting: Exporting, client: Client
) -> None:
    tenant = exporting.tenant
    site = await tenant.contact("Dalkia")
    job, content = await exporting.run(columns=["name"])
    key = await tenant.house.owner.fetchval(
        "select file_id from core_job where tenant_id = $1", tenant.id
    )
    file = global_id("file", key)
    eve = (await colleague(tenant, "eve")).without("jobs.read")

    assert (await client.http.get(job["fileUrl"])).content == content
    jobs = await eve.ask("{ jobs { nodes { fileUrl } } }")
    assert jobs["jobs"]["nodes"] == []
    for looking in (eve, tenant):
        for query in (
            "query($id: ID!) { file(id: $id) { url } }",
            "query($id: ID!) { node(id: $id) { ... on File { url } } }",
        ):
            answer = await looking.answer(query, id=file)
            assert [*answer["data"].values()] == [None]
            assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    assert await eve.refused("attachmentCreate", contactId=site, fileId=file) == [
        ("NOT_FOUND", "fileId")
    ]


async def test_what_was_exported_and_where_to_is_in_the_audit(exporting: Exporting) -> None:
    tenant = exporting.tenant
    await allow(tenant, "customer.fr")
    await tenant.do("contactsExport", sendTo="jean@customer.fr", columns=["name"])

    row = await tenant.house.owner.fetchrow(
        "select user_id, changes::text from core_audit_entry "
        "where tenant_id = $1 and changes ? 'export'",
        tenant.id,
    )

    assert row["user_id"] == tenant.user_id
    assert '"sendTo": "jean@customer.fr"' in row["changes"]
