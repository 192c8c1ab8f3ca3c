"""the search keeps what contacts are ordered, filtered and counted by"""

import sqlalchemy as sa
from alembic import op

from core.kit.rls import APP_ROLE, CURRENT_TENANT

revision = "core_0018"
down_revision = "core_0017"
branch_labels = None
depends_on = None

#: What the words of a contact must be like that has all of some: anywhere, or at the beginning of
#: one of its words if shorter than three letters. SQL, to be put behind a ``where``.
EXACTLY = """
create function core_contact_search_exactly(p_words text[]) returns text
language sql immutable set search_path from current as $$
  select coalesce(string_agg(
    format(' and words like %L', case when length(word) < 3 then '% ' else '%' end
                                 || replace(word, '%', '') || '%'), ''), '')
  from unnest(p_words) word
$$
"""

#: The same if each word also stands for those that it may be a slip of; null if no word is long
#: enough to be one.
MEANT = """
create function core_contact_search_meant(p_tenant uuid, p_words text[]) returns text
language sql stable set search_path from current as $$
  select string_agg(
    format(' and (words like %L', case when length(given.word) < 3 then '% ' else '%' end
                                  || replace(given.word, '%', '') || '%')
    || coalesce((
         select string_agg(format(' or words like %L', '% ' || meant.word || ' %'), '')
         from (select distinct k.word from core_search_word k
               where length(given.word) > 3 and k.tenant_id = p_tenant
                 and k.slips && core_search_slips(given.word)
               order by k.word limit 20) meant), '')
    || ')', '')
  from unnest(p_words) given (word)
  having bool_or(length(given.word) > 3)
$$
"""

#: The contacts that have all words; if none has, those that may be meant. These run as the owner,
#: whom row-level security doesn't bind: so they check themselves whose connection this is.
IDS = f"""
create or replace function core_contact_search_ids(
  p_tenant uuid, p_words text[], p_limit int default null)
returns setof uuid language plpgsql stable security definer rows 200
set search_path from current as $$
declare
  found_by text := 'select contact_id from core_contact_search where tenant_id = $1';
  meant text;
begin
  if p_tenant is distinct from {CURRENT_TENANT} then
    return;
  end if;
  return query execute found_by || core_contact_search_exactly(p_words) || ' limit $2'
  using p_tenant, p_limit;
  if not found then
    meant := core_contact_search_meant(p_tenant, p_words);
    if meant is not null then
      return query execute found_by || meant || ' limit $2' using p_tenant, p_limit;
    end if;
  end if;
end
$$
"""

#: The same contacts, as what is kept of them.
ROWS = f"""
create function core_contact_search_rows(p_tenant uuid, p_words text[])
returns table (id uuid, name_key text, town_key text, group_id uuid, archived_at timestamptz)
language plpgsql stable security definer rows 2000
set search_path from current as $$
declare
  found_by text := 'select contact_id, name_key, town_key, group_id, archived_at '
                   'from core_contact_search where tenant_id = $1';
  meant text;
begin
  if p_tenant is distinct from {CURRENT_TENANT} then
    return;
  end if;
  return query execute found_by || core_contact_search_exactly(p_words) using p_tenant;
  if not found then
    meant := core_contact_search_meant(p_tenant, p_words);
    if meant is not null then
      return query execute found_by || meant using p_tenant;
    end if;
  end if;
end
$$
"""

#: How many they are; the counting ends at *p_most*. Without *p_loosely*, those that have all words.
COUNT = f"""
create function core_contact_search_count(
  p_tenant uuid, p_words text[], p_most bigint default null, p_loosely boolean default true)
returns bigint language plpgsql stable security definer
set search_path from current as $$
declare
  counted text := 'select count(*) from (select from core_contact_search where tenant_id = $1';
  meant text;
  n bigint;
begin
  if p_tenant is distinct from {CURRENT_TENANT} then
    return 0;
  end if;
  execute counted || core_contact_search_exactly(p_words) || ' limit $2) hit'
  into n using p_tenant, p_most;
  if n = 0 and p_loosely then
    meant := core_contact_search_meant(p_tenant, p_words);
    if meant is not null then
      execute counted || meant || ' limit $2) hit' into n using p_tenant, p_most;
    end if;
  end if;
  return n;
end
$$
"""

#: What the words of a contact match, as regular expressions, if each stands also for those that it
#: may be a slip of.
LOOSELY = f"""
create function core_contact_search_loosely(p_tenant uuid, p_words text[])
returns text[] language plpgsql stable security definer
set search_path from current as $$
begin
  if p_tenant is distinct from {CURRENT_TENANT} then
    return null;
  end if;
  return array(
    select case when length(given.word) < 3 then ' ' else '' end || given.word
      || coalesce((
           select string_agg('| ' || meant.word || ' ', '')
           from (select distinct k.word from core_search_word k
                 where length(given.word) > 3 and k.tenant_id = p_tenant
                   and k.slips && core_search_slips(given.word)
                 order by k.word limit 20) meant), '')
    from unnest(p_words) given (word));
end
$$
"""

#: What the words of a contact match that is found: the exact ones if any contact has them.
PATTERNS = f"""
create or replace function core_contact_search_patterns(p_tenant uuid, p_words text[])
returns text[] language plpgsql stable security definer
set search_path from current as $$
begin
  if p_tenant is distinct from {CURRENT_TENANT} then
    return null;
  end if;
  if core_contact_search_count(p_tenant, p_words, 1, false) > 0 then
    return array(select case when length(word) < 3 then ' ' else '' end || word
                 from unnest(p_words) word);
  end if;
  return core_contact_search_loosely(p_tenant, p_words);
end
$$
"""

#: Keeps what the search reads, whoever writes contacts, by which way.
WRITE = r"""
create or replace function core_contact_search_write() returns trigger language plpgsql as $$
begin
  with contact as materialized (
    select tenant_id, id, name_key, town_key, group_id, archived_at,
      ' ' || btrim(regexp_replace(core_sort_key(concat_ws(' ',
        name, reference, regexp_replace(reference, '[^[:alnum:]]', '', 'g'), street, postcode, town,
        regexp_replace(phone, '\D', '', 'g'), substr(phone_e164, 2)
      )), '[^[:alnum:]]+', ' ', 'g')) || ' ' as words
    from written
  ), kept as (
    insert into core_contact_search as kept
      (tenant_id, contact_id, words, name_key, town_key, group_id, archived_at)
    select tenant_id, id, words, name_key, town_key, group_id, archived_at from contact
    on conflict (tenant_id, contact_id) do update
    set words = excluded.words, name_key = excluded.name_key, town_key = excluded.town_key,
        group_id = excluded.group_id, archived_at = excluded.archived_at
    where (kept.words, kept.name_key, kept.town_key, kept.group_id, kept.archived_at)
          is distinct from (excluded.words, excluded.name_key, excluded.town_key,
                            excluded.group_id, excluded.archived_at)
  )
  insert into core_search_word (tenant_id, word, first_seen_in, slips)
  select w.tenant_id, w.word, w.first_seen_in, core_search_slips(w.word)
  from (
    select distinct on (c.tenant_id, w.word) c.tenant_id, w.word, c.id as first_seen_in
    from contact c, string_to_table(c.words, ' ') w (word)
    where length(w.word) between 4 and 40 and w.word !~ '[^[:alpha:]]'
  ) w
  where not exists (
    select from core_search_word k where k.tenant_id = w.tenant_id and k.word = w.word)
  on conflict do nothing;
  return null;
end
$$
"""


def upgrade() -> None:
    kept = "core_contact_search"
    # Written anew: rows that are updated one and all would leave the table twice as large.
    op.execute(
        "create temporary table search_rows on commit drop as "
        "select k.tenant_id, k.contact_id, k.words, "
        f"c.name_key, c.town_key, c.group_id, c.archived_at from {kept} k "
        "join core_contact c on c.tenant_id = k.tenant_id and c.id = k.contact_id"
    )
    op.execute(f"truncate {kept}")
    op.drop_index("ix_core_contact_search_words")
    op.add_column(kept, sa.Column("name_key", sa.Text(), nullable=False))
    op.add_column(kept, sa.Column("town_key", sa.Text()))
    op.add_column(kept, sa.Column("group_id", sa.Uuid(), nullable=False))
    op.add_column(kept, sa.Column("archived_at", sa.DateTime(timezone=True)))
    op.execute(
        f"insert into {kept} (tenant_id, contact_id, words, name_key, town_key, group_id, "
        "archived_at) select * from search_rows"
    )
    op.create_index(
        "ix_core_contact_search_words",
        kept,
        ["tenant_id", "words"],
        postgresql_using="gin",
        postgresql_ops={"words": "gin_trgm_ops"},
        postgresql_with={"gin_pending_list_limit": 256},
    )
    op.execute("drop function core_contact_search_count(uuid, text[])")
    for statement in (EXACTLY, MEANT, IDS, ROWS, COUNT, LOOSELY, PATTERNS, WRITE):
        op.execute(statement)
    for function, granted in (
        ("exactly(text[])", False),
        ("meant(uuid, text[])", False),
        ("rows(uuid, text[])", True),
        ("count(uuid, text[], bigint, boolean)", True),
        ("loosely(uuid, text[])", True),
    ):
        op.execute(f"revoke execute on function {kept}_{function} from public")
        if granted:
            op.execute(f"grant execute on function {kept}_{function} to {APP_ROLE}")
