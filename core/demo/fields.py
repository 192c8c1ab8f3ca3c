"""The custom fields of the demo, and what its contacts have in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from core.contacts.models import Contact, ContactGroup
from core.custom_fields import services
from core.custom_fields.rules import FieldType, GivenOption
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


@dataclass(frozen=True)
class Field:
    key: str
    label: str
    type: FieldType
    options: tuple[str, ...] | None = None


HEAD_OFFICE = (
    Field("segment", "Segment", FieldType.LIST, SEGMENTS),
    Field("framework_contract", "Contrat-cadre", FieldType.BOOLEAN),
    Field("signed_on", "Signé le", FieldType.DATE),
    Field("discount_percent", "Remise (%)", FieldType.DECIMAL),
    Field("purchasing", "Service achats", FieldType.TEXT),
)
SITE = (
    Field("boiler", "Chaudière", FieldType.LIST, BOILERS),
    Field("power_kw", "Puissance installée (kW)", FieldType.DECIMAL),
    Field("lifts", "Ascenseurs", FieldType.DECIMAL),
    Field("lift_inspection", "Contrôle quinquennal", FieldType.DATE),
    Field("badge_required", "Badge obligatoire", FieldType.BOOLEAN),
    Field("door_code", "Digicode", FieldType.TEXT),
)


async def define(session: TenantSession, group: ContactGroup, fields: Sequence[Field]) -> None:
    for field in fields:
        options = [GivenOption(label) for label in field.options] if field.options else None
        await services.create_field(
            session, group.id, field.label, field.type, key=field.key, options=options
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
    ]
    await set_values(session, contact.id, None, values)


async def describe_site(
    session: TenantSession, contact: Contact, chance: Random, *, whole: bool
) -> None:
    """Fill in a site's fields: all of them, or those that somebody has found time for."""
    values = _site_values(session.now.date(), chance)
    await set_values(
        session,
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
    ]
