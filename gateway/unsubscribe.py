"""``/unsubscribe/…``: GET asks whether somebody wants no more marketing mails, POST does it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from html import escape
from string import Template
from uuid import UUID

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from core.kit.errors import Busy, NotFound
from core.kit.events import Listeners
from core.kit.modules import Modules
from core.kit.session import Actor, Channel, Sessions
from core.kit.settings import Settings
from core.mail.links import Unsubscribing, read
from core.mail.models import Mail
from core.mail.services import bounces
from core.tenancy.models import Tenant
from gateway.errors import masked

SECONDS = 10
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
TEXTS = {
    "fr": {
        "title": "Se désabonner",
        "ask": "Ne plus envoyer d'offres ni de nouvelles de $tenant à $address ?",
        "button": "Me désabonner",
        "still": "Les messages qui concernent vos interventions et vos factures arriveront "
        "toujours.",
        "done_title": "C'est fait",
        "done": "$tenant n'enverra plus d'offres ni de nouvelles à $address.",
        "nobody": "cette adresse",
        "gone_title": "Lien inconnu",
        "gone": "Ce lien n'est pas entier, ou n'est pas de nous. Copiez-le en entier depuis le "
        "message.",
    },
    "en": {
        "title": "Unsubscribe",
        "ask": "No more news and offers from $tenant to $address?",
        "button": "Unsubscribe",
        "still": "Messages about work at your sites and about invoices will still arrive.",
        "done_title": "Done",
        "done": "$tenant will send no more news and offers to $address.",
        "nobody": "this address",
        "gone_title": "Unknown link",
        "gone": "This link is not whole, or not ours. Copy all of it from the message.",
    },
}
PAGE = Template("""<!doctype html>
<html lang="$language"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
:root { color-scheme: light dark; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: light-dark(#1c2333, #e8ebf2);
  background: light-dark(#f4f6fa, #12161f); }
main { box-sizing: border-box; max-width: 30rem; margin: 12vh auto 2rem; padding: 2rem;
  border-radius: 0.75rem; background: light-dark(#fff, #1b212d); }
h1 { margin: 0 0 1rem; font-size: 1.375rem; }
p { overflow-wrap: anywhere; }
.small { font-size: 0.875rem; color: light-dark(#5b6475, #a3acbd); }
button { padding: 0.625rem 1.25rem; border: 0; border-radius: 0.375rem; background: #1d4ed8;
  color: #fff; font: inherit; cursor: pointer; }
button:focus-visible { outline: 3px solid light-dark(#f59e0b, #fbbf24); outline-offset: 2px; }
</style></head><body><main><h1>$title</h1><p>$said</p>$more</main></body></html>
""")


class Unsubscribe:
    def __init__(
        self,
        settings: Settings,
        sessions: Sessions,
        modules: Callable[[list[str]], Modules],
    ) -> None:
        self._settings, self._sessions, self._modules = settings, sessions, modules

    async def get(self, request: Request) -> Response:
        link = self._link(request)
        if link is None:
            return _gone(request)
        async with self._sessions.begin(_actor(link), Listeners()) as session:
            row = (
                await session.execute(
                    select(Mail.address, Mail.language, Tenant.name)
                    .join(Tenant, Tenant.id == Mail.tenant_id)
                    .where(Mail.id == link.mail)
                )
            ).one_or_none()
        if row is None:
            return _gone(request)
        texts = TEXTS[row.language]
        more = (
            f'<form method="post"><button>{texts["button"]}</button></form>'
            f'<p class="small">{texts["still"]}</p>'
        )
        return _page(200, row.language, texts["title"], texts["ask"], row.name, row.address, more)

    async def post(self, request: Request) -> Response:
        link = self._link(request)
        if link is None:
            return _gone(request)
        modules = await self._modules_of(link.tenant)
        if modules is None:
            return _gone(request)
        try:
            async with self._sessions.begin(_actor(link), modules.listeners) as session:
                mail = await bounces.unsubscribe(session, link.mail)
                name = await session.scalar(select(Tenant.name).where(Tenant.id == link.tenant))
        except NotFound:
            return _gone(request)
        texts = TEXTS[mail.language]
        return _page(200, mail.language, texts["done_title"], texts["done"], name, mail.address)

    def _link(self, request: Request) -> Unsubscribing | None:
        return read(self._settings.secret, request.path_params["token"])

    async def _modules_of(self, tenant: UUID) -> Modules | None:
        async with self._sessions.begin(Actor(tenant), Listeners()) as session:
            names = await session.scalar(select(Tenant.modules).where(Tenant.id == tenant))
        return None if names is None else self._modules(names)


def unsubscribe_routes(unsubscribe: Callable[[], Unsubscribe]) -> list[Route]:
    """The route. *unsubscribe* is asked at each request: it opens with the application."""

    async def answer(request: Request) -> Response:
        if request.method == "POST":
            return await _answered(unsubscribe().post, request)
        return await _answered(unsubscribe().get, request)

    return [Route("/unsubscribe/{token}", answer, methods=["GET", "HEAD", "POST"])]


def _actor(link: Unsubscribing) -> Actor:
    return Actor(link.tenant, None, Channel.UI, "unsubscribe")


def _gone(request: Request) -> Response:
    spoken = request.headers.get("accept-language", "fr").lower()
    language = "fr" if spoken.startswith("fr") else "en"
    texts = TEXTS[language]
    return _page(404, language, texts["gone_title"], texts["gone"], "", "")


def _page(
    status: int,
    language: str,
    title: str,
    said: str,
    tenant: str | None,
    address: str | None,
    more: str = "",
) -> Response:
    # Of who was erased since, the address is not known any more.
    to = f"<b>{escape(address)}</b>" if address else TEXTS[language]["nobody"]
    shown = Template(said).substitute(tenant=f"<b>{escape(tenant or '')}</b>", address=to)
    body = PAGE.substitute(language=language, title=title, said=shown, more=more)
    return HTMLResponse(body, status, HEADERS)


async def _answered(
    handler: Callable[[Request], Awaitable[Response]], request: Request
) -> Response:
    """The outermost layer: every request has an answer, in time."""
    try:
        async with asyncio.timeout(SECONDS):
            return await handler(request)
    except (Busy, TimeoutError):
        return Response("Try again in a moment.", 503, {**HEADERS, "Retry-After": "5"})
    except Exception as error:
        return Response(str(masked(error)["message"]), 500, HEADERS)
