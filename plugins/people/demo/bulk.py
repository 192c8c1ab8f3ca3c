"""The people of contacts that nobody tells of: made by one statement, for measuring."""

from __future__ import annotations

from core.kit.keys import sort_key

#: First names with their titles, last names, and what people do: chosen by place, not by chance.
FIRST_NAMES = (
    ("Camille", "Mme"), ("Hugo", "M."), ("Élodie", "Mme"), ("Mathieu", "M."), ("Nadia", "Mme"),
    ("Loïc", "M."), ("Béatrice", "Mme"), ("Karim", "M."), ("Solène", "Mme"), ("Jérôme", "M."),
    ("Aïcha", "Mme"), ("François", "M."), ("Marguerite", "Mme"),
)  # fmt: skip
LAST_NAMES = (
    "Lefèvre", "Nguyen", "Dubois", "Marchand", "Benali", "Le Goff", "Roussel", "Garnier",
    "Fontaine", "Da Silva", "Chevalier", "Perrin", "Noël", "Barbier", "Guérin", "Lemaître",
    "Colin", "Aubry", "Delmas",
)  # fmt: skip
POSITIONS = (
    ("Gardienne", "Accueil"), ("Responsable technique", "Services généraux"),
    ("Comptable", "Comptabilité"), ("Directrice", "Direction"), ("Intendant", "Intendance"),
    ("Assistante de gestion", "Syndic"), ("Chef d'exploitation", "Exploitation"),
)  # fmt: skip


def _array(texts: list[str]) -> str:
    quoted = ", ".join("'" + one.replace("'", "''") + "'" for one in texts)
    return f"(array[{quoted}])"


_FIRST, _LAST = [name for name, _ in FIRST_NAMES], list(LAST_NAMES)

#: One person for each contact that has none, and for every third a second one.
BULK = (
    f"""
    with place as (
        select c.id, row_number() over (order by c.name_key, c.id) * 2 as i
        from core_contact c
        where c.tenant_id = :tenant and not exists (
            select from people_person p where p.tenant_id = :tenant and p.contact_id = c.id
        )
    ), turn as (
        select p.id as contact_id, p.i + n as t, n
        from place p, generate_series(0, case when p.i % 3 = 0 then 1 else 0 end) n
    )
    insert into people_person (
        tenant_id, id, contact_id, is_primary, title, first_name, last_name, name_key, email,
        mobile, mobile_e164, position, department, language,
        booking_access, receives_documents, receives_marketing
    )
    select :tenant, md5(contact_id::text || 'person' || n)::uuid, contact_id, n = 0,
           {_array([title for _, title in FIRST_NAMES])}[1 + t % 13],
           {_array(_FIRST)}[1 + t % 13],
           {_array(_LAST)}[1 + t % 19],
           {_array([sort_key(n) for n in _LAST])}[1 + t % 19] || ' ' ||
               {_array([sort_key(n) for n in _FIRST])}[1 + t % 13],
           {_array([sort_key(n) for n in _FIRST])}[1 + t % 13] || '.' ||
               {_array([sort_key(n).replace(" ", "-") for n in _LAST])}[1 + t % 19] ||
               t || '@exemple.fr',
           '06 39 98 ' || lpad((t / 100 % 100)::text, 2, '0') || ' '
               || lpad((t % 100)::text, 2, '0'),
           '+3363998' || lpad((t % 10000)::text, 4, '0'),
           {_array([position for position, _ in POSITIONS])}[1 + t % 7],
           {_array([department for _, department in POSITIONS])}[1 + t % 7],
           'fr', t % 3 = 0, true, true
    from turn
    """,
)
