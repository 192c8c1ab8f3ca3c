"""contacts are found by their words, and sort as people expect"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.kit.rls import APP_ROLE, CURRENT_TENANT, protect

revision = "core_0002"
down_revision = "core_0001"
branch_labels = None
depends_on = None

#: ``core.kit.keys.sort_key`` as the database says it.
SORT_KEY = r"""
create function core_sort_key(given text) returns text
language sql immutable strict parallel safe as $$
  select btrim(regexp_replace(
    normalize(replace(replace(replace(lower(given), 'œ', 'oe'), 'æ', 'ae'), 'ß', 'ss'), NFKD),
    '[\u0300-\u036f]', '', 'g'))
$$
"""

#: The words of some texts, in this form: " etablissements dupont lyon ".
WORDS = r"""
create function core_search_words(variadic given text[]) returns text
language sql immutable parallel safe as $$
  select ' ' || btrim(regexp_replace(
    core_sort_key(array_to_string(given, ' ')), '[^[:alnum:]]+', ' ', 'g')) || ' '
$$
"""

SLIPS = """
create function core_search_slips(word text) returns text[]
language sql immutable strict parallel safe as $$
  select array_agg(distinct slip)
  from (select word as slip
        union all
        select left(word, i - 1) || substr(word, i + 1) from generate_series(1, length(word)) i) s
$$
"""

#: Keeps what the search reads, whoever writes contacts, by which way.
WRITE = r"""
create function core_contact_search_write() returns trigger language plpgsql as $$
begin
  with contact as materialized (
    select tenant_id, id, core_search_words(
      name, reference, regexp_replace(reference, '[^[:alnum:]]', '', 'g'), street, postcode, town,
      regexp_replace(phone, '\D', '', 'g'), substr(phone_e164, 2)) as words
    from written
  ), kept as (
    insert into core_contact_search as kept (tenant_id, contact_id, words)
    select tenant_id, id, words from contact
    on conflict (tenant_id, contact_id) do update set words = excluded.words
    where kept.words <> excluded.words
  )
  insert into core_search_word (tenant_id, word, first_seen_in, slips)
  select distinct on (c.tenant_id, w.word)
         c.tenant_id, w.word, c.id, core_search_slips(w.word)
  from contact c, string_to_table(c.words, ' ') w (word)
  where w.word ~ '^[[:alpha:]]{4,40}$'
    and not exists (
      select from core_search_word k where k.tenant_id = c.tenant_id and k.word = w.word)
  on conflict do nothing;
  return null;
end
$$
"""
TRIGGERS = [
    f"create trigger core_contact_search_{event} after {event} on core_contact "
    f"referencing new table as written for each statement "
    f"execute function core_contact_search_write()"
    for event in ("insert", "update")
]

#: The contacts that have all words: anywhere, or at the beginning of one of theirs if shorter than
#: three letters. If none has, each word also stands for those it may be a slip of. It runs as the
#: owner, whom row-level security doesn't bind: so it checks itself whose connection this is.
FIND = f"""
create function core_contact_search_ids(p_tenant uuid, p_words text[], p_limit int default null)
returns setof uuid language plpgsql stable security definer rows 200
set search_path from current as $$
declare
  found_by text;
begin
  if p_tenant is distinct from {CURRENT_TENANT} then
    return;
  end if;
  found_by := 'select contact_id from core_contact_search where tenant_id = $1';
  return query execute found_by || coalesce(
    (select string_agg(
       format(' and words like %L', case when length(word) < 3 then '% ' else '%' end
                                    || replace(word, '%', '') || '%'), '')
     from unnest(p_words) word), '') || ' limit $2'
  using p_tenant, p_limit;
  if found or not exists (select from unnest(p_words) word where length(word) > 3) then
    return;
  end if;
  return query execute found_by || (
    select string_agg(
      format(' and (words like %L', case when length(word) < 3 then '% ' else '%' end
                                    || replace(word, '%', '') || '%')
      || coalesce((
           select string_agg(format(' or words like %L', '% ' || meant.word || ' %'), '')
           from (select distinct k.word from core_search_word k
                 where length(given.word) > 3 and k.tenant_id = p_tenant
                   and k.slips && core_search_slips(given.word)
                 order by k.word limit 20) meant), '')
      || ')', '')
    from unnest(p_words) given (word)) || ' limit $2'
  using p_tenant, p_limit;
end
$$
"""

#: The best of them for what was typed: whose reference it is, whose name begins with it, whose
#: name has most of its words, and resembles it most. Archived contacts come last.
BEST = f"""
create function core_contact_search_best(
  p_tenant uuid, p_text text, p_words text[], p_first int)
returns table (contact_id uuid, place bigint) language plpgsql stable security definer rows 20
set search_path from current as $$
begin
  if p_tenant is distinct from {CURRENT_TENANT} or cardinality(p_words) = 0 then
    return;
  end if;
  return query
  select ranked.id, row_number() over ()
  from (
    select c.id
    from (
      (select b.id from core_contact b
       where b.tenant_id = p_tenant and b.name_key >= p_text
         and b.name_key < p_text || chr(1114111) and starts_with(b.name_key, p_text)
       order by b.name_key limit 200)
      union
      (select core_contact_search_ids(p_tenant, p_words, 500))
    ) candidate
    join core_contact c on c.tenant_id = p_tenant and c.id = candidate.id
    order by c.archived_at is not null,
             coalesce(lower(c.reference) = p_text, false) desc,
             starts_with(c.name_key, p_text) desc,
             (select count(*) from unnest(p_words) word
              where strpos(' ' || c.name_key, ' ' || word) > 0) desc,
             similarity(c.name_key, p_text) desc, c.name_key, c.id
    limit p_first
  ) ranked;
end
$$
"""
FOR_THE_APPLICATION = (
    "core_contact_search_ids(uuid, text[], int)",
    "core_contact_search_best(uuid, text, text[], int)",
)


def upgrade() -> None:
    for extension in ("pg_trgm", "btree_gin"):
        op.execute(f"create extension if not exists {extension}")
    for statement in (SORT_KEY, WORDS, SLIPS):
        op.execute(statement)
    _add_sort_keys()
    _add_tables()
    for statement in (WRITE, *TRIGGERS, FIND, BEST):
        op.execute(statement)
    for function in FOR_THE_APPLICATION:
        op.execute(f"revoke execute on function {function} from public")
        op.execute(f"grant execute on function {function} to {APP_ROLE}")
    op.execute("update core_contact set name = name")  # what is there is found too


def _add_sort_keys() -> None:
    op.add_column(
        "core_contact",
        sa.Column("town_key", sa.Text(), sa.Computed("core_sort_key(town)", persisted=True)),
    )
    op.create_index(
        op.f("ix_core_contact_tenant_id_town_key_id"),
        "core_contact",
        ["tenant_id", "town_key", "id"],
    )
    op.add_column(
        "core_custom_value",
        sa.Column(
            "text_key",
            sa.Text(),
            sa.Computed("left(core_sort_key(text_value), 200)", persisted=True),
        ),
    )


def _add_tables() -> None:
    op.create_table(
        "core_contact_search",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "contact_id"],
            ["core_contact.tenant_id", "core_contact.id"],
            name=op.f("fk_core_contact_search_contact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "contact_id", name=op.f("pk_core_contact_search")),
    )
    op.create_index(
        "ix_core_contact_search_words",
        "core_contact_search",
        ["tenant_id", "words"],
        postgresql_using="gin",
        postgresql_ops={"words": "gin_trgm_ops"},
        postgresql_with={"gin_pending_list_limit": 256},
    )
    op.create_table(
        "core_search_word",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("first_seen_in", sa.Uuid(), nullable=False),
        sa.Column("slips", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant_id", "word", "first_seen_in", name=op.f("pk_core_search_word")
        ),
    )
    op.create_index(
        "ix_core_search_word_slips",
        "core_search_word",
        ["tenant_id", "slips"],
        postgresql_using="gin",
    )
    for table in ("core_contact_search", "core_search_word"):
        for statement in protect(table):
            op.execute(statement)
