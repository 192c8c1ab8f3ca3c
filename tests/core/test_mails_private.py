"""What a private mail says is its recipient's alone; that it was sent is not."""

from __future__ import annotations

from typing import Any

from core.kit.ids import global_id
from core.mail.rules.templates import Filled
from core.mail.services import letters
from tests.cast import Tenant

MAILS = """query($where: MailFilter) { mails(where: $where) { nodes {
  address state isPrivate subject html text } } }"""
ONE = "query($id: ID!) { node(id: $id) { ... on Mail { subject text } } }"
SAID = Filled("Votre export", "<p>https://x/files/abc</p>", "https://x/files/abc")


async def post(tenant: Tenant, address: str, *, private: bool) -> str:
    async with tenant.session() as session:
        mail = await letters.post(session, SAID, address, private=private)
    return global_id("mail", mail.id)


async def found(tenant: Tenant, **where: Any) -> list[Any]:
    return list((await tenant.ask(MAILS, where=where))["mails"]["nodes"])


async def test_r050_what_a_private_mail_says_is_not_shown_and_not_found_out_by_filtering(
    tenant: Tenant,
) -> None:
    private = await post(tenant, "ada@exemple.fr", private=True)
    open_ = await post(tenant, "bea@exemple.fr", private=False)

    by_address = {mail["address"]: mail for mail in await found(tenant)}

    assert by_address["ada@exemple.fr"] == {
        "address": "ada@exemple.fr", "state": "QUEUED", "isPrivate": True,
        "subject": None, "html": None, "text": None,
    }  # fmt: skip
    assert by_address["bea@exemple.fr"]["text"] == "https://x/files/abc"
    by_subject = await found(tenant, subject={"contains": "export"})
    assert [mail["address"] for mail in by_subject] == ["bea@exemple.fr"]
    assert (await tenant.ask(ONE, id=private))["node"] == {"subject": None, "text": None}
    assert (await tenant.ask(ONE, id=open_))["node"]["subject"] == "Votre export"
    answer = await tenant.answer("query($id: ID!) { mailPreview(id: $id) { text } }", id=private)
    assert answer["data"] == {"mailPreview": None}
    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"
