"""words that many contacts have are found along the list, and counted alone"""

from alembic import op

from core.kit.rls import APP_ROLE, CURRENT_TENANT

revision = "core_0015"
down_revision = "core_0014"
branch_labels = None
depends_on = None

#: What ``core_contact_search_ids`` looks for, as regular expressions: a contact is found if its
#: words match all. The exact words, if any contact has them between them; else each stands also
#: for those that it may be a slip of. It runs as the owner, so it checks whose connection this is.
PATTERNS = f"""
create function core_contact_search_patterns(p_tenant uuid, p_words text[])
returns text[] language plpgsql stable security definer
set search_path from current as $$
declare
  exact text[];
  n bigint;
begin
  if p_tenant is distinct from {CURRENT_TENANT} then
    return null;
  end if;
  exact := array(select case when length(word) < 3 then ' ' else '' end || replace(word, '%', '')
                 from unnest(p_words) word);
  execute 'select from core_contact_search where tenant_id = $1' || coalesce(
    (select string_agg(format(' and words like %L', '%' || word || '%'), '')
     from unnest(exact) word), '') || ' limit 1'
  using p_tenant;
  get diagnostics n = row_count;
  if n > 0 or not exists (select from unnest(p_words) word where length(word) > 3) then
    return exact;
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

#: How many ``core_contact_search_ids`` finds. It runs as the owner, so it checks whose connection
#: this is.
COUNT = f"""
create function core_contact_search_count(p_tenant uuid, p_words text[])
returns bigint language plpgsql stable security definer
set search_path from current as $$
declare
  n bigint;
begin
  if p_tenant is distinct from {CURRENT_TENANT} then
    return 0;
  end if;
  execute 'select count(*) from core_contact_search where tenant_id = $1' || coalesce(
    (select string_agg(
       format(' and words like %L', case when length(word) < 3 then '% ' else '%' end
                                    || replace(word, '%', '') || '%'), '')
     from unnest(p_words) word), '')
  into n using p_tenant;
  if n > 0 then
    return n;
  end if;
  return (select count(*) from core_contact_search_ids(p_tenant, p_words));
end
$$
"""


def upgrade() -> None:
    for statement in (PATTERNS, COUNT):
        op.execute(statement)
    for name in ("patterns", "count"):
        function = f"core_contact_search_{name}(uuid, text[])"
        op.execute(f"revoke execute on function {function} from public")
        op.execute(f"grant execute on function {function} to {APP_ROLE}")
