"""parts of names, addresses and numbers are found sooner, and who was erased is"""

import sqlalchemy as sa
from alembic import op

from core.kit.rls import APP_ROLE, CURRENT_TENANT

revision = "people_0005"
down_revision = "people_0004"
branch_labels = None
depends_on = None

#: A few letters of a pattern that few have: its last five or six, of an address those before the
#: @. An index of groups of three letters is asked for each group: the whole of a long pattern
#: takes ten times as long as these.
WINDOW = r"""
create function people_part_window(p_pattern text) returns text
language sql immutable strict parallel safe as $$
  select case
    when position('\' in p_pattern) > 0 or length(btrim(p_pattern, '%')) <= 6 then p_pattern
    when position('@' in p_pattern) > 6 then '%' || right(split_part(p_pattern, '@', 1), 6) || '%'
    when p_pattern ~ '^%? ?\d+%$' then '%' || right(btrim(p_pattern, '%'), 5) || '%'
    else '%' || right(btrim(p_pattern, '%'), 6) || '%' end
$$
"""

#: The persons of which a part is like one of some patterns. It runs as the owner, whom row-level
#: security doesn't bind, so that the patterns may use the index: it checks itself whose connection
#: this is. What the window finds is held against the whole pattern.
FIND = f"""
create or replace function people_person_search_ids(
  p_tenant uuid, p_part text, p_patterns text[], p_limit int default null)
returns setof uuid language plpgsql stable security definer rows 200
set search_path from current as $$
begin
  if p_tenant is distinct from {CURRENT_TENANT} or p_part not in ('names', 'email', 'numbers') then
    return;
  end if;
  return query execute 'select person_id from people_person_search where tenant_id = $1 and ('
    || (select string_agg(
          format('%1$I like %2$L', p_part, people_part_window(pattern))
          || case when people_part_window(pattern) = pattern then ''
                  else format(' and %1$I || '''' like %2$L', p_part, pattern) end, ' or ')
        from unnest(p_patterns) pattern)
    || ') limit $2'
  using p_tenant, p_limit;
end
$$
"""

#: The same as an array, or null if they are so many that a page of them is found sooner by going
#: through all in the page's order. It is no constant, but called one: so PostgreSQL asks while it
#: plans, and takes one way or the other. Either gives the same rows.
#:
#: It is asked twice by a statement, and remembers for that statement. A sample of the table tells
#: those that very many have without looking for them all. Names may stand together at the end of
#: the order, which is then gone through in vain: if that is so, many are looked up all the same.
FOUND = f"""
create function people_person_search_found(p_tenant uuid, p_part text, p_patterns text[])
returns uuid[] language plpgsql immutable security definer
set search_path from current as $$
declare
  asked text := md5(concat_ws('|', statement_timestamp(), p_tenant, p_part, p_patterns));
  most int := 2000;
  share float;
  sampled uuid[];
  first_key text;
  found_ids uuid[];
begin
  if p_tenant is distinct from {CURRENT_TENANT} or p_part not in ('names', 'email', 'numbers') then
    return '{{}}';
  end if;
  if current_setting('fieldgate.parts_asked', true) = asked then
    return nullif(current_setting('fieldgate.parts_found', true), '')::uuid[];
  end if;
  select least(100, 300000 / greatest(reltuples, 1)) into share
  from pg_class where oid = 'people_person_search'::regclass;
  execute format(
    'select array_agg(person_id) from people_person_search tablesample system ($3) repeatable (1) '
    'where tenant_id = $1 and %I like any ($2)', p_part)
    into sampled using p_tenant, p_patterns, share;
  if cardinality(sampled) * 100 / share > most * 0.75 then
    most := 0;
    if p_part = 'names' and cardinality(sampled) * 100 / share < 20000 then
      select min(name_key) into first_key
      from people_person where tenant_id = p_tenant and id = any (sampled);
      if 4000 = (select count(*) from (
        select from people_person where tenant_id = p_tenant and name_key < first_key limit 4000) b)
      then
        most := 25000;
      end if;
    end if;
  end if;
  if most > 0 then
    select array_agg(id) into found_ids
    from people_person_search_ids(p_tenant, p_part, p_patterns, most + 1) id;
    found_ids := coalesce(found_ids, '{{}}');
    if cardinality(found_ids) > most then
      found_ids := null;
    end if;
  end if;
  perform set_config('fieldgate.parts_asked', asked, true),
          set_config('fieldgate.parts_found', coalesce(found_ids::text, ''), true);
  return found_ids;
end
$$
"""


def upgrade() -> None:
    op.create_index(
        "ix_people_person_erased",
        "people_person",
        ["tenant_id", "name_key", "id"],
        unique=False,
        postgresql_where=sa.text("erased_at is not null"),
    )
    for statement in (WINDOW, FIND, FOUND):
        op.execute(statement)
    op.execute("drop function people_person_search_is_wide(uuid, text, text[])")
    function = "people_person_search_found(uuid, text, text[])"
    op.execute(f"revoke execute on function {function} from public")
    op.execute(f"grant execute on function {function} to {APP_ROLE}")
