"""Templates: keywords and nothing else, harmless HTML, headers of one line."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from core.kit.errors import Refused
from core.mail.rules import html as markup
from core.mail.rules import templates as rules
from tests.cast import House, Tenant
from tests.plugins.finance.cast import draft, line
from tests.plugins.missions.cast import mission_type
from tests.post import Post, mailbox, person, template

PREVIEW = """query($id: ID!, $recipient: ID!, $about: [ID!]) {
  mailTemplatePreview(id: $id, recipientId: $recipient, aboutIds: $about) { subject html text } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def post(house: House) -> AsyncIterator[Post]:
    async with Post.open(house) as opened:
        yield opened


async def preview(tenant: Tenant, id: str, recipient: str, *about: str) -> Any:
    given: dict[str, Any] = {"id": id, "recipient": recipient, "about": list(about)}
    return (await tenant.ask(PREVIEW, **given))["mailTemplatePreview"]


async def count(tenant: Tenant) -> int:
    return int(
        (await tenant.ask("{ mailTemplates { totalCount } }"))["mailTemplates"]["totalCount"]
    )


async def test_r049_keywords_are_those_of_contact_parent_person_user_and_tenant(
    tenant: Tenant,
) -> None:
    head = await tenant.contact("Dalkia", town="Lyon")
    site = await tenant.contact("Chaufferie", parent=head, reference="C-1")
    ada = await person(tenant, "Ada", site, lastName="Lovelace", position="Gardienne")
    made = await template(
        tenant,
        subject="{{contact.name}} ({{ contact.reference }})",
        text="{{person.full_name}}, {{person.position}} / {{parent.name}}, {{parent.town}} / "
        "{{user.name}} / {{tenant.name}}",
    )

    found = await preview(tenant, made, ada)

    assert found["subject"] == "Chaufferie (C-1)"
    first = found["text"].splitlines()[0]
    assert first == f"Ada Lovelace, Gardienne / Dalkia, Lyon / Camille / {tenant.slug}"
    assert found["html"] is None


async def test_r049_modules_give_keywords_of_mission_document_and_tax(tenant: Tenant) -> None:
    site = await tenant.contact("Chaufferie")
    type_ = await mission_type(tenant)
    mission = await tenant.do(
        "missionCreate", "mission { id reference }", contactId=site, typeId=type_,
        plannedStart="2026-11-24T08:00:00Z",
    )  # fmt: skip
    document = await draft(tenant, site, line("1", "1000"), line("1", "50", "10"))
    texts = {
        "subject": "{{mission.reference}} {{mission.planned_start}}",
        "text": "{{document.total_incl_tax}} | {{tax.total}} | {{tax.details}}",
    }
    french = await template(tenant, **texts)
    english = await template(tenant, "Offer in English", language="en", **texts)
    about = mission["mission"]["id"], document

    found = await preview(tenant, french, site, *about)
    other = await preview(tenant, english, site, *about)

    reference = mission["mission"]["reference"]
    assert found["subject"] == f"{reference} 24/11/2026 à 09:00"
    said = found["text"].splitlines()[0].replace("\u202f", " ").replace("\u00a0", " ")
    assert said == "1 255,00 EUR | 205,00 EUR | 20 %: 200,00 EUR; 10 %: 5,00 EUR"
    assert other["subject"] == f"{reference} 24/11/2026 at 09:00"
    assert other["text"].startswith("1,255.00\u00a0EUR")


async def test_r049_an_unknown_keyword_is_refused_by_its_name(tenant: Tenant) -> None:
    wrong = {"name": "A", "subject": "{{contact.nom}}", "text": "{{person.frist_name}}"}

    assert await tenant.refused("mailTemplateCreate", **wrong) == [
        ("UNKNOWN_KEYWORD", "subject"),
        ("UNKNOWN_KEYWORD", "text"),
    ]
    answer = await tenant.answer(
        """mutation($input: MailTemplateCreateInput!) { mailTemplateCreate(input: $input) {
             userErrors { message } } }""",
        input=wrong,
    )
    messages = [e["message"] for e in answer["data"]["mailTemplateCreate"]["userErrors"]]
    assert messages == [
        "There is no keyword {{contact.nom}}.", "There is no keyword {{person.frist_name}}.",
    ]  # fmt: skip
    assert await count(tenant) == 0


@pytest.mark.parametrize(
    "text",
    [
        "{{contact}}",
        "{{ contact.name",
        "contact.name }}",
        "{{contact.name|upper}}",
        "{% for c in contacts %}{{c}}{% endfor %} {{x}}",
        "{{contact.__class__}}",
        "{{7*7}}",
        '{{contact.name|"a"|"b"}}',
        "{{{contact.name}}}}}",
    ],
)
async def test_r049_a_template_is_keywords_and_no_program(tenant: Tenant, text: str) -> None:
    refused = await tenant.refused("mailTemplateCreate", name="A", subject="S", text=text)

    assert refused == [("MALFORMED_KEYWORD", "text")]
    assert await count(tenant) == 0


async def test_r049_what_has_no_value_says_what_else_or_nothing(tenant: Tenant) -> None:
    nobody = await person(tenant, "Ada", firstName=None, lastName="Lovelace", title=None)
    made = await template(
        tenant,
        text='Bonjour {{person.first_name|"Madame, Monsieur"}} [{{contact.name}}]',
        html='<p>Bonjour {{person.first_name|"Madame & Monsieur"}}</p>',
    )

    found = await preview(tenant, made, nobody)

    assert found["text"].startswith("Bonjour Madame, Monsieur []\n")
    assert "<p>Bonjour Madame &amp; Monsieur</p>" in found["html"]


async def test_r049_values_are_text_in_html_and_can_bring_no_link_that_runs(
    tenant: Tenant,
) -> None:
    site = await tenant.contact('<b>"A" & Co</b>', reference="javascript:alert(1)")
    made = await template(
        tenant,
        html='<p title="{{contact.name}}">{{contact.name}}</p>'
        '<a href="{{contact.reference}}">x</a>',
        text=None,
    )

    found = await preview(tenant, made, site)

    assert '&lt;b&gt;"A" &amp; Co&lt;/b&gt;</p>' in found["html"]
    assert "<b>" not in found["html"]
    assert "javascript:" not in found["html"]
    assert found["text"].startswith('<b>"A" & Co</b>')


async def test_r049_html_is_kept_without_what_runs_loads_or_hides(tenant: Tenant) -> None:
    html = (
        "<p onclick=\"x()\" style='color: red; position: fixed; background: url(//e.fr/x)'>Oui</p>"
        "<script>alert(1)</script><style>p{}</style><iframe src=//e.fr></iframe>"
        "<form action=/x><input></form><a href='javascript:x()'>a</a>"
        "<img src='https://e.fr/a.png' onerror='x()'><svg><script>1</script></svg>"
        '<a href="https://e.fr/?c={{contact.reference}}">b</a>'
    )

    made = await tenant.do(
        "mailTemplateCreate", "mailTemplate { html }", name="A", subject="S", html=html
    )

    kept = made["mailTemplate"]["html"]
    assert kept.startswith('<p style="color:red">Oui</p>')
    for gone in ("script", "onclick", "onerror", "position", "iframe", "form", "svg", "url("):
        assert gone not in kept, gone
    assert 'href="https://e.fr/?c={{contact.reference}}"' in kept
    assert '<img src="https://e.fr/a.png">' in kept


class Attributes(HTMLParser):
    """Every attribute of what a parser makes of some HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.found: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.found += [(name, value or "") for name, value in attrs]


@pytest.mark.parametrize(
    "html",
    [
        "<base href=//e.fr><a href=x>a</a>",
        "<a href='data:text/html,<script>1</script>'>a</a><img src='data:image/svg+xml,<svg/>'>",
        "<a href=' java\nscript:x()'>a</a><a href='&#106;avascript:x()'>b</a>",
        "<a href='JaVaScRiPt:x()'>a</a><a href='vbscript:x'>b</a><a href='\x01javascript:x'>c</a>",
        "<svg><a xlink:href='javascript:x()'><text>a</text></a></svg>",
        "<svg><style><img src=x onerror=x()></style></svg>",
        "<math><mtext><table><mglyph><style><!--</style><img title='--><img src=1 onerror=x()>'>",
        "<form><math><mtext></form><form><mglyph><style></math><img src onerror=x()>",
        "<noscript><p title='</noscript><img src=x onerror=x()>'></noscript>",
        "<!--><img src=x onerror=x()>--><![CDATA[<img src=x onerror=x()>]]>",
        "<p style='background-image:url(//e.fr/x)'>a</p><p style='width:expression(x())'>b</p>",
        "<p style='color:red;background:u\\72l(//e.fr)'>a</p><p style='behavior:url(x)'>b</p>",
        "<p style='position:fixed;inset:0;z-index:9'>a</p><td background=//e.fr/x>b</td>",
        "<meta http-equiv=refresh content='0;url=//e.fr'><link rel=stylesheet href=//e.fr>",
        "<object data=x></object><embed src=x><iframe srcdoc='<script>1</script>'></iframe>",
        "<img srcset='//e.fr/x 1x' src=x><video src=x></video><audio src=x onplay=x()></audio>",
        "<input autofocus onfocus=x()><button formaction=javascript:x()>a</button>",
        "<details open ontoggle=x()>a</details><template><script>1</script></template>",
        "<p id=list class=x name=body>a</p><x onclick=x()>b</x><p\nonclick\n=x()>c</p>",
    ],
)
def test_r049_html_that_is_meant_to_get_through_is_kept_harmless(html: str) -> None:
    kept = markup.harmless(html)

    read = Attributes(kept)
    assert not read.tags - {"a", "p", "img", "td", "table", "tbody", "tr"}
    for name, value in read.found:
        assert name in {"href", "src", "style", "title", "rel"}, kept
        assert not re.search(r"(?i)script:|data:|url\(|expression|position|behavior", value), kept
    assert markup.harmless(kept) == kept


@pytest.mark.parametrize("bad", ["a\r\nBcc: x@y.fr", "a\nb", "a\x01b", "a\u2028b"])
async def test_r049_no_line_break_gets_into_a_header(tenant: Tenant, bad: str) -> None:
    given = {"name": "A", "subject": "S", "text": "T"}

    for field in ("subject", "name"):
        refused = await tenant.refused("mailTemplateCreate", **{**given, field: bad})
        assert refused == [("INVALID_CHARACTERS", field)]
    assert await count(tenant) == 0


def test_r049_no_null_gets_into_a_header_either() -> None:
    with pytest.raises(Refused, match="'subject' has a control character"):
        rules.wording("a\x00b", None, "T", "fr")


async def test_r049_templates_are_bounded(tenant: Tenant) -> None:
    given = {"name": "A", "subject": "S", "text": "T"}

    async def refused(**more: str) -> list[tuple[str, str | None]]:
        return await tenant.refused("mailTemplateCreate", **{**given, **more})

    assert await refused(html="x" * 200_001) == [("TOO_LONG", "html")]
    assert await refused(text="x" * 100_001) == [("TOO_LONG", "text")]
    assert await refused(text="{{contact.name}}" * 501) == [("TOO_LONG", "html")]
    assert await refused(subject="x" * 201) == [("TOO_LONG", "subject")]
    assert await refused(subject=" ") == [("TEXT_REQUIRED", "subject")]
    assert await refused(text="", html="<script>1</script>") == [("TEXT_REQUIRED", "html")]
    assert await refused(language="de") == [("INVALID_LANGUAGE", "language")]
    assert await refused(name=" ") == [("NAME_EMPTY", "name")]
    assert await count(tenant) == 0


def test_r049_a_template_of_keywords_can_not_multiply_without_end() -> None:
    wording = rules.wording("S", None, "{{contact.name}}" * 500, "fr")

    with pytest.raises(Refused, match="over 1000000 characters"):
        rules.filled(wording, {"contact": {"name": "x" * 10_000}})


async def test_r049_templates_are_changed_and_deleted_and_names_are_taken_once(
    tenant: Tenant,
) -> None:
    made = await template(tenant, "Été")
    assert await tenant.refused("mailTemplateCreate", name="ete", subject="S", text="T") == [
        ("NAME_TAKEN", "name")
    ]

    changed = await tenant.do(
        "mailTemplateUpdate", "mailTemplate { version text html subject }", id=made, version=1,
        text="{{contact.name}}",
    )  # fmt: skip
    assert changed["mailTemplate"] == {
        "version": 2, "text": "{{contact.name}}", "html": None, "subject": "Bonjour",
    }  # fmt: skip
    stale = await tenant.refused("mailTemplateUpdate", id=made, version=1, text="old")
    assert stale == [("STALE_VERSION", "version")]
    await tenant.do("mailTemplateDelete", "deletedId", id=made, version=2)
    assert await count(tenant) == 0


async def test_r049_a_template_is_tried_on_oneself(tenant: Tenant, post: Post) -> None:
    site = await tenant.contact("Chaufferie")
    made = await template(tenant, subject="Pour {{contact.name}}", html="<p>Oui</p>", text=None)

    assert await tenant.refused("mailTemplateTest", id=made, recipientId=site) == [
        ("NO_ADDRESS", None)
    ]
    login = f"camille@{tenant.slug}.fr"
    await tenant.house.owner.execute(
        "update core_user set login = $2 where tenant_id = $1", tenant.id, login
    )
    sent = await tenant.do(
        "mailTemplateTest", "mail { state address contact { id } }", id=made, recipientId=site
    )
    await post.deliver(tenant)

    assert sent["mail"] == {"state": "QUEUED", "address": login, "contact": None}
    (mail,) = await mailbox(tenant)
    assert (mail["subject"], login in mail["recipient"]) == ("Pour Chaufferie", True)


async def test_r049_the_keywords_there_are_depend_on_the_modules(house: House) -> None:
    crm = await house.tenant(frozenset({"core", "crm"}))
    every = await house.tenant()

    async def known(tenant: Tenant) -> set[str]:
        found = await tenant.ask("{ mailTemplateKeywords { keyword description } }")
        return {k["keyword"] for k in found["mailTemplateKeywords"] if k["description"]}

    assert {"{{contact.name}}", "{{parent.town}}", "{{unsubscribe.link}}"} <= await known(crm)
    assert not any("person" in keyword for keyword in await known(crm))
    assert {"{{person.first_name}}", "{{mission.reference}}", "{{tax.total}}"} <= await known(every)


async def test_r049_a_preview_asks_for_what_it_shows(tenant: Tenant) -> None:
    ada = await person(tenant, "Ada")
    made = await template(tenant)
    given = {"id": made, "recipient": ada}

    answer = await tenant.without("people.read").answer(PREVIEW, **given)

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


@given(st.text(max_size=300))
def test_r049_whatever_a_text_holds_it_is_kept_as_it_is_or_refused(text: str) -> None:
    try:
        parts = rules.parts_of(text, "text")
    except Refused:
        assert "{{" in text or "}}" in text
    else:
        assert parts == [text] or any(isinstance(part, rules.Keyword) for part in parts)


@given(st.text(max_size=200), st.text(max_size=200))
def test_r049_whatever_a_value_holds_html_stays_harmless_and_a_subject_one_line(
    value: str, other: str
) -> None:
    wording = rules.wording(
        "{{contact.name}}", '<a href="{{contact.name}}">{{contact.town}}</a>', None, "fr"
    )

    filled = rules.filled(wording, {"contact": {"name": value, "town": other}})

    assert filled.html is not None
    assert markup.harmless(filled.html) == filled.html
    assert all(c.isprintable() for c in filled.subject)


def test_r049_plain_text_is_made_of_html() -> None:
    html = (
        "<h1>Bonjour&nbsp;!</h1><p>Une <b>offre</b>\n pour <a href='https://e.fr/a'>vous</a>.</p>"
        "<ul><li>Un</li><li>Deux</li></ul><table><tr><td>a</td><td>b</td></tr></table>"
        "<p>Fin<br>ici <a href='mailto:a@e.fr'>a@e.fr</a></p>"
    )

    assert markup.plain(html) == (
        "Bonjour\u00a0!\n\nUne offre pour vous (https://e.fr/a).\n\n- Un\n- Deux\n\na b\n\n"
        "Fin\nici a@e.fr"
    )
