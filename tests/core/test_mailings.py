"""Mailings: whom they go to is frozen, counted, confirmed, and looked at again when they go."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import pytest_asyncio

from core.mail import links
from tests.cast import House, Tenant
from tests.post import (
    MAILING,
    Post,
    let_go,
    mailbox,
    person,
    places,
    template,
    to_contacts,
    to_persons,
)
from tests.sending import PDF, Desk

READ = (
    f"query($id: ID!) {{ mailing(id: $id) {{ {MAILING.partition('{')[2].rpartition('}')[0]} }} }}"
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def post(house: House) -> AsyncIterator[Post]:
    async with Post.open(house) as opened:
        yield opened


async def read(tenant: Tenant, mailing: dict[str, str]) -> dict[str, object]:
    found: dict[str, object] = (await tenant.ask(READ, id=mailing["id"]))["mailing"]
    return found


async def test_r047_each_gets_a_mail_of_their_own_and_sees_nobody_else(
    tenant: Tenant, post: Post
) -> None:
    site = await tenant.contact("Chaufferie")
    for name in ("Ada", "Bea", "Cleo"):
        await person(tenant, name, site)
    mailing = await to_persons(tenant, text="Bonjour {{person.first_name}}, {{contact.name}}")
    assert (mailing["state"], mailing["toSendCount"]) == ("DRAFT", 3)
    assert await mailbox(tenant) == []

    sent = await let_go(tenant, mailing)
    assert sent["state"] == "SENDING"
    await post.deliver(tenant)

    mails = await mailbox(tenant)
    assert [mail["recipient"] for mail in mails] == [
        "Ada <ada@exemple.fr>", "Bea <bea@exemple.fr>", "Cleo <cleo@exemple.fr>",
    ]  # fmt: skip
    for name, mail in zip(("Ada", "Bea", "Cleo"), mails, strict=True):
        assert mail["text"].startswith(f"Bonjour {name}, Chaufferie")
        others = {"ada", "bea", "cleo"} - {name.lower()}
        # As words: an id may well have such letters in it.
        said = set(re.findall(r"\w+", (mail["headers"] + mail["text"]).lower()))
        assert not others & said
    done = await read(tenant, mailing)
    assert (done["state"], done["sentCount"], done["toSendCount"]) == ("DONE", 3, 0)


async def test_r047_who_is_skipped_is_told_with_the_reason_and_never_dropped(
    tenant: Tenant, post: Post
) -> None:
    site = await tenant.contact("Chaufferie")
    await person(tenant, "Ada", site, email="shared@exemple.fr")
    await person(tenant, "Bea", site, email="SHARED@exemple.fr")
    await person(tenant, "Cleo", site, email=None)
    await person(tenant, "Dora", site, receivesMarketing=False)
    await person(tenant, "Eve", site, email="évé@exemple.fr")
    await person(tenant, "Fay", site)

    mailing = await to_persons(tenant)
    service = await to_persons(tenant, kind="SERVICE")

    assert places(mailing) == [
        ("Ada", "DRAFT", None),
        ("Bea", "SKIPPED", "DUPLICATE_ADDRESS"),
        ("Cleo", "SKIPPED", "NO_ADDRESS"),
        ("Dora", "SKIPPED", "OPTED_OUT"),
        ("Eve", "SKIPPED", "INVALID_ADDRESS"),
        ("Fay", "DRAFT", None),
    ]
    assert (mailing["toSendCount"], mailing["skippedCount"]) == (2, 4)
    assert ("Dora", "DRAFT", None) in places(service)
    await let_go(tenant, mailing)
    await post.deliver(tenant)
    assert len(await mailbox(tenant)) == 2
    assert (await read(tenant, mailing))["skippedCount"] == 4


async def test_r047_no_filter_is_everybody_and_a_filter_is_those_of_the_list(
    tenant: Tenant,
) -> None:
    lyon = await tenant.contact("A", town="Lyon")
    paris = await tenant.contact("B", town="Paris", email="b@exemple.fr")
    ada = await person(tenant, "Ada", lyon)
    await person(tenant, "Bea", paris, position="Gardienne")
    await person(tenant, "Cleo")

    async def names(**given: object) -> list[str | None]:
        return [name for name, _, _ in places(await to_persons(tenant, **given))]

    assert await names() == ["Ada", "Bea", "Cleo"]
    assert await names(where={"contact": {"eq": lyon}}) == ["Ada"]
    assert await names(where={"position": {"contains": "gard"}}) == ["Bea"]
    assert await names(where={"unattached": True}) == ["Cleo"]
    assert await names(where={"name": {"in": ["Ada", "Cleo"]}}) == ["Ada", "Cleo"]
    contacts = await to_contacts(tenant, where={"town": {"eq": "Lyon"}})
    assert [r["recipientId"] for r in contacts["recipients"]["nodes"]] == [ada]
    assert [name for name, _, _ in places(await to_contacts(tenant, search="b"))] == ["Bea"]


async def test_r047_a_contact_is_reached_by_its_primary_person_else_by_its_own_address(
    tenant: Tenant,
) -> None:
    a = await tenant.contact("A", email="a@contact.fr")
    await person(tenant, "Ada", a)
    await person(tenant, "Bea", a)
    await tenant.contact("B", email="b@contact.fr")
    c = await tenant.contact("C", email="c@contact.fr")
    await person(tenant, "Cleo", c, email=None)
    d = await tenant.contact("D", email="d@contact.fr")
    await person(tenant, "Dora", d, receivesMarketing=False)
    await tenant.contact("E")

    mailing = await to_contacts(tenant)

    assert [
        (n["name"], n["address"], n["reason"]) for n in mailing["recipients"]["nodes"]
    ] == [
        ("Ada", "ada@exemple.fr", None),
        ("B", "b@contact.fr", None),
        ("C", "c@contact.fr", None),
        ("Dora", "dora@exemple.fr", "OPTED_OUT"),
        ("E", None, "NO_ADDRESS"),
    ]  # fmt: skip


async def test_r047_the_count_must_be_that_of_the_frozen_set(tenant: Tenant, post: Post) -> None:
    await person(tenant, "Ada")
    await person(tenant, "Bea")
    mailing = await to_persons(tenant)
    await person(tenant, "Late")

    for wrong in (1, 3, 0, -2):
        refused = await tenant.refused("mailingSend", id=mailing["id"], confirmCount=wrong)
        assert refused == [("COUNT_MISMATCH", "confirmCount")]
    await post.deliver(tenant)
    assert await mailbox(tenant) == []
    assert (await read(tenant, mailing))["state"] == "DRAFT"

    await let_go(tenant, mailing)
    await post.deliver(tenant)
    assert [m["recipient"].split()[0] for m in await mailbox(tenant)] == ["Ada", "Bea"]
    again = await tenant.refused("mailingSend", id=mailing["id"], confirmCount=2)
    assert again == [("WRONG_STATE", "id")]
    await post.deliver(tenant)
    assert len(await mailbox(tenant)) == 2


async def test_r047_a_mailing_to_nobody_is_refused(tenant: Tenant) -> None:
    await person(tenant, "Ada", email=None)
    mailing = await to_persons(tenant)
    empty = await to_persons(tenant, where={"name": {"eq": "Nobody"}})

    for each in (mailing, empty):
        refused = await tenant.refused("mailingSend", id=each["id"], confirmCount=0)
        assert refused == [("NO_RECIPIENTS", "id")]
        assert (await read(tenant, each))["state"] == "DRAFT"


async def test_r047_consent_is_looked_at_again_at_the_moment_of_sending(
    tenant: Tenant, post: Post
) -> None:
    ada, bea = await person(tenant, "Ada"), await person(tenant, "Bea")
    cleo, dora = await person(tenant, "Cleo"), await person(tenant, "Dora")
    mailing = await to_persons(tenant)
    await let_go(tenant, mailing)
    await tenant.do("personUpdate", id=ada, receivesMarketing=False)
    await tenant.do("personDelete", id=bea)
    await tenant.do("personUpdate", id=cleo, email="dora@exemple.fr")
    await tenant.do("personUpdate", id=dora, email="dora.new@exemple.fr")

    await post.deliver(tenant)

    found = await read(tenant, mailing)
    assert places(found) == [
        ("Ada", "SKIPPED", "OPTED_OUT"),
        ("Bea", "SKIPPED", "GONE"),
        ("Cleo", "SKIPPED", "DUPLICATE_ADDRESS"),
        ("Dora", "SENT", None),
    ]
    assert found["state"] == "DONE"
    assert [m["recipient"] for m in await mailbox(tenant)] == ["Dora <dora.new@exemple.fr>"]


async def test_r047_a_mailing_is_paused_resumed_and_cancelled(tenant: Tenant, post: Post) -> None:
    for name in ("Ada", "Bea"):
        await person(tenant, name)
    paused, cancelled = await to_persons(tenant), await to_persons(tenant)
    for mailing in (paused, cancelled):
        await let_go(tenant, mailing)

    await tenant.do("mailingPause", id=paused["id"])
    await tenant.do("mailingCancel", id=cancelled["id"])
    await post.deliver(tenant)

    assert await mailbox(tenant) == []
    assert places(await read(tenant, cancelled)) == [
        ("Ada", "SKIPPED", "CANCELLED"), ("Bea", "SKIPPED", "CANCELLED"),
    ]  # fmt: skip
    assert await tenant.refused("mailingResume", id=cancelled["id"]) == [("WRONG_STATE", "id")]
    await tenant.do("mailingResume", id=paused["id"])
    await post.deliver(tenant)
    assert len(await mailbox(tenant)) == 2
    assert (await read(tenant, paused))["state"] == "DONE"
    assert await tenant.refused("mailingPause", id=paused["id"]) == [("WRONG_STATE", "id")]
    assert await tenant.refused("mailingDelete", id=paused["id"]) == [("WRONG_STATE", "id")]


async def test_r047_mails_go_at_the_tenants_pace(tenant: Tenant, house: House) -> None:
    for number in range(20):
        await person(tenant, f"P{number}")
    mailing = await to_persons(tenant)
    async with Post.open(house, mails_per_minute=600) as post:
        await let_go(tenant, mailing)
        began = datetime.now(UTC)
        await post.deliver(tenant)

    assert datetime.now(UTC) - began > timedelta(seconds=1.8)
    assert len(await mailbox(tenant)) == 20


async def test_r048_chosen_persons_of_a_contact_get_a_mail_and_no_others(
    tenant: Tenant, post: Post
) -> None:
    site, other = await tenant.contact("A"), await tenant.contact("B")
    ada, bea = await person(tenant, "Ada", site), await person(tenant, "Bea", site)
    await person(tenant, "Cleo", site)
    dora = await person(tenant, "Dora", other)
    chosen = {"kind": "SERVICE", "contactId": site, "personIds": [bea, ada]}

    mailing = await to_persons(tenant, **chosen)

    assert places(mailing) == [("Ada", "DRAFT", None), ("Bea", "DRAFT", None)]
    await let_go(tenant, mailing)
    await post.deliver(tenant)
    assert [m["recipient"].split()[0] for m in await mailbox(tenant)] == ["Ada", "Bea"]
    given = {"name": "N", "kind": "SERVICE", "subject": "S", "text": "T", "contactId": site}
    for wrong, why in (
        ({"personIds": [ada, dora]}, "PERSON_ELSEWHERE"),
        ({"personIds": [ada], "where": {"isPrimary": True}}, "CONFLICTING_CHOICE"),
    ):
        refused = await tenant.refused("mailingCreateForPersons", **given, **wrong)
        assert refused == [(why, "personIds")]
    count = "{ mailings { totalCount } }"
    assert (await tenant.ask(count))["mailings"]["totalCount"] == 1


async def test_r048_files_go_with_a_mail(tenant: Tenant, house: House, post: Post) -> None:
    site = await tenant.contact("A")
    ada = await person(tenant, "Ada", site)
    async with Desk.open(house.settings) as desk:
        file = await desk.send(tenant, "Devis été.pdf")
    mailing = await to_persons(
        tenant, kind="SERVICE", personIds=[ada], attachmentIds=[file], html="<p>Ci-joint</p>"
    )

    await let_go(tenant, mailing)
    await post.deliver(tenant)

    (mail,) = await mailbox(tenant)
    assert (mail["attachments"], mail["html"].count("Ci-joint")) == (["Devis été.pdf"], 1)
    assert PDF
    claims = await house.owner.fetchval(
        "select claims from core_file where tenant_id = $1", tenant.id
    )
    assert claims == 1


async def test_r049_a_keyword_about_what_the_mail_is_not_is_refused_before_anything_is_sent(
    tenant: Tenant,
) -> None:
    await person(tenant, "Ada")
    mission = await template(tenant, "Visit", text="{{mission.reference}}")
    unsubscribe = await template(tenant, "Stop", text="{{unsubscribe.link}}")
    given = {"name": "N", "kind": "SERVICE"}

    for made in (mission, unsubscribe):
        refused = await tenant.refused("mailingCreateForPersons", templateId=made, **given)
        assert refused == [("KEYWORD_WITHOUT_SUBJECT", "text")]
    unknown = await tenant.refused(
        "mailingCreateForPersons", subject="{{nobody.knows}}", text="T", **given
    )
    assert unknown == [("UNKNOWN_KEYWORD", "subject")]
    inject = await tenant.refused(
        "mailingCreateForPersons", subject="a\r\nBcc: x@y.fr", text="T", **given
    )
    assert inject == [("INVALID_CHARACTERS", "subject")]
    wrong = await tenant.refused(
        "mailingCreateForPersons", subject="S", text="T", replyTo="nobody", **given
    )
    assert wrong == [("INVALID_EMAIL", "replyTo")]
    assert (await tenant.ask("{ mailings { totalCount } }"))["mailings"]["totalCount"] == 0


async def test_r049_what_a_recipient_will_read_is_shown_before(tenant: Tenant) -> None:
    ada = await person(tenant, "Ada")
    made = await template(tenant, html="<p>Bonjour {{person.first_name}}</p>", text=None)
    mailing = await to_persons(tenant, templateId=made, personIds=[ada])
    (mail,) = mailing["recipients"]["nodes"]

    found = await tenant.ask(
        "query($id: ID!) { mailPreview(id: $id) { subject html text } }", id=mail["id"]
    )

    assert found["mailPreview"]["subject"] == "Bonjour"
    assert found["mailPreview"]["html"].startswith("<p>Bonjour Ada</p>")
    link = re.search(r"Se désabonner : \S+/unsubscribe/(\S+)", found["mailPreview"]["text"])
    assert link is not None
    # Who only looks, and tries the button, unsubscribes nobody: it is of no mail.
    read_ = links.read(tenant.house.settings.secret, link[1])
    assert read_ == links.Unsubscribing(tenant.id, UUID(int=0))


async def test_r050_what_was_sent_is_kept_on_the_contact_with_its_state(
    tenant: Tenant, post: Post
) -> None:
    head = await tenant.contact("Head")
    site = await tenant.contact("Site", parent=head)
    await person(tenant, "Ada", site)
    mailing = await to_persons(tenant, kind="SERVICE", text="Bonjour {{person.first_name}}")
    mails = """query($id: ID!) {
      contact(id: $id) { mails { totalCount nodes { state subject text mailing { name } } } } }"""
    timeline = """query($id: ID!) { contact(id: $id) {
      timeline(where: {kinds: ["MAIL"]}) { nodes { kind title detail } } } }"""
    below = """query($id: ID!) { contact(id: $id) {
      mails(scope: {self: true, descendants: {all: true}}) { totalCount } } }"""
    assert (await tenant.ask(mails, id=site))["contact"]["mails"]["totalCount"] == 0

    await let_go(tenant, mailing)
    queued = (await tenant.ask(mails, id=site))["contact"]["mails"]["nodes"]
    await post.deliver(tenant)

    assert [m["state"] for m in queued] == ["QUEUED"]
    assert (await tenant.ask(mails, id=site))["contact"]["mails"]["nodes"] == [
        {
            "state": "SENT", "subject": "Bonjour", "text": "Bonjour Ada",
            "mailing": {"name": "News"},
        }
    ]  # fmt: skip
    assert (await tenant.ask(timeline, id=site))["contact"]["timeline"]["nodes"] == [
        {"kind": "MAIL", "title": "Bonjour", "detail": "ada@exemple.fr"}
    ]
    assert (await tenant.ask(below, id=head))["contact"]["mails"]["totalCount"] == 1


@pytest.mark.parametrize("without", ["mail.send", "people.read"])
async def test_r047_a_mailing_to_persons_asks_for_both_permissions(
    tenant: Tenant, without: str
) -> None:
    answer = await tenant.without(without).answer(
        """mutation { mailingCreateForPersons(input:
             {name: "N", kind: SERVICE, subject: "S", text: "T"}) { mailing { id } } }"""
    )

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_r050_a_hard_bounce_marks_the_address_and_nothing_goes_there_any_more(
    tenant: Tenant, post: Post
) -> None:
    for name in ("Ada", "Bea"):
        await person(tenant, name)
    first = await to_persons(tenant, kind="SERVICE")
    waiting = await to_persons(tenant, kind="SERVICE")
    draft = first["recipients"]["nodes"][0]["id"]
    assert await tenant.refused("mailBounceRecord", mailId=draft, kind="HARD") == [
        ("WRONG_STATE", "mailId")
    ]
    await let_go(tenant, first)
    await post.deliver(tenant)
    ada, bea = await mailbox(tenant)
    ids = [
        next(h for h in m["headers"].splitlines() if h.startswith("Message-ID")).partition(" ")[2]
        for m in (ada, bea)
    ]

    for _ in range(2):
        made = await tenant.do(
            "mailBounceRecord", "mail { state error }", messageId=ids[0], kind="HARD",
            diagnostic="550 no such user",
        )  # fmt: skip
        assert made["mail"] == {"state": "BOUNCED", "error": "550 no such user"}
    await tenant.do("mailBounceRecord", messageId=ids[1], kind="SOFT")

    assert places(await to_persons(tenant, kind="SERVICE")) == [
        ("Ada", "SKIPPED", "ADDRESS_BOUNCED"), ("Bea", "DRAFT", None),
    ]  # fmt: skip
    await let_go(tenant, waiting)
    await post.deliver(tenant)
    assert places(await read(tenant, waiting))[0] == ("Ada", "SKIPPED", "ADDRESS_BOUNCED")
    known = "{ mailAddresses { nodes { id address diagnostic } } }"
    (address,) = (await tenant.ask(known))["mailAddresses"]["nodes"]
    assert (address["address"], address["diagnostic"]) == ("ada@exemple.fr", "550 no such user")
    await tenant.do("mailAddressRelease", id=address["id"])
    assert places(await to_persons(tenant, kind="SERVICE"))[0] == ("Ada", "DRAFT", None)
    for wrong in ({"messageId": "<x@y>"}, {"messageId": f"<{'0' * 32}@x>"}):
        refused = await tenant.refused("mailBounceRecord", kind="HARD", **wrong)
        assert refused == [("NOT_FOUND", "messageId")]
    assert await tenant.refused("mailBounceRecord", kind="HARD") == [("MAIL_MISSING", "mailId")]


async def test_the_mailbox_is_the_tenants_own_and_is_emptied(
    tenant: Tenant, other_tenant: Tenant, post: Post
) -> None:
    await person(tenant, "Ada")
    await let_go(tenant, await to_persons(tenant))
    await post.deliver(tenant)

    assert await mailbox(other_tenant) == []
    gone = (await tenant.ask("mutation { mailboxEmpty { count } }"))["mailboxEmpty"]["count"]
    assert (gone, await mailbox(tenant)) == (1, [])


async def test_r043_a_refused_consent_stops_marketing_also_when_it_comes_late_and_not_service(
    tenant: Tenant, post: Post
) -> None:
    site = await tenant.contact("Chaufferie")
    ada, bea = await person(tenant, "Ada", site), await person(tenant, "Bea", site)
    await tenant.do("consentRecord", personId=ada, status="REFUSED", medium="TELEPHONE")
    mailing = await to_persons(tenant)
    service = await to_persons(tenant, kind="SERVICE")
    assert places(mailing) == [("Ada", "SKIPPED", "REFUSED"), ("Bea", "DRAFT", None)]
    assert places(service) == [("Ada", "DRAFT", None), ("Bea", "DRAFT", None)]
    await let_go(tenant, mailing)
    await tenant.do("consentRecord", personId=bea, status="REFUSED", medium="PAPER")

    await post.deliver(tenant)

    assert places(await read(tenant, mailing)) == [
        ("Ada", "SKIPPED", "REFUSED"),
        ("Bea", "SKIPPED", "REFUSED"),
    ]
    assert await mailbox(tenant) == []


async def test_the_mailbox_is_searched_in_subject_recipient_and_text(
    tenant: Tenant, post: Post
) -> None:
    site = await tenant.contact("Chaufferie")
    await person(tenant, "Ada", site)
    await let_go(tenant, await to_persons(tenant))
    await post.deliver(tenant)
    search = "query($w: MailboxFilter) { mailbox(where: $w) { nodes { recipient } } }"

    async def found(**words: object) -> list[str]:
        nodes = (await tenant.ask(search, w={"words": words}))["mailbox"]["nodes"]
        return [node["recipient"] for node in nodes]

    assert await found(contains="ADA@") == ["Ada <ada@exemple.fr>"]
    assert await found(contains="nobody") == []
    assert await found(**{"in": ["nothing"]}) == []


async def test_who_may_not_read_mail_sees_no_mail_by_any_way(tenant: Tenant, post: Post) -> None:
    site = await tenant.contact("Chaufferie")
    await person(tenant, "Ada", site)
    mailing = await to_persons(tenant)
    await let_go(tenant, mailing)
    await post.deliver(tenant)
    stranger = tenant.without("mail.read")

    for query in (
        "{ mailbox { totalCount } }",
        "{ mailbox { nodes { subject } } }",
        "{ mails { totalCount } }",
        "{ mailings { totalCount } }",
        "{ mailTemplates { totalCount } }",
        f'{{ contact(id: "{site}") {{ mails {{ totalCount }} }} }}',
        f'{{ mailing(id: "{mailing["id"]}") {{ name }} }}',
    ):
        answer = await stranger.answer(query)
        codes = [error["extensions"]["code"] for error in answer["errors"]]
        assert codes == ["FORBIDDEN"], (query, answer)
        assert "exemple.fr" not in str(answer)


async def test_who_may_read_mail_but_not_send_it_sends_none(tenant: Tenant, post: Post) -> None:
    site = await tenant.contact("Chaufferie")
    await person(tenant, "Ada", site)
    mailing = await to_persons(tenant)
    send = """mutation($i: MailingSendInput!) { mailingSend(input: $i) { userErrors { code } } }"""

    answer = await tenant.without("mail.send").answer(
        send, i={"id": mailing["id"], "confirmCount": 1}
    )

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
    await post.deliver(tenant)
    assert await mailbox(tenant) == []
    assert (await read(tenant, mailing))["state"] == "DRAFT"
