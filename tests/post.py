"""The post of a tenant: what is written, sent by the workers' own code, and read in the mailbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from core.kit.ids import key_in
from core.kit.settings import Settings
from core.mail.services import claiming
from core.mail.services.handing import Claimed
from gateway.backstage import Backstage
from gateway.mailing import Postman, send_mails
from tests.cast import House, Tenant

MAILING = """mailing { id name kind state subject html text language version toSendCount sentCount
  failedCount bouncedCount unknownCount skippedCount
  recipients(first: 100) { totalCount nodes { id state reason name address recipientId } } }"""
READ = (
    f"query($id: ID!) {{ mailing(id: $id) {{ {MAILING.partition('{')[2].rpartition('}')[0]} }} }}"
)
MAILBOX = """{ mailbox(first: 100) { nodes {
  id sender recipient subject headers html text attachments } } }"""

PERSONS = """insert into people_person (tenant_id, id, last_name, name_key, email, is_primary,
  booking_access, receives_documents, receives_marketing)
  select $1, gen_random_uuid(), 'P' || n, 'p' || lpad(n::text, 6, '0'), 'p' || n || '@exemple.fr',
         false, false, true, true from generate_series(1, $2::int) n"""


@dataclass
class Post:
    house: House
    backstage: Backstage
    settings: Settings

    @classmethod
    @asynccontextmanager
    async def open(cls, house: House, **settings: Any) -> AsyncIterator[Post]:
        async with Backstage.open(house.settings, house.modules) as backstage:
            fast = {"mails_per_minute": 60_000, **settings}
            yield cls(house, backstage, house.settings.model_copy(update=fast))

    async def deliver(self, tenant: Tenant) -> None:
        """Send what is due, as a worker does."""
        found = await self.backstage.tenant(tenant.id)
        assert found is not None
        while await send_mails(self.backstage, found, self.settings):
            pass

    async def claimed(self, tenant: Tenant) -> Claimed:
        """The next mail, claimed as by a worker that is killed then."""
        modules = self.house.modules.only(tenant.modules)
        async with tenant.session() as session:
            claimed = await claiming.claim(session, modules, self.settings, most=1)
        assert isinstance(claimed, list)
        return claimed[0]

    async def give(self, tenant: Tenant, claimed: Claimed) -> None:
        """Go on with a claimed mail, as a worker that was slow."""
        async with self.postman(tenant) as postman:
            await postman.send(claimed)

    @asynccontextmanager
    async def postman(self, tenant: Tenant) -> AsyncIterator[Postman]:
        found = await self.backstage.tenant(tenant.id)
        assert found is not None
        async with Postman.open(self.backstage, found, self.settings) as postman:
            yield postman

    async def hurry(self, tenant: Tenant) -> None:
        """Let the time pass until pauses and claims are over."""
        for table in ("core_mail", "core_mail_pace"):
            await self.house.owner.execute(
                f"update {table} set next_at = now() where tenant_id = $1 and next_at is not null",
                tenant.id,
            )

    async def mails(self, tenant: Tenant) -> list[Any]:
        """The rows of the tenant's mails, in order."""
        return list(
            await self.house.owner.fetch(
                "select * from core_mail where tenant_id = $1 order by position, id", tenant.id
            )
        )


async def mailbox(tenant: Tenant) -> list[dict[str, Any]]:
    """What arrived in the development mailbox, in the order of the addresses."""
    found = (await tenant.ask(MAILBOX))["mailbox"]["nodes"]
    return sorted(found, key=lambda mail: str(mail["recipient"]))


async def person(tenant: Tenant, name: str, contact: str | None = None, **given: Any) -> str:
    """The id of a new person, with an address of that name unless one is given."""
    given = {"firstName": name, "email": f"{name.lower()}@exemple.fr", **given}
    if contact is not None:
        given["contactId"] = contact
    made = await tenant.do("personCreate", "person { id }", **given)
    return str(made["person"]["id"])


async def persons(tenant: Tenant, many: int) -> None:
    """So many persons at once: p1@exemple.fr …"""
    await tenant.house.owner.execute(PERSONS, tenant.id, many)


async def template(tenant: Tenant, name: str = "Offer", **given: Any) -> str:
    given = {"subject": "Bonjour", "text": "Bonjour !", **given}
    made = await tenant.do("mailTemplateCreate", "mailTemplate { id }", name=name, **given)
    return str(made["mailTemplate"]["id"])


async def to_persons(tenant: Tenant, **given: Any) -> Any:
    """A prepared mailing to persons."""
    given = {"name": "News", "kind": "MARKETING", **given}
    if "templateId" not in given:
        given = {"subject": "Bonjour", "text": "Des nouvelles.", **given}
    return (await tenant.do("mailingCreateForPersons", MAILING, **given))["mailing"]


async def to_contacts(tenant: Tenant, **given: Any) -> Any:
    """A prepared mailing to contacts."""
    given = {"name": "News", "kind": "MARKETING", "subject": "Bonjour", "text": "Oui.", **given}
    return (await tenant.do("mailingCreateForContacts", MAILING, **given))["mailing"]


async def let_go(tenant: Tenant, mailing: Any) -> Any:
    given = {"id": mailing["id"], "confirmCount": mailing["toSendCount"]}
    return (await tenant.do("mailingSend", MAILING, **given))["mailing"]


async def read(tenant: Tenant, mailing: Any) -> Any:
    """A mailing as it is now."""
    return (await tenant.ask(READ, id=mailing["id"]))["mailing"]


def mail_ids(mailing: Any) -> list[str]:
    return [node["id"] for node in mailing["recipients"]["nodes"]]


def places(mailing: Any) -> list[tuple[str, str | None, str | None]]:
    """Name, state and reason of each recipient."""
    nodes = mailing["recipients"]["nodes"]
    return [(node["name"], node["state"], node["reason"]) for node in nodes]


def key_of(identifier: str) -> Any:
    return key_in(identifier)
