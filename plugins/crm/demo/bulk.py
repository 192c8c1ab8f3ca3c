"""The crm module's part of the large demo set: SQL that fills the files that are empty.

Everything follows from a contact's place in the list of names, so two runs make the same.
"""

from __future__ import annotations

from plugins.crm.services.stages import DEFAULTS

NOTE_TYPES = ("Appel", "Visite", "Réclamation", "Relance")
SUBJECTS = (
    "Appel du gardien au sujet du portail",
    "Compte rendu de visite annuelle",
    "Réclamation sur le délai d'intervention",
    "Relance du devis envoyé",
    "Changement d'interlocuteur sur site",
    "Badge d'accès à récupérer à l'accueil",
    "Demande de passage avant 8 h",
    "Point trimestriel avec le syndic",
)
OPPORTUNITIES = (
    "Contrat d'entretien annuel",
    "Remplacement de la chaudière",
    "Mise en conformité électrique",
    "Extension du contrat de nettoyage",
    "Rénovation de l'éclairage",
)
#: (name, probability, colour) of the stages, and the texts above, as SQL has them.
_QUOTED = {
    "types": ", ".join(f"('{name}', '{key}')" for name, key in zip(
        NOTE_TYPES, ("appel", "visite", "reclamation", "relance"), strict=True)),
    "stages": ", ".join(
        f"('{name}', '{name.lower()}', {probability}, '{colour}', {position})"
        for position, (name, probability, colour) in enumerate(DEFAULTS)
    ),
}  # fmt: skip


def _array(texts: tuple[str, ...]) -> str:
    return "array[" + ", ".join("'" + text.replace("'", "''") + "'" for text in texts) + "]"


#: Contacts by their place, with a number that looks random and isn't; and whose the rows are.
_PLACES = """
    with place as (
        select c.tenant_id, c.id, c.created_at as since,
               row_number() over (order by c.name_key, c.id) as i
        from core_contact c where c.tenant_id = :tenant
    ), who as (
        select id from core_user where tenant_id = :tenant order by login limit 1
    )
"""


#: Some time within the last two years.
_BACK = "cast(:now as timestamptz) - make_interval(days => h % 730, secs => h % 40000)"


def _hash(of: str, salt: int) -> str:
    return f"(hashint8({of} * 31 + {salt}) & 2147483647)"


_TYPES = f"""
    insert into crm_note_type (tenant_id, id, name, name_key)
    select :tenant, gen_random_uuid(), name, key from (values {_QUOTED["types"]}) v (name, key)
    on conflict do nothing
"""

_STAGES = f"""
    insert into crm_opportunity_stage
        (tenant_id, id, name, name_key, probability, colour, position)
    select :tenant, gen_random_uuid(), v.* from (values {_QUOTED["stages"]}) v
    where not exists (select from crm_opportunity_stage where tenant_id = :tenant)
"""

#: 2.9 notes for each contact without any, over two years; the older ones are done with.
_NOTES = f"""
    {_PLACES}, wanted as (
        select p.tenant_id, p.id as contact_id, p.since, {_hash("(p.i * 4 + n)", 1)} as h,
               row_number() over (order by p.i, n) as number
        from place p, generate_series(1, case when p.i % 10 = 0 then 2 else 3 end) n
        where not exists (
            select from crm_note o where o.tenant_id = p.tenant_id and o.contact_id = p.id
        )
    ), dated as (
        select w.*, greatest(since, {_BACK}) as at,
               coalesce((select last from crm_note_counter where tenant_id = :tenant), 0)
                   + number as taken
        from wanted w
    ), types as (
        select array_agg(id order by name_key) as ids from crm_note_type where tenant_id = :tenant
    )
    insert into crm_note (tenant_id, id, contact_id, reference, type_id, subject, status, due_date,
                          owner_id, created_at, created_by, updated_at, updated_by)
    select d.tenant_id, md5(d.contact_id::text || 'note' || d.number)::uuid, d.contact_id,
           'N-' || lpad(d.taken::text, greatest(6, length(d.taken::text)), '0'),
           t.ids[1 + h % cardinality(t.ids)], ({_array(SUBJECTS)})[1 + h / 7 % {len(SUBJECTS)}],
           case when at > cast(:now as timestamptz) - interval '45 days' then 'OPEN'
                when h % 9 = 0 then 'CANCELLED' else 'COMPLETED' end,
           (at + make_interval(days => 7 + h % 30))::date,
           u.id, at, u.id,
           least(cast(:now as timestamptz), at + make_interval(days => h % 20)), u.id
    from dated d cross join types t left join who u on true
"""

_COUNTER = """
    insert into crm_note_counter (tenant_id, last)
    select :tenant, max(substr(reference, 3)::int) from crm_note where tenant_id = :tenant
    having max(reference) is not null
    on conflict (tenant_id) do update set last = excluded.last
"""

#: One opportunity for each contact without any, over two years.
_OPPORTUNITIES = f"""
    {_PLACES}, wanted as (
        select p.tenant_id, p.id as contact_id, p.since, {_hash("p.i", 2)} as h from place p
        where not exists (
            select from crm_opportunity o
            where o.tenant_id = p.tenant_id and o.contact_id = p.id
        )
    ), dated as (
        select w.*, greatest(since, {_BACK}) as at from wanted w
    ), stages as (
        select array_agg(id order by position) as ids
        from crm_opportunity_stage where tenant_id = :tenant
    )
    insert into crm_opportunity (tenant_id, id, contact_id, name, status, stage_id, owner_id,
                                 value_excl_tax, cost, expected_close, closed_at,
                                 created_at, created_by, updated_at, updated_by)
    select d.tenant_id, md5(d.contact_id::text || 'opportunity')::uuid, d.contact_id,
           ({_array(OPPORTUNITIES)})[1 + h / 11 % {len(OPPORTUNITIES)}],
           case when at > cast(:now as timestamptz) - interval '90 days' then 'NEW'
                when h % 8 = 0 then 'ON_HOLD'
                when h % 5 < 3 then 'WON' else 'LOST' end,
           s.ids[1 + h % cardinality(s.ids)], u.id,
           (500 + h % 2000000 / 100.0)::numeric(14, 2), (300 + h % 90000 / 100.0)::numeric(14, 2),
           (at + make_interval(days => 30 + h % 60))::date,
           case when at <= cast(:now as timestamptz) - interval '90 days' and h % 8 <> 0
                then at + make_interval(days => 10 + h % 50) end,
           at, u.id, least(cast(:now as timestamptz), at + make_interval(days => 10 + h % 50)), u.id
    from dated d cross join stages s left join who u on true
"""

_STAGE_CHANGES = """
    insert into crm_opportunity_stage_change (tenant_id, id, opportunity_id, to_stage_id, at,
                                              changed_by)
    select o.tenant_id, md5(o.id::text || 'stage')::uuid, o.id, o.stage_id, o.created_at,
           o.created_by
    from crm_opportunity o
    where o.tenant_id = :tenant and not exists (
        select from crm_opportunity_stage_change c
        where c.tenant_id = o.tenant_id and c.opportunity_id = o.id
    )
"""

#: A flag on every 400th contact, and every 1000th on stop with all below it.
_FLAGS = f"""
    {_PLACES}
    insert into crm_flag (tenant_id, id, contact_id, text, set_at, set_by)
    select p.tenant_id, gen_random_uuid(), p.id, 'Prévenir le gardien avant toute visite',
           cast(:now as timestamptz) - make_interval(days => (p.i % 300)::int), u.id
    from place p left join who u on true where p.i % 400 = 37
    on conflict do nothing
"""

_SUSPENSIONS = f"""
    {_PLACES}
    insert into crm_suspension (tenant_id, id, contact_id, cause, reason, since, suspended_by,
                                on_self, ancestors_all, descendants_all)
    select p.tenant_id, gen_random_uuid(), p.id, 'MANUAL', 'Factures impayées',
           cast(:now as timestamptz) - make_interval(days => (p.i % 200)::int), u.id,
           true, false, true
    from place p left join who u on true where p.i % 1000 = 501
"""

#: Notes and opportunities for contacts that have none.
FILL = (_TYPES, _STAGES, _NOTES, _COUNTER, _OPPORTUNITIES, _STAGE_CHANGES)
BULK = (*FILL, _FLAGS, _SUSPENSIONS)
