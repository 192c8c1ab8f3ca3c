"""The contacts of the story: three years of a company's customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from hashlib import md5
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import text

from core.attachments.services import AttachmentKind as Kind
from core.contacts import rules, services
from core.contacts.events import ContactCreated
from core.contacts.models import Contact, ContactGroup
from core.demo import fields
from core.demo.bulk import HANG
from core.demo.cast import AGENCIES, SITES, Cast, Customer
from core.demo.clock import at
from core.demo.papers import PLAN, SCHEDULE, attach_pages, attach_picture
from core.demo.places import STREETS, Place, places, places_in
from core.files.store import Store
from core.kit.keys import sort_key
from core.kit.session import TenantSession
from core.tenancy.services.settings import update_settings

#: How old the first customer is, and how much later each following one came.
BEGAN, EACH = timedelta(days=1100), timedelta(days=40)
GROUPS = (
    "Clients",
    "Directions régionales",
    "Agences",
    "Sites",
    "Locataires",
    "Fournisseurs",
    "Prospects",
)
#: About eleven metres.
STEP = Decimal("0.0001")
OCCUPANTS = (
    "Pharmacie du Marché",
    "Boulangerie Le Fournil",
    "Cabinet dentaire Moreau",
    "Étude notariale Lacroix",
    "Optique Clairvue",
    "Crèche Les P'tits Loups",
    "Coiffure Élégance",
    "Agence postale",
    "Salle de sport L'Élan",
)
NEWS = (
    "Accès par la cour; se présenter à l'accueil.",
    "Clés chez le gardien, loge fermée entre 12 h et 14 h.",
    "Local technique au sous-sol, badge à demander la veille.",
    "Travaux de façade jusqu'à la fin du mois: échafaudage côté rue.",
    "Stationnement possible dans la cour, hauteur limitée à 2,10 m.",
)


async def story(session: TenantSession, cast: Cast, store: Store) -> dict[str, Contact]:
    """Make the contacts of *cast*, and return them by reference: those with a part come first."""
    teller = _Teller(session, cast, await _make_groups(session))
    for number, customer in enumerate(cast.customers):
        with at(session, session.now - BEGAN + number * EACH):
            teller.add_customer(customer)
            await session.flush()
    teller.add_others("Fournisseurs", "FOU", cast.suppliers)
    teller.add_others("Prospects", "PRO", cast.prospects)
    await session.flush()
    for statement in HANG:
        await session.execute(text(statement), {"tenant": session.tenant_id})
    for contact in teller.made.values():
        await session.tell(ContactCreated(contact.id))
    await teller.add_values()
    await teller.add_news()
    await teller.add_papers(store)
    # Files may be sent to the customers.
    await update_settings(session, export_domains=[c.domain for c in cast.customers])
    heads = [customer.code for customer in cast.customers]
    first = [cast.sample, *heads, f"{cast.flagged}-1-1", f"{cast.flagged}-1"]
    return {key: teller.made[key] for key in dict.fromkeys([*first, *teller.made])}


async def _make_groups(session: TenantSession) -> dict[str, ContactGroup]:
    with at(session, session.now - BEGAN):
        made = {name: await services.create_group(session, name) for name in GROUPS}
        await fields.define(session, made["Clients"], fields.HEAD_OFFICE)
        await fields.define(session, made["Sites"], fields.SITE)
        await session.flush()
    return made


@dataclass
class _Teller:
    session: TenantSession
    cast: Cast
    groups: dict[str, ContactGroup]
    made: dict[str, Contact] = field(default_factory=dict)
    sites: list[Contact] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance = Random(self.cast.slug)

    def add_customer(self, customer: Customer) -> None:
        seat = places_in(customer.regions[0])[0]
        website = f"https://www.{customer.domain}"
        head = self._add(customer.code, customer.name, "Clients", seat, website=website)
        for number, region in enumerate(customer.regions, 1):
            around = places_in(region)
            code = f"{customer.code}-{number}"
            name = f"{customer.name}, direction {region}"
            link = head, "HEADQUARTERS_BRANCH"
            branch = self._add(code, name, "Directions régionales", around[0], *link)
            for agency in range(1, AGENCIES + 1):
                self._add_agency(customer, branch, f"{code}-{agency}", around, agency)

    def _add_agency(
        self, customer: Customer, branch: Contact, code: str, around: Sequence[Place], turn: int
    ) -> None:
        place = around[turn - 1]
        name = f"{customer.name}, agence de {place.town}"
        agency = self._add(code, name, "Agences", place, branch, "HEADQUARTERS_BRANCH")
        for number in range(1, SITES + 1):
            place = around[(turn - 1 + (number - 1) * 2) % len(around)]
            key = f"{code}-{number}"
            if number == SITES:
                name = f"{self.chance.choice(OCCUPANTS)}, {place.town}"
                self._add(key, name, "Locataires", place, agency, "LANDLORD_TENANT")
                continue
            site = customer.sites[(turn + number - 2) % len(customer.sites)]
            kind = "OTHER" if number == SITES - 1 else "BILLING_SITE"
            made = self._add(key, f"{site}, {place.town}", "Sites", place, agency, kind)
            self.sites.append(made)

    def add_others(self, group: str, code: str, names: Sequence[str]) -> None:
        for number, name in enumerate(names, 1):
            self._add(f"{code}-{number}", name, group, self.chance.choice(places()))

    async def add_values(self) -> None:
        """Fill in the custom fields of the head offices, of the sample, and of every sixth site."""
        sample = self.made[self.cast.sample]
        with at(self.session, self.session.now - timedelta(days=45)):
            for customer in self.cast.customers:
                head = self.made[customer.code]
                await fields.describe_head_office(self.session, head, customer.segment, self.chance)
            await fields.describe_site(self.session, sample, self.chance, whole=True)
            for site in self.sites[6::6]:
                await fields.describe_site(self.session, site, self.chance, whole=False)

    async def add_news(self) -> None:
        """Let something be known of some sites lately, of the sample last."""
        sample = self.made[self.cast.sample]
        others = [site for site in self.sites if site is not sample]
        for turn, site in enumerate([sample, *self.chance.sample(others, 6)]):
            news = {"information": self.chance.choice(NEWS)}
            with at(self.session, self.session.now - timedelta(hours=1 + turn * 70)):
                await services.update_contact(self.session, site.id, news)

    async def add_papers(self, store: Store) -> None:
        """Attach pictures and pages to the three contacts that the story is about."""
        cast, session = self.cast, self.session
        sample, head, stopped = (self.made[k] for k in (cast.sample, cast.flagged, cast.suspended))
        with at(session, session.now - timedelta(days=40)):
            await attach_picture(session, store, sample, "facade.jpg", "Façade côté cour", 28)
            await attach_picture(session, store, head, "siege.jpg", "Entrée du siège", 210)
        with at(session, session.now - timedelta(days=17)):
            await attach_pages(session, store, sample, "plan-de-prevention.pdf", PLAN, Kind.OTHER)
            await attach_pages(session, store, stopped, "echeancier.pdf", SCHEDULE, Kind.FINANCIAL)

    def _add(
        self,
        code: str,
        name: str,
        group: str,
        place: Place,
        parent: Contact | None = None,
        kind: str | None = None,
        **more: Any,
    ) -> Contact:
        domain = next((c.domain for c in self.cast.customers if code.startswith(c.code)), None)
        values = {
            "id": self._id(code),
            "reference": code,
            "name": name,
            "group_id": self.groups[group].id,
            "parent_id": parent.id if parent else None,
            "parent_kind": kind,
            "email": f"{code.lower()}@{domain or 'courrier.example'}",
            "owner_id": self.session.user_id,
            **self._address(place),
            **more,
        }
        contact = Contact(**rules.checked(values), name_key=sort_key(name))
        contact.phone_e164 = rules.e164(values["phone"], place.country)
        self.session.add(contact)
        self.made[code] = contact
        return contact

    def _address(self, place: Place) -> dict[str, Any]:
        chance = self.chance
        street = f"{chance.randrange(1, 120)} {chance.choice(STREETS)}"
        digits = f"{chance.randrange(10_000):04}"
        east, north = chance.randrange(-150, 150), chance.randrange(-150, 150)
        return {
            "street": street,
            "postcode": place.postcode,
            "town": place.town,
            "country": place.country,
            "latitude": place.latitude + north * STEP,
            "longitude": place.longitude + east * STEP,
            "phone": f"{place.prefix} {digits[:2]} {digits[2:]}",
        }

    def _id(self, code: str) -> UUID:
        """A time-ordered id that is the same each time the story is told on the same day."""
        ms = int((self.session.now - BEGAN).timestamp() * 1000) + len(self.made)
        noise = md5(f"{self.cast.slug} {code}".encode(), usedforsecurity=False).hexdigest()
        return UUID(f"{ms:012x}7{noise[:3]}8{noise[3:18]}")
