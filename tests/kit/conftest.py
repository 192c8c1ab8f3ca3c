"""A tenant with something of everything, for questions that are drawn at random."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest_asyncio
from fieldgate_loyalty.rules import RANKS
from fieldgate_loyalty.services import record_visit

from core.contacts.models import Contact, ContactGroup
from core.custom_fields.models import CustomField, CustomOption, CustomValue
from core.hierarchy.models import ContactClosure
from tests.cast import House, Tenant

#: Each contact's parent: two trees, one of them deep.
PARENTS = {1: None, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 7: None, 8: 7, 9: 8, 10: 9}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def peopled(house: House) -> Tenant:
    tenant = await house.tenant()
    async with tenant.session() as session:
        groups = [ContactGroup(name=f"G{i}", name_key=f"g{i}") for i in (1, 2)]
        session.add_all(groups)
        await session.flush()
        made: dict[int, Contact] = {}
        for number, parent in PARENTS.items():
            contact = made[number] = Contact(
                name=f'Änne "{number}"', name_key=f'anne "{number % 3}"',
                group_id=groups[number % 2].id,
                parent_id=made[parent].id if parent else None,
                parent_kind=["OTHER", "BILLING_SITE"][number % 2] if parent else None,
                town=["Lyon", None, "é"][number % 3], reference=None if number % 4 else "R",
            )  # fmt: skip
            session.add(contact)
            await session.flush()
            above, depth = number, 0
            while above is not None:
                session.add(
                    ContactClosure(
                        ancestor_id=made[above].id, descendant_id=contact.id, depth=depth
                    )
                )
                above, depth = PARENTS[above], depth + 1
    await _custom_values(tenant, groups, list(made.values()))
    await _visits(tenant, [made[number].id for number in PARENTS])
    return tenant


async def _custom_values(
    tenant: Tenant, groups: list[ContactGroup], contacts: list[Contact]
) -> None:
    """Fields whose keys are texts that are drawn; one key means two things in two groups."""
    rng = random.Random(11)
    kinds = [
        ("a", "TEXT", "TEXT"), ("é", "DECIMAL", "DATE"), ("Lyon", "LIST", "BOOLEAN"),
        ("b", "MULTI_LIST", "MONEY"), ("c", "DATETIME", "PHONE"), ("d", "REFERENCE", "REFERENCE"),
        ("e", "LONG_TEXT", "URL"), ("f", "INTEGER", "STATEMENT"),
    ]  # fmt: skip
    async with tenant.session() as session:
        fields = {
            (group.id, key): CustomField(
                target="CONTACT", scope_id=group.id, key=key, label=key, type=types[number],
                position=position,
            )
            for number, group in enumerate(groups)
            for position, (key, *types) in enumerate(kinds)
        }  # fmt: skip
        session.add_all(fields.values())
        await session.flush()
        options = {
            listed.type: [
                CustomOption(field_id=listed.id, key=key, label=f"{key}, \\", position=position)
                for position, key in enumerate(["é", "a"])
            ]
            for listed in fields.values()
            if listed.type.endswith("LIST")
        }
        for several in options.values():
            session.add_all(several)
        await session.flush()
        for contact in contacts:
            for key, *_ in kinds:
                field = fields[contact.group_id, key]
                words = {"text_value": rng.choice(["a", "É", "Lyon"])}
                numbers = {"decimal_value": rng.choice([Decimal("12.5"), Decimal(3)])}
                several = options["MULTI_LIST"][: rng.choice([1, 2])]
                rows: list[dict[str, Any]] = {
                    "TEXT": [words], "LONG_TEXT": [words], "URL": [words],
                    "PHONE": [words | {"e164_value": "+33478000000"}],
                    "DECIMAL": [numbers], "MONEY": [numbers], "INTEGER": [numbers],
                    "DATE": [{"date_value": date(2026, 1, rng.choice([1, 2]))}],
                    "DATETIME": [{"instant_value": datetime(2026, 1, 31, 12, tzinfo=UTC)}],
                    "LIST": [{"option_id": rng.choice(options["LIST"]).id}],
                    "MULTI_LIST": [{"option_id": option.id} for option in several],
                    "BOOLEAN": [{"boolean_value": rng.choice([True, False])}],
                    "REFERENCE": [rng.choice([
                        {"referred_id": rng.choice(contacts).id}, {"user_id": tenant.user_id}
                    ])],
                    "STATEMENT": [],
                }[field.type]  # fmt: skip
                if rng.random() < 0.7:
                    session.add_all(
                        CustomValue(contact_id=contact.id, field_id=field.id, place=place, **row)
                        for place, row in enumerate(rows)
                    )


async def _visits(tenant: Tenant, contacts: list[UUID]) -> None:
    """Sixty visits at thirty moments, so that many tie; some contacts have none."""
    rng = random.Random(7)
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=200)
    for moment in range(30):
        now = start + timedelta(days=rng.randrange(200), microseconds=rng.choice([0, 120500]))
        async with tenant.house.sessions.begin(tenant.actor, tenant.listeners, now) as session:
            for _ in range(2):
                contact = rng.choice(contacts[: 3 if moment % 3 else 8])
                await record_visit(
                    session, contact, Decimal(rng.randrange(90000)) / 100,
                    rng.choice([None, "a", "é"]), rng.choice(RANKS),
                )  # fmt: skip
