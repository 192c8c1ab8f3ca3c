"""the search counts what it finds by group and archive itself"""

from alembic import op

from core.kit.rls import APP_ROLE, CURRENT_TENANT

revision = "core_0021"
down_revision = "core_0020"
branch_labels = None
depends_on = None

#: How many contacts are found, by group and by whether they are archived; of the instants at which
#: they were, one stands for all. It runs as the owner, whom row-level security doesn't bind: so it
#: checks itself whose connection this is.
COUNTS = f"""
create function core_contact_search_counts(p_tenant uuid, p_words text[])
returns table (group_id uuid, archived_at timestamptz, n bigint)
language plpgsql stable security definer rows 20
set search_path from current as $$
declare
  counted text := 'select group_id, min(archived_at), count(*) '
                  'from core_contact_search where tenant_id = $1';
  grouped text := ' group by group_id, archived_at is null';
  meant text;
begin
  if p_tenant is distinct from {CURRENT_TENANT} then
    return;
  end if;
  return query execute counted || core_contact_search_exactly(p_words) || grouped using p_tenant;
  if not found then
    meant := core_contact_search_meant(p_tenant, p_words);
    if meant is not null then
      return query execute counted || meant || grouped using p_tenant;
    end if;
  end if;
end
$$
"""


def upgrade() -> None:
    op.execute(COUNTS)
    function = "core_contact_search_counts(uuid, text[])"
    op.execute(f"revoke execute on function {function} from public")
    op.execute(f"grant execute on function {function} to {APP_ROLE}")
