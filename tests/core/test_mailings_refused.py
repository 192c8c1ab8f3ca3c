"""What is wrong with a mailing is said before anything is sent, and nothing is written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from core.kit.ids import global_id, new_id
from tests.cast import House, Tenant
from tests.post import Post, let_go, mailbox, person, places, read, template, to_persons
from tests.sending import Desk

GIVEN: dict[str, Any] = {"name": "N", "kind": "SERVICE", "subject": "S", "text": "T"}
WRITTEN = """select (select count(*) from core_mailing where tenant_id = $1)
  + (select count(*) from core_mail where tenant_id = $1)
  + (select coalesce(sum(claims), 0) from core_file where tenant_id = $1)"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def post(house: House) -> AsyncIterator[Post]:
    async with Post.open(house) as opened:
        yield opened


async def refused(tenant: Tenant, of: str = "Persons", **given: Any) -> list[Any]:
    """Why a mailing is refused; nothing of it is there."""
    found = await tenant.refused(f"mailingCreateFor{of}", **{**GIVEN, **given})
    assert await tenant.house.owner.fetchval(WRITTEN, tenant.id) == 0
    return found


@pytest.mark.parametrize("of", ["Persons", "Contacts"])
async def test_r049_texts_that_can_not_be_sent_are_refused(tenant: Tenant, of: str) -> None:
    await person(tenant, "Ada", await tenant.contact("Site"))
    long = "x" * 200_001

    assert await refused(tenant, of, subject="") == [("TEXT_REQUIRED", "subject")]
    assert await refused(tenant, of, text="") == [("TEXT_REQUIRED", "html")]
    assert await refused(tenant, of, html=long) == [("TOO_LONG", "html")]
    assert await refused(tenant, of, text="", html="<script>1</script>") == [
        ("TEXT_REQUIRED", "html")
    ]
    assert await refused(tenant, of, subject="x" * 201) == [("TOO_LONG", "subject")]
    assert await refused(tenant, of, name=" ") == [("NAME_EMPTY", "name")]
    assert await refused(tenant, of, language="de") == [("INVALID_LANGUAGE", "language")]
    assert await refused(tenant, of, html="{{contact.nmae}}") == [("UNKNOWN_KEYWORD", "html")]
    assert await refused(tenant, of, text="{{contact}}") == [("MALFORMED_KEYWORD", "text")]
    assert await refused(tenant, of, text="{{mission.reference}}") == [
        ("KEYWORD_WITHOUT_SUBJECT", "text")
    ]
    for bad in ("nobody", "a@b@c.fr", "a@b.fr\r\nBcc: x@y.fr", "é@b.fr"):
        ((code, field),) = await refused(tenant, of, replyTo=bad)
        assert (code, field) in {("INVALID_EMAIL", "replyTo"), ("INVALID_CHARACTERS", "email")}


async def test_r049_templates_and_files_that_are_not_ones_own_are_refused(
    tenant: Tenant, other_tenant: Tenant, house: House
) -> None:
    await person(tenant, "Ada")
    foreign = await template(other_tenant)
    async with Desk.open(house.settings) as desk:
        theirs = await desk.send(other_tenant)
        own = [await desk.send(tenant, f"{n}.pdf", content=b"%%PDF-1.7\n%d" % n) for n in range(11)]
    await house.owner.execute(
        "update core_file set size = 15 * 1024 * 1024 where tenant_id = $1 and filename = '0.pdf'",
        tenant.id,
    )

    assert await refused(tenant, templateId=foreign) == [("NOT_FOUND", "templateId")]
    assert await refused(tenant, templateId=own[0]) == [("INVALID_ID", "templateId")]
    assert await refused(tenant, attachmentIds=[theirs]) == [("NOT_FOUND", "attachmentIds")]
    assert await refused(tenant, attachmentIds=own) == [("TOO_MANY_FILES", "attachmentIds")]
    assert await refused(tenant, attachmentIds=own[:2]) == [("FILE_TOO_LARGE", "attachmentIds")]
    missing = global_id("financial_document", new_id())
    assert await refused(tenant, aboutIds=[missing]) == [("NOT_FOUND", "aboutIds")]


async def test_r048_persons_who_are_not_there_are_refused(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    ada, theirs = await person(tenant, "Ada"), await person(other_tenant, "Bea")

    assert await refused(tenant, personIds=[ada, theirs]) == [("NOT_FOUND", "personIds")]
    assert await refused(tenant, personIds=[await tenant.contact("A")]) == [
        ("INVALID_ID", "personIds")
    ]
    many = [global_id("person", new_id()) for _ in range(251)]
    assert await refused(tenant, personIds=many) == [("TOO_MANY_RECIPIENTS", "personIds")]


async def test_r047_a_mailing_of_which_all_addresses_are_wrong_can_not_be_sent(
    tenant: Tenant, post: Post
) -> None:
    addresses = ("é@exemple.fr", "ada@exämple..fr", f"{'x' * 250}@exemple.fr")
    for name, address in zip(("Ada", "Bea", "Cleo"), addresses, strict=True):
        await tenant.house.owner.execute(
            "update people_person set email = $3 where tenant_id = $1 and first_name = $2",
            tenant.id, await named(tenant, name), address,
        )  # fmt: skip
    mailing = await to_persons(tenant)

    assert {reason for _, _, reason in places(mailing)} == {"INVALID_ADDRESS"}
    for count in (0, 3):
        refusal = await tenant.refused("mailingSend", id=mailing["id"], confirmCount=count)
        assert refusal == [("NO_RECIPIENTS", "id")]
    await post.deliver(tenant)
    assert (await read(tenant, mailing))["state"] == "DRAFT"
    assert await mailbox(tenant) == []


async def named(tenant: Tenant, name: str) -> str:
    await person(tenant, name)
    return name


async def test_r047_a_count_that_is_off_by_one_a_stale_version_and_a_second_time_send_nothing(
    tenant: Tenant, post: Post
) -> None:
    await person(tenant, "Ada")
    mailing = await to_persons(tenant)

    for count, version, why in (
        (0, 1, ("COUNT_MISMATCH", "confirmCount")),
        (2, 1, ("COUNT_MISMATCH", "confirmCount")),
        (1, 7, ("STALE_VERSION", "version")),
    ):
        given = {"id": mailing["id"], "confirmCount": count, "version": version}
        assert await tenant.refused("mailingSend", **given) == [why]
        await post.deliver(tenant)
        assert (await read(tenant, mailing))["state"] == "DRAFT"
    await let_go(tenant, mailing)
    again = await tenant.refused("mailingSend", id=mailing["id"], confirmCount=1)
    assert again == [("WRONG_STATE", "id")]
    await post.deliver(tenant)
    assert len(await mailbox(tenant)) == 1
