"""Row-level security: the database's own lock on each tenant's rows."""

from __future__ import annotations

#: The role that serves: it owns nothing and may bypass nothing.
APP_ROLE = "fieldgate_app"
#: The tenant that a connection is bound to; without one, there are no rows.
CURRENT_TENANT = "nullif(current_setting('app.tenant', true), '')::uuid"


def protect(table: str) -> list[str]:
    """Bind *table*, which has a ``tenant_id``, to the tenant of the connection."""
    return [
        f"alter table {table} enable row level security",
        f"create policy own_tenant on {table} to {APP_ROLE} "
        f"using (tenant_id = {CURRENT_TENANT}) with check (tenant_id = {CURRENT_TENANT})",
        f"grant select, insert, update, delete on {table} to {APP_ROLE}",
    ]
