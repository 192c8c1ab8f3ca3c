"""the search's index gathers as much as its writer says, and most words are made by no pattern"""

from alembic import op

revision = "core_0022"
down_revision = "core_0021"
branch_labels = None
depends_on = None

#: What ``core_search_words`` says of the same texts. Normalising takes as long as all else, and so
#: does replacing by a pattern: most texts but names are ASCII, and most have nothing to replace.
WRITE = r"""
create or replace function core_contact_search_write() returns trigger language plpgsql as $$
begin
  with contact as materialized (
    select tenant_id, id, name_key, town_key, group_id, archived_at,
      ' ' || btrim(case when said ~ '[^a-z0-9 ]|  '
                        then regexp_replace(said, '[^[:alnum:]]+', ' ', 'g')
                        else said end) || ' ' as words
    from (
      select tenant_id, id, name_key, town_key, group_id, archived_at,
        case when octet_length(name) = char_length(name) then lower(name)
             else core_sort_key(name) end || ' ' ||
        case when octet_length(rest) = char_length(rest) then lower(rest)
             else core_sort_key(rest) end as said
      from (
        select tenant_id, id, name_key, town_key, group_id, archived_at, name,
          concat_ws(' ', reference, regexp_replace(reference, '[^[:alnum:]]', '', 'g'), street,
            postcode, town, regexp_replace(phone, '\D', '', 'g'), substr(phone_e164, 2)) as rest
        from written offset 0
      ) t offset 0
    ) s
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
    op.execute(WRITE)
    # From here on, connections say so: ``core.kit.pool``.
    op.execute("alter index ix_core_contact_search_words reset (gin_pending_list_limit)")
