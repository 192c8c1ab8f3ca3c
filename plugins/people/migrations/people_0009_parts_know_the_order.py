"""what persons are found by keeps what they are ordered by, and says how many it finds"""

import sqlalchemy as sa
from alembic import op

from core.kit.rls import APP_ROLE, CURRENT_TENANT

revision = "people_0009"
down_revision = "people_0008"
branch_labels = None
depends_on = None

WRITE = """
create or replace function people_person_search_write() returns trigger language plpgsql as $$
begin
  insert into people_person_search (tenant_id, person_id, names, email, numbers, name_key)
  select tenant_id, id, core_search_words(full_name), coalesce(lower(email), ''),
         people_numbers(array[mobile, landline], array[mobile_e164, landline_e164]), name_key
  from written;
  return null;
end
$$
"""
REWRITE = """
create or replace function people_person_search_rewrite() returns trigger language plpgsql as $$
begin
  update people_person_search
  set names = core_search_words(new.full_name), email = coalesce(lower(new.email), ''),
      numbers = people_numbers(array[new.mobile, new.landline],
                               array[new.mobile_e164, new.landline_e164]),
      name_key = new.name_key
  where tenant_id = new.tenant_id and person_id = new.id;
  return null;
end
$$
"""
FOUND_BY = (
    "full_name", "name_key", "email", "mobile", "landline", "mobile_e164", "landline_e164",
)  # fmt: skip

#: A few letters of a pattern that few have: its last five or six, of an address those before the
#: @, of a number that begins as one is dialled abroad the first ones. An index of groups of three
#: letters is asked for each group: the whole of a long pattern takes ten times as long as these.
WINDOW = r"""
create or replace function people_part_window(p_pattern text) returns text
language sql immutable strict parallel safe as $$
  select case
    when position('\' in p_pattern) > 0 or length(btrim(p_pattern, '%')) <= 6 then p_pattern
    when position('@' in p_pattern) > 6 then '%' || right(split_part(p_pattern, '@', 1), 6) || '%'
    when p_pattern ~ '^%00\d+%$' then '%' || left(btrim(p_pattern, '%'), 5) || '%'
    when p_pattern ~ '^%? ?\d+%$' then '%' || right(btrim(p_pattern, '%'), 5) || '%'
    else '%' || right(btrim(p_pattern, '%'), 6) || '%' end
$$
"""

#: What is like one of some patterns, as a condition. What the window finds is held against the
#: whole pattern.
LIKE = """
create function people_person_search_like(p_part text, p_patterns text[]) returns text
language sql immutable set search_path from current as $$
  select '(' || string_agg(
    format('%1$I like %2$L', p_part, people_part_window(pattern))
    || case when people_part_window(pattern) = pattern then ''
            else format(' and %1$I || '''' like %2$L', p_part, pattern) end, ' or ') || ')'
  from unnest(p_patterns) pattern
$$
"""

#: The persons of which a part is like one of some patterns, with what they are ordered by. It runs
#: as the owner, whom row-level security doesn't bind, so that the patterns may use the index: it
#: checks itself whose connection this is.
ROWS = f"""
create function people_person_search_rows(p_tenant uuid, p_part text, p_patterns text[])
returns table (id uuid, name_key text) language plpgsql stable security definer rows 2000
set search_path from current as $$
begin
  if p_tenant is distinct from {CURRENT_TENANT} or p_part not in ('names', 'email', 'numbers') then
    return;
  end if;
  return query execute 'select person_id, name_key from people_person_search where tenant_id = $1 '
    'and ' || people_person_search_like(p_part, p_patterns)
  using p_tenant;
end
$$
"""

#: How many they are.
COUNT = f"""
create function people_person_search_count(p_tenant uuid, p_part text, p_patterns text[])
returns bigint language plpgsql stable security definer
set search_path from current as $$
declare
  n bigint;
begin
  if p_tenant is distinct from {CURRENT_TENANT} or p_part not in ('names', 'email', 'numbers') then
    return 0;
  end if;
  execute 'select count(*) from people_person_search where tenant_id = $1 and '
    || people_person_search_like(p_part, p_patterns) into n using p_tenant;
  return n;
end
$$
"""


def upgrade() -> None:
    kept = "people_person_search"
    # Written anew: rows that are updated one and all would leave the table twice as large.
    op.execute(
        "create temporary table person_parts on commit drop as "
        "select k.tenant_id, k.person_id, k.names, k.email, k.numbers, p.name_key "
        f"from {kept} k join people_person p on p.tenant_id = k.tenant_id and p.id = k.person_id"
    )
    op.execute(f"truncate {kept}")
    op.drop_index("ix_people_person_search_parts")
    op.add_column(kept, sa.Column("name_key", sa.Text(), nullable=False))
    op.execute(
        f"insert into {kept} (tenant_id, person_id, names, email, numbers, name_key) "
        "select * from person_parts"
    )
    op.create_index(
        "ix_people_person_search_parts",
        kept,
        ["tenant_id", "names", "email", "numbers"],
        postgresql_using="gin",
        postgresql_ops=dict.fromkeys(("names", "email", "numbers"), "gin_trgm_ops"),
        postgresql_with={"gin_pending_list_limit": 256},
    )
    for statement in (WRITE, REWRITE, WINDOW, LIKE, ROWS, COUNT):
        op.execute(statement)
    op.execute("drop trigger people_person_search_rewrite on people_person")
    op.execute(
        "create trigger people_person_search_rewrite after update on people_person for each row "
        "when ("
        + " or ".join(f"old.{column} is distinct from new.{column}" for column in FOUND_BY)
        + ") execute function people_person_search_rewrite()"
    )
    for function in ("found(uuid, text, text[])", "ids(uuid, text, text[], int)"):
        op.execute(f"drop function {kept}_{function}")
    for function, granted in (
        ("like(text, text[])", False),
        ("rows(uuid, text, text[])", True),
        ("count(uuid, text, text[])", True),
    ):
        op.execute(f"revoke execute on function {kept}_{function} from public")
        if granted:
            op.execute(f"grant execute on function {kept}_{function} to {APP_ROLE}")
