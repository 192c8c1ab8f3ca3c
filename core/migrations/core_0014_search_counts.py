"""what a search finds is counted without looking at contacts"""

from alembic import op

from core.kit.rls import APP_ROLE, CURRENT_TENANT

revision = "core_0014"
down_revision = "core_0013"
branch_labels = None
depends_on = None

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
    op.execute(COUNT)
    name = "core_contact_search_count(uuid, text[])"
    op.execute(f"revoke execute on function {name} from public")
    op.execute(f"grant execute on function {name} to {APP_ROLE}")
