"""The page of the development mailbox, in a browser: what arrived is shown, and does nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route, async_playwright, expect
from starlette.applications import Starlette

from core.kit.ids import new_id
from core.tenancy import services
from tests.cast import House, Tenant
from tests.gateway.toy import serving
from tests.gateway.visitors import PASSWORD
from tests.post import Post, let_go, mailbox, person, to_persons
from tests.sending import PDF, Desk

CHROMIUM = shutil.which("chromium")
ELSEWHERE = "https://elsewhere.example"
#: Whoever runs anything in the frame, or in the page, is found out by the page's title.
NASTY = f"""<p id="seen">Bonjour</p><script>parent.document.title = "ran"; top.ran = 1</script>
<img src="x" onerror="parent.ran = 1"><img src="{ELSEWHERE}/pixel.gif">
<style>@import url({ELSEWHERE}/a.css); p {{ background: url({ELSEWHERE}/b.png) }}</style>
<link rel="stylesheet" href="{ELSEWHERE}/c.css"><iframe src="{ELSEWHERE}/frame"></iframe>
<object data="{ELSEWHERE}/o"></object><video src="{ELSEWHERE}/v" autoplay></video>
<form action="{ELSEWHERE}/form"><button id="send">Send</button></form>
<meta http-equiv="refresh" content="0; url={ELSEWHERE}/refresh">
<a id="link" href="javascript:parent.ran = 1">x</a><svg onload="parent.ran = 1"></svg>"""


@dataclass
class Looking:
    """A page in a browser that reaches this server only, and what it tried beyond."""

    page: Page
    url: str
    beyond: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @classmethod
    async def open(
        cls, browser: Browser, url: str, locale: str = "en-GB", width: int = 1280, height: int = 800
    ) -> Looking:
        size: Any = {"width": width, "height": height}
        context = await browser.new_context(locale=locale, viewport=size)
        looking = cls(await context.new_page(), url)

        async def only_here(route: Route) -> None:
            if route.request.url.startswith(url):
                await route.continue_()
            else:
                looking.beyond.append(route.request.url)
                await route.abort()

        await context.route("**/*", only_here)
        looking.page.on("pageerror", lambda error: looking.broken.append(str(error)))
        await looking.page.goto(f"{url}/mailbox")
        return looking

    async def sign_in(self, login: str, labels: tuple[str, str, str]) -> None:
        await self.page.get_by_label(labels[0]).fill(login)
        await self.page.get_by_label(labels[1]).fill(PASSWORD)
        await self.page.get_by_role("button", name=labels[2], exact=True).click()
        await expect(self.page.get_by_role("listbox")).to_be_focused()

    async def picture(self, name: str) -> None:
        """Keep a picture for whoever wants to look (PICTURES names a folder)."""
        if "PICTURES" in os.environ:
            await self.page.screenshot(path=Path(os.environ["PICTURES"]) / f"{name}.png")


ENGLISH = ("Login", "Password", "Sign in")
FRENCH = ("Identifiant", "Mot de passe", "Se connecter")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("the browser tests need chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sender(house: House) -> Tenant:
    return await house.tenant()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def filled(house: House, sender: Tenant) -> str:
    """The login of who sees a mailbox with a mailing of three, each with a file."""
    tenant, login = sender, f"grace@{sender.slug}.fr"
    async with tenant.session() as session:
        await services.create_administrator(session, login=login, name="Grace", password=PASSWORD)
    site = await tenant.contact("Chaufferie de l'Écluse")
    for name in ("Élodie", "Hugo", "Nadia"):
        await person(tenant, name, site, email=f"{name[1:].lower()}@exemple.fr")
    async with Desk.open(house.settings) as desk:
        file = await desk.send(tenant, "Devis été.pdf")
    html = (
        '<h1 style="color:#1d4ed8">Votre entretien d\'automne</h1>'
        "<p>Bonjour {{person.first_name}},</p><p>La saison de chauffe approche : nous proposons "
        "de passer à <b>{{contact.name}}</b> avant le 15 octobre.</p>"
        '<p><a href="https://exemple.fr/rdv">Choisir un rendez-vous</a></p>'
    )
    mailing = await to_persons(
        tenant,
        subject="Entretien d'automne : {{contact.name}}",
        html=html,
        text=None,
        attachmentIds=[file],
    )
    async with Post.open(house) as post:
        await let_go(tenant, mailing)
        await post.deliver(tenant)
    return login


async def test_the_mailbox_is_read_searched_and_walked_through_by_keys(
    app: Starlette, browser: Browser, filled: str
) -> None:
    async with serving(app) as url:
        looking = await Looking.open(browser, url)
        page = looking.page
        await looking.picture("sign-in")
        await looking.sign_in(filled, ENGLISH)
        await expect(page.get_by_role("option")).to_have_count(3)
        await expect(page.get_by_role("status")).to_have_text("3 mails")
        await looking.picture("list")

        await page.keyboard.press("j")
        await expect(page.get_by_role("heading", level=2)).to_have_text(
            "Entretien d'automne : Chaufferie de l'Écluse"
        )
        frame = page.frame_locator("#html")
        await expect(frame.locator("h1")).to_have_text("Votre entretien d'automne")
        await looking.picture("mail")
        first = await page.locator("[aria-selected=true] b").inner_text()
        await page.keyboard.press("ArrowDown")
        await expect(page.locator("[aria-selected=true] b")).not_to_have_text(first)
        await page.keyboard.press("t")
        await expect(page.locator("#plain")).to_contain_text("Votre entretien d'automne")
        await page.keyboard.press("r")
        await expect(page.locator("#plain")).to_contain_text("List-Unsubscribe-Post: List-Unsub")
        await page.keyboard.press("h")

        await page.keyboard.press("/")
        await page.keyboard.type("nadia")
        await expect(page.get_by_role("option")).to_have_count(1)
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("listbox")).to_be_focused()
        await expect(page.get_by_role("option")).to_have_count(3)
        await page.get_by_role("searchbox").fill("nobody")
        await expect(page.get_by_text("No mail has these words.")).to_be_visible()
        await page.get_by_role("searchbox").fill("ADIA@exemple")
        await expect(page.get_by_role("option")).to_have_count(1)
        await page.get_by_role("option").click()
        link = page.get_by_role("link", name="Devis été.pdf")
        href = await link.get_attribute("href")
        async with httpx.AsyncClient() as http:
            fetched = await http.get(f"{url}{href}")
        assert fetched.content == PDF
        await expect(page.locator(".files")).to_contain_text(f"{len(PDF)} bytes")

        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_label("Login")).to_be_focused()
        kept = await page.evaluate("sessionStorage.getItem('fieldgate.token')")

    assert (looking.beyond, looking.broken, kept) == ([], [], None)


async def test_nothing_in_a_mail_runs_loads_or_leads_away(
    app: Starlette, browser: Browser, house: House, tenant: Tenant, ada: str
) -> None:
    await house.owner.execute(
        "insert into core_mailbox_mail (tenant_id, id, message_id, received_at, sender, recipient, "
        "subject, headers, html, text, attachments) "
        "values ($1, $2, 'x', now(), 'a', 'b', $3, 'h', $4, 't', '{}')",
        tenant.id, new_id(), "<img src=x onerror=top.ran=1>", NASTY,
    )  # fmt: skip
    async with serving(app) as url:
        looking = await Looking.open(browser, url)
        page = looking.page
        await looking.sign_in(ada, ENGLISH)
        await page.keyboard.press("j")
        frame = page.frame_locator("#html")
        await expect(frame.locator("#seen")).to_have_text("Bonjour")
        await expect(page.get_by_role("heading", level=2)).to_have_text(
            "<img src=x onerror=top.ran=1>"
        )
        await frame.locator("#link").click()
        await frame.locator("#send").click()
        await page.wait_for_timeout(300)

        assert await page.evaluate("window.ran") is None
        assert await page.title() == "fieldgate · Mailbox"
        await expect(frame.locator("#seen")).to_have_text("Bonjour")
        sandbox = await page.locator("#html").get_attribute("sandbox")
        policy = (await page.request.get(f"{url}/mailbox")).headers["content-security-policy"]

    assert looking.beyond == []
    assert sandbox is not None
    assert not {"allow-scripts", "allow-same-origin", "allow-forms"} & set(sandbox.split())
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy


async def test_the_mailbox_speaks_the_browsers_language_or_the_one_that_is_chosen(
    app: Starlette, browser: Browser, filled: str
) -> None:
    async with serving(app) as url:
        looking = await Looking.open(browser, url, "fr-FR")
        page = looking.page
        await looking.sign_in(filled, FRENCH)
        await expect(page.get_by_role("status")).to_have_text("3 messages")
        await page.keyboard.press("j")
        await expect(page.locator("dt").first).to_have_text("De")
        await page.get_by_role("button", name="English").click()
        await expect(page.locator("dt").first).to_have_text("From")
        await expect(page.get_by_role("status")).to_have_text("3 mails")
        await page.reload()
        await expect(page.get_by_role("status")).to_have_text("3 mails")
        assert await page.evaluate("document.documentElement.lang") == "en"


async def test_on_a_narrow_screen_the_mailbox_is_a_list_or_a_mail(
    app: Starlette, browser: Browser, filled: str
) -> None:
    async with serving(app) as url:
        looking = await Looking.open(browser, url, "fr-FR", 390, 780)
        page = looking.page
        await looking.sign_in(filled, FRENCH)
        await expect(page.get_by_role("option")).to_have_count(3)
        await looking.picture("narrow-list")
        await page.get_by_role("option").first.click()
        await expect(page.frame_locator("#html").locator("h1")).to_be_visible()
        await expect(page.get_by_role("listbox")).to_be_hidden()
        await looking.picture("narrow-mail")
        wide = await page.evaluate("document.documentElement.scrollWidth")
        await page.get_by_role("button", name="Tous les messages").click()
        await expect(page.get_by_role("option").first).to_be_visible()

    assert wide <= 390


async def test_who_may_not_read_mails_is_told_so(
    app: Starlette, browser: Browser, house: House, tenant: Tenant, ada: str
) -> None:
    await house.owner.execute(
        "update core_role set permissions = '{contacts.read}' where tenant_id = $1", tenant.id
    )
    async with serving(app) as url:
        looking = await Looking.open(browser, url)
        page = looking.page
        await page.get_by_label("Login").fill(ada)
        await page.get_by_label("Password").fill("wrong")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("alert")).to_have_text("This login and password don't match.")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("alert")).to_contain_text("mail.read")


async def test_the_mailbox_is_emptied_when_somebody_is_sure(
    app: Starlette, browser: Browser, house: House, tenant: Tenant, ada: str
) -> None:
    await person(tenant, "Nadia")
    async with Post.open(house) as post:
        await let_go(tenant, await to_persons(tenant))
        await post.deliver(tenant)
    async with serving(app) as url:
        looking = await Looking.open(browser, url)
        page = looking.page
        await looking.sign_in(ada, ENGLISH)
        page.once("dialog", lambda dialog: dialog.dismiss())
        await page.get_by_role("button", name="Empty").click()
        await expect(page.get_by_role("option")).to_have_count(1)
        page.once("dialog", lambda dialog: dialog.accept())
        await page.get_by_role("button", name="Empty").click()
        await expect(page.get_by_text("No mail has arrived yet.")).to_be_visible()

    assert await mailbox(tenant) == []


async def test_without_files_read_the_names_of_files_are_shown_and_no_links(
    app: Starlette, browser: Browser, house: House, sender: Tenant, filled: str
) -> None:
    await house.owner.execute(
        "update core_role set permissions = '{mail.read}' where tenant_id = $1", sender.id
    )
    assert (await mailbox(sender))[0]["attachments"] == ["Devis été.pdf"]
    async with serving(app) as url:
        looking = await Looking.open(browser, url)
        await looking.sign_in(filled, ENGLISH)
        await looking.page.keyboard.press("j")
        await expect(looking.page.locator(".files")).to_have_text("Devis été.pdf")
        await expect(looking.page.get_by_role("link", name="Devis été.pdf")).to_have_count(0)


async def arrived(house: House, tenant: Tenant, subject: str, html: str | None) -> None:
    """A mail in the mailbox, as if it had been sent."""
    await house.owner.execute(
        "insert into core_mailbox_mail (tenant_id, id, message_id, received_at, sender, recipient, "
        "subject, headers, html, text, attachments) "
        "values ($1, $2, $3, now(), 'a', 'b', $3, 'h', $4, 'Plain', '{}')",
        tenant.id, new_id(), subject, html,
    )  # fmt: skip


async def test_html_is_seen_also_after_a_mail_that_has_none(
    app: Starlette, browser: Browser, house: House, tenant: Tenant, ada: str
) -> None:
    await arrived(house, tenant, "Third", "<h1>Three</h1>")
    await arrived(house, tenant, "Second", None)
    await arrived(house, tenant, "First", "<h1>One</h1>")
    async with serving(app) as url:
        looking = await Looking.open(browser, url)
        page = looking.page
        await looking.sign_in(ada, ENGLISH)
        seen = page.frame_locator("#html").locator("h1")
        await page.keyboard.press("j")
        await expect(seen).to_have_text("One")
        await page.keyboard.press("j")
        await expect(page.locator("#plain")).to_have_text("Plain")
        await page.keyboard.press("End")
        await expect(seen).to_have_text("Three")
        await expect(seen).to_be_visible()  # it was there, and nothing of it was painted
        await page.keyboard.press("t")
        await page.keyboard.press("h")
        await expect(seen).to_be_visible()
        await looking.picture("html-after-text")

        # By tabs alone, and back to the list.
        await page.get_by_role("tab", name="HTML").focus()
        await page.keyboard.press("ArrowRight")
        await expect(page.get_by_role("tab", name="Text")).to_be_focused()
        await expect(page.get_by_role("tabpanel")).to_have_text("Plain")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("listbox")).to_be_focused()
        await expect(page.get_by_role("heading", level=2)).to_be_hidden()
        await page.keyboard.press("Home")
        await expect(page.get_by_role("heading", level=2)).to_have_text("First")

    assert looking.broken == []


async def test_an_empty_mailbox_on_a_narrow_screen_is_left_with_the_keys_too(
    app: Starlette, browser: Browser, ada: str
) -> None:
    async with serving(app) as url:
        looking = await Looking.open(browser, url, "fr-FR", 390, 780)
        page = looking.page
        for label, said in zip(FRENCH, (ada, PASSWORD), strict=False):
            await page.get_by_label(label).fill(said)
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Aucun message pour l'instant.")).to_be_visible()
        await expect(page.get_by_role("searchbox")).to_be_focused()
