"""The custom fields of the demo, and what its contacts have in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from core.contacts.custom import CONTACTS
from core.contacts.models import Contact, ContactGroup
from core.custom_fields import services
from core.custom_fields.options import GivenOption
from core.custom_fields.rules import FieldType
from core.custom_fields.scopes import Scope
from core.custom_fields.typed import Given
from core.custom_fields.values import set_values
from core.kit.session import TenantSession

BOILERS = ("Gaz à condensation", "Fioul", "Pompe à chaleur", "Réseau de chaleur")
SEGMENTS = (
    "Bureaux et logements",
    "Logement social",
    "Santé",
    "Hôtellerie",
    "Enseignement",
    "Commerce",
    "Restauration",
)
CODES = ("12B45", "A7780", "4519A", "B2036", "90C31")
TRADES = ("Chauffage", "Climatisation", "Plomberie", "Électricité, courant faible")
WARNING = "Avant toute coupure, prévenir l'occupant 48 h à l'avance."


@dataclass(frozen=True)
class Field:
    key: str
    label: str
    type: FieldType
    options: tuple[str, ...] | None = None
    #: The label in English, and whatever else the type lets the field carry.
    english: str | None = None
    carried: dict[str, Any] = field(default_factory=dict)


HEAD_OFFICE = (
    Field("segment", "Segment", FieldType.LIST, SEGMENTS),
    Field("framework_contract", "Contrat-cadre", FieldType.BOOLEAN),
    Field("signed_on", "Signé le", FieldType.DATE),
    Field(
        "discount_percent",
        "Remise",
        FieldType.DECIMAL,
        carried={"unit": "%", "minimum": Decimal(0), "maximum": Decimal(100)},
    ),
    Field("purchasing", "Service achats", FieldType.EMAIL),
    Field("annual_budget", "Budget annuel", FieldType.MONEY, english="Annual budget"),
)
SITE = (
    Field("boiler", "Chaudière", FieldType.LIST, BOILERS),
    Field("power_kw", "Puissance installée", FieldType.DECIMAL, english="Installed power", carried={
        "unit": "kW", "minimum": Decimal(0)}),
    Field("lifts", "Ascenseurs", FieldType.INTEGER, carried={
        "minimum": Decimal(0), "maximum": Decimal(60)}),
    Field("lift_inspection", "Contrôle quinquennal", FieldType.DATE),
    Field("badge_required", "Badge obligatoire", FieldType.BOOLEAN),
    Field("door_code", "Digicode", FieldType.TEXT, english="Door code", carried={
        "visible_on_device": True, "editable_on_device": True}),
    Field("warning", "Avant une coupure", FieldType.STATEMENT, carried={
        "statement": WARNING, "visible_on_device": True}),
    Field("trades", "Corps de métier", FieldType.MULTI_LIST, TRADES, english="Trades"),
    Field("caretaker_phone", "Téléphone du gardien", FieldType.PHONE, english="Caretaker's phone",
          carried={"visible_on_device": True}),
    Field("site_notes", "Notes du technicien", FieldType.LONG_TEXT, carried={
        "visible_on_device": True, "editable_on_device": True, "audience": "DEVICE"}),
)  # fmt: skip


async def define(session: TenantSession, group: ContactGroup, fields: Sequence[Field]) -> None:
    for each in fields:
        options = [GivenOption(label) for label in each.options] if each.options else None
        await services.create_field(
            session,
            Scope(CONTACTS, group.id),
            each.label,
            each.type,
            key=each.key,
            options=options,
            label_en=each.english,
            **each.carried,
        )


async def describe_head_office(
    session: TenantSession, contact: Contact, segment: str, chance: Random
) -> None:
    signed = session.now.date() - timedelta(days=chance.randrange(60, 700))
    values = [
        Given("segment", option=segment),
        Given("framework_contract", boolean=True),
        Given("signed_on", date=signed),
        Given("discount_percent", decimal=Decimal(chance.randrange(10, 80)) / 4),
        Given("purchasing", text=f"achats@{(contact.website or '').removeprefix('https://www.')}"),
        Given("annual_budget", decimal=Decimal(chance.randrange(40, 900) * 100)),
    ]
    await set_values(session, CONTACTS, contact.id, None, values)


async def describe_site(
    session: TenantSession, contact: Contact, chance: Random, *, whole: bool
) -> None:
    """Fill in a site's fields: all of them, or those that somebody has found time for."""
    values = _site_values(session.now.date(), chance)
    await set_values(
        session,
        CONTACTS,
        contact.id,
        None,
        values if whole else chance.sample(values, chance.randrange(2, 6)),
    )


def _site_values(today: date, chance: Random) -> list[Given]:
    return [
        Given("boiler", option=chance.choice(BOILERS)),
        Given("power_kw", decimal=Decimal(chance.randrange(120, 2400)) / 2),
        Given("lifts", decimal=Decimal(chance.randrange(1, 7))),
        Given("lift_inspection", date=today + timedelta(days=chance.randrange(-200, 1500))),
        Given("badge_required", boolean=chance.random() < 0.4),
        Given("door_code", text=chance.choice(CODES)),
        Given("trades", options=chance.sample(TRADES, chance.randrange(1, 4))),
        Given("caretaker_phone", text=f"06 39 98 {chance.randrange(10, 99)} 12"),
    ]
