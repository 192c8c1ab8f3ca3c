"""Mails over SMTP: what arrives, and what becomes of what does not."""

from __future__ import annotations

import re
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.kit.ids import new_id
from core.mail.composing import Attachment, compose
from core.mail.rules.addresses import one_line
from core.mail.rules.templates import Filled
from core.mail.services import claiming
from core.mail.services.handing import Claimed
from tests.cast import House, Tenant
from tests.post import Post, let_go, mail_ids, person, places, read, to_persons
from tests.sending import PDF, Desk
from tests.smtp import MailServer, knows, mail_server

OPENSSL = shutil.which("openssl")
OURS = "Kälte & Wärme <no-reply@localhost.localdomain>"


@asynccontextmanager
async def posting(house: House, server: MailServer, **settings: Any) -> AsyncIterator[Post]:
    async with Post.open(house, **{"smtp_url": server.url(), **settings}) as post:
        yield post


async def prepared(tenant: Tenant, *names: str, **given: Any) -> Any:
    """A mailing that was let go, to persons of these names."""
    for name in names:
        await person(tenant, name)
    mailing = await to_persons(tenant, **given)
    await let_go(tenant, mailing)
    return mailing


async def states(tenant: Tenant, mailing: Any) -> dict[str | None, tuple[str | None, str | None]]:
    return {name: (state, reason) for name, state, reason in places(await read(tenant, mailing))}


async def test_r047_what_arrives_is_a_whole_mail_for_one_recipient(
    house: House, tenant: Tenant
) -> None:
    await house.owner.execute(
        "update core_tenant set name = 'Kälte & Wärme' where id = $1", tenant.id
    )
    await person(tenant, "Élodie", lastName="Noël", email="elodie@exemple.fr")
    await person(tenant, "Bea")
    async with Desk.open(house.settings) as desk:
        file = await desk.send(tenant, "Devis été.pdf")
    async with mail_server() as server, posting(house, server) as post:
        mailing = await to_persons(
            tenant, subject="Été : {{person.full_name}}", html="<p>Déjà <b>vu</b></p>",
            attachmentIds=[file], replyTo="accueil@exemple.fr",
        )  # fmt: skip
        await let_go(tenant, mailing)
        await post.deliver(tenant)

    assert server.addresses() == {"elodie@exemple.fr": 1, "bea@exemple.fr": 1}
    assert {mail.sender for mail in server.arrived} == {"no-reply@localhost.localdomain"}
    (arrived,) = (m for m in server.arrived if m.recipients == ["elodie@exemple.fr"])
    mail = arrived.message
    assert arrived.content.isascii()
    assert max(map(len, arrived.content.split(b"\r\n"))) <= 998
    once_or_never = ("To", "From", "Subject", "Cc", "Bcc")
    assert [len(mail.get_all(name, [])) for name in once_or_never] == [1, 1, 1, 0, 0]
    assert (mail["To"], mail["From"]) == ("Élodie Noël <elodie@exemple.fr>", OURS)
    assert (mail["Subject"], mail["Reply-To"]) == ("Été : Élodie Noël", "accueil@exemple.fr")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Unsubscribe"].startswith(f"<{house.settings.public_address}/unsubscribe/")
    # Not folded, and so not encoded: who reads it reads no RFC 2047.
    link = (
        rf"List-Unsubscribe: <{re.escape(house.settings.public_address)}/unsubscribe/[\w-]{{70}}>"
    )
    assert re.search(rf"\r\n{link}\r\n", arrived.content.decode())
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime > datetime(2026, 1, 1, tzinfo=UTC)
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/pdf",
    ]  # fmt: skip
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().startswith("Des nouvelles.")
    assert "<p>Déjà <b>vu</b></p>" in html.get_content()
    (attached,) = mail.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("Devis été.pdf", PDF)
    assert len({mail.message["Message-ID"] for mail in server.arrived}) == 2


async def test_r049_a_service_mail_offers_no_unsubscribing(house: House, tenant: Tenant) -> None:
    async with mail_server() as server, posting(house, server) as post:
        await prepared(tenant, "Ada", kind="SERVICE")
        await post.deliver(tenant)

    (mail,) = server.arrived
    assert mail.message["List-Unsubscribe"] is None
    assert b"unsubscribe" not in mail.content.lower()


@pytest.mark.parametrize("where", ["to_rcpt", "to_data"])
async def test_r050_what_a_server_puts_off_is_tried_later_and_arrives_once(
    house: House, tenant: Tenant, where: str
) -> None:
    async with mail_server() as server, posting(house, server) as post:
        getattr(server, where)["ada@exemple.fr"] = "451 4.7.1 Greylisted"
        mailing = await prepared(tenant, "Ada", "Bea")
        await post.deliver(tenant)
        waiting = (await post.mails(tenant))[0]
        await post.deliver(tenant)  # too early
        assert server.addresses() == {"bea@exemple.fr": 1}

        getattr(server, where).clear()
        await post.hurry(tenant)
        await post.deliver(tenant)

    assert (waiting["state"], waiting["attempts"], waiting["begun_at"]) == ("QUEUED", 1, None)
    assert waiting["error"] == "451 4.7.1 Greylisted"
    assert 50 < (waiting["next_at"] - datetime.now(UTC)).total_seconds() <= 60
    assert server.addresses() == {"ada@exemple.fr": 1, "bea@exemple.fr": 1}
    assert (await read(tenant, mailing))["sentCount"] == 2


async def test_r050_what_is_put_off_for_ever_fails_with_what_the_server_said(
    house: House, tenant: Tenant
) -> None:
    async with mail_server() as server, posting(house, server) as post:
        server.to_rcpt["ada@exemple.fr"] = "450 4.2.1 Busy"
        mailing = await prepared(tenant, "Ada")
        for _ in range(8):
            await post.hurry(tenant)
            await post.deliver(tenant)

    (mail,) = await post.mails(tenant)
    assert (mail["attempts"], mail["error"]) == (8, "450 4.2.1 Busy")
    found = await read(tenant, mailing)
    assert places(found) == [("Ada", "FAILED", "NOT_DELIVERED")]
    assert found["state"] == "DONE"


async def test_r050_what_a_server_refuses_has_failed_with_the_reason(
    house: House, tenant: Tenant
) -> None:
    async with mail_server() as server, posting(house, server) as post:
        server.to_rcpt["ada@exemple.fr"] = "550 5.1.1 No such user"
        server.to_rcpt["bea@exemple.fr"] = "554 5.7.1 Blocked"
        server.to_data["cleo@exemple.fr"] = "554 5.6.0 Looks like spam"
        mailing = await prepared(tenant, "Ada", "Bea", "Cleo", "Dora")
        await post.deliver(tenant)
        again = await to_persons(tenant)

    assert server.addresses() == {"dora@exemple.fr": 1}
    assert await states(tenant, mailing) == {
        "Ada": ("BOUNCED", "NOT_DELIVERED"), "Bea": ("FAILED", "NOT_TAKEN"),
        "Cleo": ("FAILED", "NOT_TAKEN"), "Dora": ("SENT", None),
    }  # fmt: skip
    errors = [mail["error"] for mail in await post.mails(tenant)]
    assert sorted(filter(None, errors)) == [
        "550 5.1.1 No such user", "554 5.6.0 Looks like spam", "554 5.7.1 Blocked",
    ]  # fmt: skip
    assert (await states(tenant, again))["Ada"] == ("SKIPPED", "ADDRESS_BOUNCED")


async def test_r050_a_server_that_refuses_us_closes_no_address(
    house: House, tenant: Tenant
) -> None:
    """One that relays nothing any more says so to all 50,000: none of them has bounced."""
    says = {
        "Ada": "550 5.7.1 Relay access denied", "Bea": "550 5.1.10 Recipient not found",
        "Cleo": "553 Sorry, no mailbox here", "Dora": "550 5.2.1 Mailbox disabled",
        "Eve": "550 5.7.26 Unauthenticated mail", "Fay": "550 5.1.8 Bad sender",
    }  # fmt: skip
    async with mail_server() as server, posting(house, server) as post:
        server.to_rcpt |= {f"{name.lower()}@exemple.fr": said for name, said in says.items()}
        mailing = await prepared(tenant, *says)
        await post.deliver(tenant)
        again = await to_persons(tenant)

    failed, bounced = ("FAILED", "NOT_TAKEN"), ("BOUNCED", "NOT_DELIVERED")
    assert await states(tenant, mailing) == {
        "Ada": failed, "Bea": bounced, "Cleo": bounced, "Dora": bounced, "Eve": failed,
        "Fay": failed,
    }  # fmt: skip
    written = [name for name, state, _ in places(again) if state == "DRAFT"]
    assert written == ["Ada", "Eve", "Fay"]


async def test_r047_while_the_server_is_away_all_wait_and_none_is_blamed(
    house: House, tenant: Tenant
) -> None:
    async with mail_server() as gone:
        port = gone.port
    async with posting(house, gone) as post:
        mailing = await prepared(tenant, "Ada", "Bea")
        await post.deliver(tenant)
        waiting = await post.mails(tenant)
        async with mail_server(port) as server:
            server.to_mail = "421 4.3.2 Shutting down"
            await post.hurry(tenant)
            await post.deliver(tenant)
            server.to_mail = "250 OK"
            await post.hurry(tenant)
            await post.deliver(tenant)

    assert [(mail["state"], mail["attempts"]) for mail in waiting] == [("QUEUED", 0)] * 2
    assert server.addresses() == {"ada@exemple.fr": 1, "bea@exemple.fr": 1}
    assert (await read(tenant, mailing))["state"] == "DONE"


async def test_r047_a_server_that_refuses_the_sender_lets_all_wait_and_none_is_blamed(
    house: House, tenant: Tenant
) -> None:
    async with mail_server() as server, posting(house, server) as post:
        server.to_mail = "553 5.7.1 Sender not allowed"
        mailing = await prepared(tenant, "Ada", "Bea")
        await post.deliver(tenant)
        waiting = await post.mails(tenant)
        assert [(mail["state"], mail["attempts"]) for mail in waiting] == [("QUEUED", 0)] * 2
        assert waiting[0]["error"] == "553 5.7.1 Sender not allowed"

        server.to_mail = "552 5.3.4 Message too large"
        await post.hurry(tenant)
        await post.deliver(tenant)

    assert server.arrived == []
    assert set((await states(tenant, mailing)).values()) == {("FAILED", "NOT_TAKEN")}


async def test_r047_a_mail_that_the_server_has_and_does_not_answer_is_not_sent_again(
    house: House, tenant: Tenant
) -> None:
    async with mail_server() as server, posting(house, server) as post:
        server.moment = lambda at, who: server.hang_up() if (at, who) == HANG_UP else None
        mailing = await prepared(tenant, "Ada", "Bea", kind="SERVICE")
        await post.deliver(tenant)
        # One that does so with Ada may do so with all: they wait, as if it could not be reached.
        waiting = await read(tenant, mailing)
        assert places(waiting) == [("Ada", "UNKNOWN", "INTERRUPTED"), ("Bea", "QUEUED", None)]
        await post.deliver(tenant)
        assert await read(tenant, mailing) == waiting
        await post.hurry(tenant)
        await post.deliver(tenant)
        found = await read(tenant, mailing)
        assert places(found) == [("Ada", "UNKNOWN", "INTERRUPTED"), ("Bea", "SENT", None)]
        assert (found["state"], found["unknownCount"], found["sentCount"]) == ("DONE", 1, 1)
        assert server.addresses() == {"ada@exemple.fr": 1, "bea@exemple.fr": 1}

        server.moment = lambda at, who: None
        ada, bea = mail_ids(found)
        assert await tenant.refused("mailResend", id=bea) == [("WRONG_STATE", "id")]
        await tenant.do("mailResend", "mail { state reason error }", id=ada)
        await post.deliver(tenant)

    assert await states(tenant, mailing) == {"Ada": ("SENT", None), "Bea": ("SENT", None)}
    first, again = (m for m in server.arrived if m.recipients == ["ada@exemple.fr"])
    assert first.message["Message-ID"] == again.message["Message-ID"]
    assert (await read(tenant, mailing))["state"] == "DONE"


HANG_UP = ("TAKEN", "ada@exemple.fr")


async def test_r047_a_mail_put_off_by_the_server_is_not_sent_once_its_mailing_is_cancelled(
    house: House, tenant: Tenant
) -> None:
    async with mail_server() as server, posting(house, server) as post:
        server.to_rcpt["ada@exemple.fr"] = "451 Later"
        mailing = await prepared(tenant, "Ada", kind="SERVICE")
        claimed = await post.claimed(tenant)
        await tenant.do("mailingCancel", id=mailing["id"])
        await post.give(tenant, claimed)

    assert await states(tenant, mailing) == {"Ada": ("SKIPPED", "CANCELLED")}
    assert await tenant.refused("mailResend", id=mail_ids(mailing)[0]) == [("WRONG_STATE", "id")]


async def test_r047_what_a_killed_process_had_claimed_waits_with_its_mailing(
    house: House, tenant: Tenant
) -> None:
    async with mail_server() as server, posting(house, server) as post:
        mailing = await prepared(tenant, "Ada", kind="SERVICE")
        await post.claimed(tenant)
        await tenant.do("mailingPause", id=mailing["id"])
        await post.hurry(tenant)
        await post.deliver(tenant)
        assert server.arrived == []

        await tenant.do("mailingResume", id=mailing["id"])
        await post.deliver(tenant)
        assert server.addresses() == {"ada@exemple.fr": 1}


async def test_r047_a_mail_that_kills_whoever_has_it_takes_no_others_along(
    house: House, tenant: Tenant
) -> None:
    async with mail_server() as server, posting(house, server) as post:
        mailing = await prepared(tenant, "Ada", "Bea", "Cleo", kind="SERVICE")
        modules = house.modules.only(tenant.modules)
        for _ in range(8):
            async with tenant.session() as session:
                claimed = await claiming.claim(session, modules, post.settings)
            assert isinstance(claimed, list)
            ada, *others = claimed
            assert ada.address == "ada@exemple.fr"
            await house.owner.execute(  # and the process is killed; two minutes go by
                "update core_mail set next_at = now() where tenant_id = $1 and id = $2",
                tenant.id, ada.id,
            )  # fmt: skip
        await post.hurry(tenant)
        await post.deliver(tenant)

    assert await states(tenant, mailing) == {
        "Ada": ("FAILED", "NOT_DELIVERED"), "Bea": ("SENT", None), "Cleo": ("SENT", None),
    }  # fmt: skip
    assert [mail["attempts"] for mail in await post.mails(tenant)] == [8, 2, 2]
    assert others == []


async def test_r047_who_lost_a_mail_to_another_does_not_send_it(
    house: House, tenant: Tenant
) -> None:
    async with mail_server() as server, posting(house, server) as post:
        await prepared(tenant, "Ada", kind="SERVICE")
        slow = await post.claimed(tenant)
        await post.hurry(tenant)
        await post.deliver(tenant)
        await post.give(tenant, slow)

    assert server.addresses() == {"ada@exemple.fr": 1}


async def test_r047_a_line_that_the_server_cut_between_two_mails_is_opened_anew(
    house: House, tenant: Tenant
) -> None:
    async with mail_server() as server, posting(house, server) as post:
        server.moment = lambda at, who: server.hang_up() if at == "ANSWERED" else None
        mailing = await prepared(tenant, "Ada", "Bea", "Cleo")
        await post.deliver(tenant)

    assert (await read(tenant, mailing))["sentCount"] == 3
    assert [mail["attempts"] for mail in await post.mails(tenant)] == [1, 1, 1]


async def test_r047_a_server_that_takes_so_many_on_a_connection_gets_the_rest_on_others(
    house: House, tenant: Tenant
) -> None:
    """It says 421 to the next, as Exim does: that is no reason for all to wait."""
    async with mail_server() as server, posting(house, server) as post:
        server.most_on_a_line = 2
        mailing = await prepared(tenant, *(f"P{number}" for number in range(7)))
        began = datetime.now(UTC)
        await post.deliver(tenant)

    assert set(server.addresses().values()) == {1}
    assert (await read(tenant, mailing))["sentCount"] == 7
    assert [mail["attempts"] for mail in await post.mails(tenant)] == [1] * 7
    assert (datetime.now(UTC) - began).total_seconds() < 8  # nobody rested for 10


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of this machine's own, and its key."""
    if OPENSSL is None:
        pytest.skip("the tests of TLS need openssl")
    place = tmp_path_factory.mktemp("tls")
    whole, key = place / "certificate.pem", place / "key.pem"
    subprocess.run(
        [OPENSSL, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-keyout", key, "-out", whole, "-days", "1", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    return whole, key


@pytest.fixture
def tls(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    return context


async def test_starttls_and_a_login_are_used_and_a_wrong_one_lets_all_wait(
    house: House, tenant: Tenant, tls: ssl.SSLContext
) -> None:
    options = {"tls_context": tls, "require_starttls": True, "auth_required": True}
    await prepared(tenant, "Ada")
    async with mail_server(authenticator=knows("horizon", "p@ss:word"), **options) as server:
        wrong = server.url(login="horizon:other@", query="")
        right = server.url(login="horizon:p%40ss%3Aword@", query="")
        async with posting(house, server, smtp_url=wrong) as post:
            await post.deliver(tenant)
            (waiting,) = await post.mails(tenant)
            await post.hurry(tenant)
        async with posting(house, server, smtp_url=right) as post:
            await post.deliver(tenant)

    assert (waiting["state"], waiting["attempts"]) == ("QUEUED", 0)
    assert waiting["error"].startswith("535 ")
    assert "other" not in waiting["error"]
    assert server.addresses() == {"ada@exemple.fr": 1}


async def test_tls_from_the_first_byte(house: House, tenant: Tenant, tls: ssl.SSLContext) -> None:
    await prepared(tenant, "Ada")
    async with (
        mail_server(tls=tls) as server,
        posting(house, server, smtp_url=server.url("smtps", query="")) as post,
    ):
        await post.deliver(tenant)

    assert server.addresses() == {"ada@exemple.fr": 1}


async def test_nothing_goes_in_the_clear_or_to_whom_nobody_vouches_for(
    house: House, tenant: Tenant, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    await prepared(tenant, "Ada")
    async with mail_server() as plain, posting(house, plain, smtp_url=plain.url(query="")) as post:
        await post.deliver(tenant)
        (waiting,) = await post.mails(tenant)
    assert waiting["error"] == "SMTP STARTTLS extension not supported by server."

    monkeypatch.delenv("SSL_CERT_FILE")
    async with (
        mail_server(tls_context=tls) as unknown,
        posting(house, unknown, smtp_url=unknown.url(query="")) as post,
    ):
        await post.hurry(tenant)
        await post.deliver(tenant)
        (waiting,) = await post.mails(tenant)
    assert "CERTIFICATE_VERIFY_FAILED" in waiting["error"]
    assert (plain.arrived, unknown.arrived) == ([], [])


ONE_OF_EACH = {
    "From", "To", "Subject", "Date", "Message-ID", "Reply-To", "List-Unsubscribe",
    "List-Unsubscribe-Post", "Precedence", "Auto-Submitted", "MIME-Version", "Content-Type",
}  # fmt: skip
#: To who reads RFC 2047, a line break and a header.
BREAKS = "=?utf-8?q?=0D=0ABcc:_x=40evil.example=0D=0A=0D=0A?="
NASTY = st.one_of(
    st.text(max_size=120),
    st.sampled_from(["a\r\nBcc: x@evil.example", "a\n\n<b>", "=?utf-8?q?x?=", 'a"b\\', "\x00"]),
    st.sampled_from([BREAKS, f"Re: {BREAKS}", f"{BREAKS}, {BREAKS}", "x" * 500, "é" * 500]),
    st.text(alphabet='\r\n:;,<>@"\\ =?éaB', max_size=60),
)


async def test_r049_a_name_that_is_a_header_to_who_decodes_it_is_a_name(
    house: House, tenant: Tenant
) -> None:
    """The mail library decoded it, and wrote the line break, and ``Bcc`` behind it."""
    update = "update core_tenant set name = $2 where id = $1"
    await house.owner.execute(update, tenant.id, BREAKS)
    await person(tenant, BREAKS, email="ada@exemple.fr")
    async with Desk.open(house.settings) as desk:
        file = await desk.send(tenant, f"{BREAKS}.pdf")
    async with mail_server() as server, posting(house, server) as post:
        await let_go(
            tenant,
            await to_persons(
                tenant, subject="Pour {{person.first_name}}", attachmentIds=[file], kind="SERVICE"
            ),
        )
        await post.deliver(tenant)

    (mail,) = server.arrived
    assert (mail.recipients, b"evil.example" in mail.content) == (["ada@exemple.fr"], False)
    assert mail.message.keys() == [
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version",
        "Content-Type",
    ]  # fmt: skip
    assert str(make_header(decode_header(raw(mail.content)["Subject"]))) == f"Pour {BREAKS}"
    (attached,) = mail.message.iter_attachments()
    assert attached.get_filename() == f"{BREAKS}.pdf"


def raw(content: bytes) -> Message:
    """The headers as they were sent, unfolded."""
    return message_from_bytes(content.replace(b"\r\n ", b" "), policy=policy.compat32)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NASTY, NASTY, NASTY, NASTY, NASTY)
def test_r049_whatever_names_and_texts_hold_headers_are_ours_and_go_to_one(
    sender: str, name: str, subject: str, text: str, filename: str
) -> None:
    html = "<p>x</p>"
    claimed = Claimed(
        new_id(), new_id(), sender, name, "ada@exemple.fr", None, Filled(subject, html, text),
        "reply@exemple.fr", "https://gateway.example/unsubscribe/abc", [],
    )  # fmt: skip
    file = Attachment(filename, "application/pdf", PDF)

    content = compose(claimed, "us@example.org", [file], datetime.now(UTC)).as_bytes()

    mail = message_from_bytes(content, policy=policy.default)
    assert content.isascii()
    assert sorted(mail.keys()) == sorted(ONE_OF_EACH)
    assert [a.addr_spec for a in mail["To"].addresses] == ["ada@exemple.fr"]
    assert [a.addr_spec for a in mail["From"].addresses] == ["us@example.org"]
    assert not mail.defects
    # And they say what they were given, letter by letter.
    assert str(make_header(decode_header(raw(content)["Subject"]))) == one_line(subject)
    shown = parseaddr(raw(content)["To"])[0]
    assert str(make_header(decode_header(shown))) == one_line(name)[:100].strip()
    (attachment,) = mail.iter_attachments()
    named = attachment["Content-Disposition"].params["filename"]
    assert named == (one_line(filename) or "file")
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/pdf",
    ]  # fmt: skip
