"""What the database keeps of a contact for the search, whoever writes it and how."""

from __future__ import annotations

import random

from sqlalchemy import text

from core.kit.bulk import gather_words
from tests.cast import Tenant

PIECES = (
    "Société", "ÉNERGIE", "dupont-martin", "l'Église", "12 bis", "  ", "\t", "\n", "œuvre", "ΣΑΣ",
    "straße", "ﬁn", "½", "①", "Å", "e\u0301", "\u0301", "İstanbul", "東京", "a_b", "A.B.C", "+33",
    "06 12", "…", "\u00a0", "Ǆ", "%", "'", "\\", "x", "9",
)  # fmt: skip
#: The same with all of it in one expression, by the function that the search's words are named by.
WORDS = r"""
    core_search_words(c.name, c.reference, regexp_replace(c.reference, '[^[:alnum:]]', '', 'g'),
      c.street, c.postcode, c.town, regexp_replace(c.phone, '\D', '', 'g'), substr(c.phone_e164, 2))
"""


async def test_words_are_the_same_whichever_way_they_are_made(tenant: Tenant) -> None:
    group = (await tenant.group("Sites")).rpartition("_")[2]
    chance = random.Random(20)

    def made(empty: bool = True) -> str | None:
        said = "".join(chance.choice(PIECES) + chance.choice(["", " "]) for _ in range(3))
        return None if empty and chance.random() < 0.3 else said

    rows = [(made(empty=False), *(made() for _ in range(6))) for _ in range(1500)]
    await tenant.house.owner.execute(
        "insert into core_contact (tenant_id, id, name, name_key, group_id, reference, street, "
        "postcode, town, phone, phone_e164) "
        "select $1, gen_random_uuid(), a, a, $2, b, c, d, e, f, g from unnest($3::text[], "
        "$4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[]) "
        "given (a, b, c, d, e, f, g)",
        tenant.id, group, *map(list, zip(*rows, strict=True)),
    )  # fmt: skip

    found = await tenant.house.owner.fetch(
        f"select count(*) as n, count(distinct s.words) as many, "
        f"count(*) filter (where s.words is distinct from {WORDS}) as wrong "
        "from core_contact c left join core_contact_search s "
        "on s.tenant_id = c.tenant_id and s.contact_id = c.id where c.tenant_id = $1",
        tenant.id,
    )
    assert (found[0]["n"], found[0]["wrong"]) == (1500, 0)
    assert found[0]["many"] > 1400


async def test_what_waits_for_its_place_in_the_index_is_little_but_for_many_rows(
    tenant: Tenant,
) -> None:
    shown = text("show gin_pending_list_limit")
    async with tenant.session() as session:
        assert await session.scalar(shown) == "256kB"
        await gather_words(session)
        assert await session.scalar(shown) == "1MB"
    async with tenant.session() as session:
        assert await session.scalar(shown) == "256kB"
    options = "select reloptions from pg_class where relname = 'ix_core_contact_search_words'"
    assert await tenant.house.owner.fetchval(options) is None
