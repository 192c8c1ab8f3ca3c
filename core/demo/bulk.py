"""The large set's contacts, for measuring: trees in five levels, made by a few statements.

Everything follows from a contact's number, so two loads on the same day make the same.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import Any

from core.demo.places import STREETS, places
from core.kit.keys import sort_key

LEVELS = 5
#: How old the ids are: the contacts' first, so that whatever refers to them comes after.
AGE = timedelta(days=1000)
GROUPS = ("Clients", "Directions régionales", "Agences", "Sites", "Locataires")
KINDS = (
    "Résidence",
    "Immeuble",
    "Hôtel",
    "Lycée",
    "Clinique",
    "Entrepôt",
    "Gymnase",
    "Usine",
    "Galerie",
    "Foyer",
)
NAMES = (
    "Les Tilleuls", "Le Belvédère", "Jean-Moulin", "Bellevue", "Pasteur", "Les Glycines", "Vauban",
    "du Parc", "Victor-Hugo", "Les Marronniers", "Lucie-Aubrac", "du Moulin", "Saint-Michel",
    "Les Acacias", "Jules-Verne", "de l'Écluse", "Marie-Curie", "Le Clos Fleuri", "des Arcades",
    "Aristide-Briand", "Les Genêts", "Lamartine", "du Château", "Beauséjour", "Joséphine-Baker",
    "Les Peupliers", "Saint-Exupéry", "de la Fontaine", "Olympe-de-Gouges", "du Lac",
)  # fmt: skip


@dataclass(frozen=True)
class Tree:
    """*size* contacts, the root included; a nested one hangs on the root of the first tree."""

    reference: str
    size: int
    #: The number of the root, from 1 over all trees.
    first: int
    nested: bool = False

    @property
    def fanout(self) -> int:
        """The least number of children with which the tree fits into the levels."""
        levels = LEVELS - self.nested
        fanout = 1
        while sum(fanout**level for level in range(levels)) < self.size:
            fanout += 1
        return fanout


def trees(contacts: int) -> list[Tree]:
    """How *contacts* contacts hang together.

    From 100 000 on, ``TREE-50K`` has 50 000 below its root, the 1000 of ``TREE-1K`` and the 10 of
    ``TREE-10`` among them, and ``TREE-DORMANT`` has 49 999, without missions of the last two
    years. What is left are trees of 1000. Below, all are smaller in proportion.
    """
    half = min(50_000, contacts // 2)
    thousand, ten = min(1000, contacts // 100), min(10, contacts // 100)
    dormant = min(50_000, contacts - half) - 1
    sizes = [("TREE-50K", half + 1 - thousand - ten, False)]
    sizes += [("TREE-1K", thousand, True), ("TREE-10", ten, True)]
    sizes += [("TREE-DORMANT", dormant, False)]
    left = contacts - half - 1 - dormant
    sizes += [
        (f"TREE-{number:04}", min(1000, left - start), False)
        for number, start in enumerate(range(0, left, 1000), 1)
    ]
    made, first = [], 1
    for reference, size, nested in sizes:
        if size > 0:
            made.append(Tree(reference, size, first, nested))
            first += size
    return made


def _id(number: str) -> str:
    """SQL for the time-ordered id of the contact with a number."""
    noise = f"md5('grand' || ({number}))"
    clock = f"lpad(to_hex(cast(:began as bigint) + ({number})), 12, '0')"
    return f"({clock} || '7' || substr({noise}, 1, 3) || '8' || substr({noise}, 4, 15))::uuid"


def _group(level: str) -> str:
    return f"md5('group' || ({level}))::uuid"


def _field(key: str) -> str:
    return f"md5('field' || ({key}))::uuid"


_MAKE_GROUPS = f"""
    insert into core_contact_group (tenant_id, id, name, name_key)
    select :tenant, {_group("level")}, name, name_key
    from jsonb_to_recordset(cast(:groups as jsonb)) g (level int, name text, name_key text)
"""

#: Numbers n are spread by primes, so that neighbours differ in everything.
_MAKE_CONTACTS = f"""
    with tree as (
        select * from jsonb_to_recordset(cast(:trees as jsonb))
            t (reference text, size int, first int, fanout int, nested bool)
    ), place as (
        select * from jsonb_to_recordset(cast(:places as jsonb))
            p (place int, region text, region_key text, postcode text, town text, town_key text,
               latitude numeric, longitude numeric, prefix text)
    ), site as (
        select * from jsonb_to_recordset(cast(:sites as jsonb))
            s (site int, name text, name_key text)
    ), numbered as (
        select t.*, i, t.first + i - 1 as n,
               case when i = 1 then 0 when i <= 1 + k then 1 when i <= 1 + k + k * k then 2
                    when i <= 1 + k + k * k + k * k * k then 3 else 4 end + nested::int as level
        from tree t, lateral (select t.fanout::bigint as k), generate_series(1, t.size) i
    ), placed as (
        select m.*, p.*, s.name as called, s.name_key as called_key,
               (n::bigint * 7919) % 1000003 as r1, (n::bigint * 104729) % 999983 as r2
        from numbered m
        join place p on p.place = (n::bigint * 31 + n / 7) % :place_count
        join site s on s.site = (n::bigint * 17 + n / 11) % :site_count
    ), dated as (
        select *, cast(:now as timestamptz)
                  - make_interval(days => (r1 % 730)::int, secs => r2 % 86400)
                  - case when reference = 'TREE-DORMANT' then interval '2 years' else '0' end as at
        from placed
    )
    insert into core_contact (
        tenant_id, id, name, name_key, group_id, reference, street, postcode, town, country,
        latitude, longitude, phone, phone_e164, email, parent_id, parent_kind,
        created_at, updated_at)
    select :tenant, {_id("n")},
           case level when 0 then 'Groupe ' || called
                when 1 then 'Direction ' || region || ', ' || called
                when 2 then 'Agence de ' || town || ', ' || called else called || ', ' || town end,
           case level when 0 then 'groupe ' || called_key
                when 1 then 'direction ' || region_key || ', ' || called_key
                when 2 then 'agence de ' || town_key || ', ' || called_key
                else called_key || ', ' || town_key end,
           {_group("level")},
           case when i = 1 then reference
                else substr(reference, 6) || '-' || lpad(i::text, 6, '0') end,
           1 + r1 % 140 || ' ' || (cast(:streets as text[]))[1 + r2 % :street_count],
           postcode, town, 'FR',
           latitude + (r1 % 301 - 150) * 0.0001, longitude + (r2 % 301 - 150) * 0.0001,
           prefix || ' ' || lpad((r1 % 100)::text, 2, '0') || ' ' || lpad((r2 % 100)::text, 2, '0'),
           '+33' || replace(substr(prefix, 2), ' ', '') || lpad((r1 % 100)::text, 2, '0')
               || lpad((r2 % 100)::text, 2, '0'),
           'site' || n || '@courrier.example',
           case when i > 1 then {_id("first + (i - 2) / fanout")}
                when nested then {_id("1")} end,
           case when level in (1, 2) then 'HEADQUARTERS_BRANCH' when level = 3 then 'BILLING_SITE'
                when level = 4 then 'LANDLORD_TENANT' end,
           at - make_interval(days => (r2 % 500)::int), at
    from dated order by n
"""

_HANG_SELF = """
    insert into core_contact_closure (tenant_id, ancestor_id, descendant_id, depth)
    select tenant_id, id, id, 0 from core_contact where tenant_id = :tenant order by id
"""
_HANG_BELOW = """
    insert into core_contact_closure (tenant_id, ancestor_id, descendant_id, depth)
    select c.tenant_id, above.ancestor_id, c.id, above.depth + 1
    from core_contact c join core_contact_closure above
      on above.tenant_id = c.tenant_id and above.descendant_id = c.parent_id
    where c.tenant_id = :tenant and above.tenant_id = :tenant and above.depth = {depth}
    order by above.ancestor_id, c.id
"""

#: Four fields of sites and of their tenants; every third contact has them.
_MAKE_FIELDS = f"""
    insert into core_custom_field (tenant_id, id, target, scope_id, key, label, type, position,
                                   mandatory, visible_on_device, editable_on_device)
    select :tenant, {_field("key || level")}, 'CONTACT', {_group("level")}, key, label, type,
           position, false, false, false
    from (values ('power_kw', 'Puissance installée (kW)', 'DECIMAL', 0),
                 ('lift_inspection', 'Contrôle quinquennal', 'DATE', 1),
                 ('badge_required', 'Badge obligatoire', 'BOOLEAN', 2),
                 ('door_code', 'Digicode', 'TEXT', 3)) v (key, label, type, position),
         generate_series(3, 4) level
"""
_MAKE_VALUES = """
    insert into core_custom_value (tenant_id, contact_id, field_id, text_value, decimal_value,
                                   date_value, boolean_value)
    select c.tenant_id, c.id, f.id,
           case f.type when 'TEXT' then upper(to_hex(r % 65536)) end,
           case f.type when 'DECIMAL' then 60 + r % 1140 / 2.0 end,
           case f.type when 'DATE' then cast(:now as timestamptz)::date + (r % 1700 - 200)::int end,
           case f.type when 'BOOLEAN' then r % 5 < 2 end
    from core_contact c
    join core_custom_field f on f.tenant_id = c.tenant_id and f.group_id = c.group_id,
         lateral (select uuid_hash_extended(c.id, f.position) & 2147483647 as r)
    where c.tenant_id = :tenant and uuid_hash_extended(c.id, 9) % 3 = 0
    order by c.id, f.position
"""


#: The closure of a tenant that has none yet, a level a statement.
HANG = (_HANG_SELF, *(_HANG_BELOW.format(depth=depth) for depth in range(LEVELS - 1)))
BULK = (_MAKE_GROUPS, _MAKE_CONTACTS, *HANG, _MAKE_FIELDS, _MAKE_VALUES)


def parameters(contacts: int, now: datetime) -> dict[str, Any]:
    """What the statements are given, besides the tenant."""
    return {
        "now": now,
        "began": int((now - AGE).timestamp() * 1000),
        "trees": _json([{**asdict(t), "fanout": t.fanout} for t in trees(contacts)]),
        "groups": _json(
            [
                {"level": n, "name": name, "name_key": sort_key(name)}
                for n, name in enumerate(GROUPS)
            ]
        ),
        "places": _json(
            [
                {
                    **asdict(place),
                    "place": number,
                    "prefix": place.prefix,
                    "region_key": sort_key(place.region),
                    "town_key": sort_key(place.town),
                }
                for number, place in enumerate(places())
            ]
        ),
        "sites": _json(
            [
                {"site": number, "name": name, "name_key": sort_key(name)}
                for number, name in enumerate(map(" ".join, product(KINDS, NAMES)))
            ]
        ),
        "place_count": len(places()),
        "site_count": len(KINDS) * len(NAMES),
        "streets": list(STREETS),
        "street_count": len(STREETS),
    }


def _json(rows: list[dict[str, Any]]) -> str:
    return json.dumps(rows, default=str)
