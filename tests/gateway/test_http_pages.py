"""The health pages, the figures, and GraphiQL as files and in a browser."""

from __future__ import annotations

import gzip
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import Browser, Page, Route, async_playwright, expect

from tests.gateway.toy import Toy, serving

CHROMIUM = shutil.which("chromium")
STATIC = Path(__file__).parents[2] / "gateway" / "static" / "graphiql"


async def test_the_process_is_alive_whatever_has_become_of_its_stores(toy: Toy) -> None:
    toy.failing |= {"database", "redis"}

    answer = await toy.asked.get("/healthz")

    assert (answer.status_code, answer.text) == (200, "ok")


@pytest.mark.parametrize(
    ("failing", "status", "told"),
    [
        (set(), 200, "ready"),
        ({"redis"}, 200, "degraded"),
        ({"database"}, 503, "unavailable"),
        ({"database", "redis"}, 503, "unavailable"),
    ],
)
async def test_without_redis_it_serves_and_without_the_database_it_does_not(
    toy: Toy, failing: set[str], status: int, told: str
) -> None:
    toy.failing |= failing

    answer = await toy.asked.get("/readyz")

    checks = {name: "failed" if name in failing else "ok" for name in ("database", "redis")}
    assert answer.status_code == status
    assert answer.json() == {"status": told, "checks": checks}


async def test_the_figures_are_for_this_machine_or_a_token(toy: Toy) -> None:
    await toy.ask("{ __typename }")
    await toy.ask("{ nope }")
    here = httpx.ASGITransport(toy.app, client=("127.0.0.1", 5000))

    from_afar = await toy.asked.get("/metrics")
    with_token = await toy.asked.get("/metrics", headers={"Authorization": "Bearer figures"})
    async with httpx.AsyncClient(transport=here, base_url="http://toy") as client:
        local = await client.get("/metrics")
        proxied = await client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"})

    assert [a.status_code for a in (from_afar, with_token, local, proxied)] == [403, 200, 200, 403]
    lines = local.text.splitlines()
    assert 'fieldgate_requests_total{outcome="ok"} 1.0' in lines
    assert 'fieldgate_requests_total{outcome="refused"} 1.0' in lines
    assert "fieldgate_request_seconds_count 2.0" in lines
    assert "fieldgate_statements_total 6.0" in lines


async def test_graphiql_is_compressed_and_sent_once(toy: Toy) -> None:
    plain = await toy.asked.get("/graphiql/graphiql.js", headers={"Accept-Encoding": "identity"})
    zipped = await toy.asked.get("/graphiql/graphiql.js")
    again = await toy.asked.get(
        "/graphiql/graphiql.js", headers={"If-None-Match": plain.headers["etag"]}
    )
    missing = await toy.asked.get("/graphiql/..%2f..%2fapp.py")

    assert plain.content == zipped.content == (STATIC / "graphiql.js").read_bytes()
    assert zipped.headers["content-encoding"] == "gzip"
    assert len(gzip.compress(plain.content)) < 500_000
    assert (again.status_code, again.content, missing.status_code) == (304, b"", 404)


async def test_graphiql_names_no_address_that_it_would_load_from(toy: Toy) -> None:
    page = await toy.asked.get("/graphiql")
    css = (STATIC / "graphiql.css").read_text()

    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert re.findall(r'(?:src|href)="(?!/graphiql/|data:,)', page.text) == []
    assert re.findall(r"url\((?!['\"]?data:)|@import", css) == []


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("the browser tests need chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


async def opened(browser: Browser, url: str, locale: str = "en-GB") -> tuple[Page, list[str]]:
    """GraphiQL in a browser that reaches this server only, and what it complained of."""
    context = await browser.new_context(locale=locale)
    page = await context.new_page()
    complaints: list[str] = []

    async def only_here(route: Route) -> None:
        if route.request.url.startswith(url):
            await route.continue_()
        else:
            complaints.append(route.request.url)
            await route.abort()

    await page.route("**/*", only_here)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    await page.goto(f"{url}/graphiql")
    return page, complaints


async def test_graphiql_opens_on_the_overview_and_answers_without_the_internet(
    toy: Toy, browser: Browser
) -> None:
    async with serving(toy.app) as url:
        page, complaints = await opened(browser, url)
        await expect(page.get_by_label("Login")).to_be_focused()
        await page.keyboard.type("ada")
        await page.keyboard.press("Tab")
        await page.keyboard.type("lovelace")
        await page.keyboard.press("Enter")
        await expect(page.locator(".graphiql-query-editor")).to_contain_text("query Overview")
        await page.locator(".graphiql-query-editor .CodeMirror").click()
        await page.keyboard.press("ControlOrMeta+A")
        await page.keyboard.insert_text("query Overview($id: ID!) { contact(id: $id) { name } }")
        await page.locator(".graphiql-execute-button").click()
        await expect(page.locator(".result-window")).to_contain_text("Établissements Dupont")
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_label("Login")).to_be_focused()
        kept = await page.evaluate("sessionStorage.getItem('fieldgate.token')")

    assert (complaints, kept) == ([], None)


async def test_graphiql_speaks_french_and_says_why_a_login_fails(
    toy: Toy, browser: Browser
) -> None:
    async with serving(toy.app) as url:
        page, _ = await opened(browser, url, "fr-FR")
        await page.get_by_label("Identifiant").fill("ada")
        await page.get_by_label("Mot de passe").fill("wrong")
        await page.get_by_role("button", name="Se connecter").click()
        await expect(page.get_by_role("alert")).to_have_text(
            "Identifiant ou mot de passe incorrect."
        )
        await page.get_by_label("Coller un jeton").fill("bad")
        await page.get_by_role("button", name="Utiliser ce jeton").click()
        await expect(page.get_by_role("alert")).to_have_text(
            "Votre jeton n'est plus valable. Reconnectez-vous."
        )
        await page.get_by_label("Coller un jeton").fill("good")
        await page.get_by_role("button", name="Utiliser ce jeton").click()
        await expect(page.locator(".graphiql-query-editor")).to_contain_text("query Overview")
        language = await page.evaluate("document.documentElement.lang")

    assert language == "fr"
