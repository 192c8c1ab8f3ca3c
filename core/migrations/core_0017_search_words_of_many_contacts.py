"""what the search keeps of many contacts is computed by one statement's own expressions"""

from alembic import op

revision = "core_0017"
down_revision = "core_0016"
branch_labels = None
depends_on = None

#: What ``core_search_words`` says, as an expression: PostgreSQL doesn't take a function apart that
#: is said to be immutable and asks one that isn't, so that each call of it was a statement. Words
#: are measured before they are looked at letter by letter: most have digits, or are short.
WRITE = r"""
create or replace function core_contact_search_write() returns trigger language plpgsql as $$
begin
  with contact as materialized (
    select tenant_id, id,
      ' ' || btrim(regexp_replace(core_sort_key(concat_ws(' ',
        name, reference, regexp_replace(reference, '[^[:alnum:]]', '', 'g'), street, postcode, town,
        regexp_replace(phone, '\D', '', 'g'), substr(phone_e164, 2)
      )), '[^[:alnum:]]+', ' ', 'g')) || ' ' as words
    from written
  ), kept as (
    insert into core_contact_search as kept (tenant_id, contact_id, words)
    select tenant_id, id, words from contact
    on conflict (tenant_id, contact_id) do update set words = excluded.words
    where kept.words <> excluded.words
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
