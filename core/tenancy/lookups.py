"""Who asks: what is read by a login or a credential, before anybody is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from core.kit.pool import Database
from core.tenancy.credentials import Credential, Kind, digest

#: A tenant that has no rows: what belongs to all is read in its name.
NOBODY = UUID(int=0)

_LOGIN = "select tenant_id, user_id from core_login where login_hash = $1"

_ACCOUNT = """
select u.id, u.name, u.password_hash, t.slug, t.name as tenant_name, t.modules
from core_user u join core_tenant t on t.id = u.tenant_id
where u.tenant_id = $1 and u.id = $2 and u.disabled_at is null
"""

#: The tenant's predicate stands at each table, beside row-level security.
_BY_TOKEN = """
select u.id, u.name, u.locale, t.slug, t.modules, t.time_zone, t.locale as tenant_locale,
  t.documents_only, a.expires_at, null::timestamptz as last_used_at,
  array(
    select distinct unnest(r.permissions) from core_user_role ur
    join core_role r on r.tenant_id = $1 and r.id = ur.role_id
    where ur.tenant_id = $1 and ur.user_id = u.id
  ) as permissions
from core_access_token a
join core_user u on u.tenant_id = $1 and u.id = a.user_id
join core_tenant t on t.id = $1
where a.tenant_id = $1 and a.token_hash = $2 and a.expires_at > $3 and u.disabled_at is null
"""

_BY_PARTNER_KEY = """
select k.id, k.name, null as locale, t.slug, t.modules, t.time_zone, t.locale as tenant_locale,
  t.documents_only or k.documents_only as documents_only, k.expires_at, k.last_used_at,
  k.scopes as permissions
from core_partner_key k join core_tenant t on t.id = $1
where k.tenant_id = $1 and k.key_hash = $2 and k.revoked_at is null
  and (k.expires_at is null or k.expires_at > $3)
"""

_USED = """
update core_partner_key set last_used_at = $3
where tenant_id = $1 and id = $2 and (last_used_at is null or last_used_at < $3)
"""

#: The caller, by the id of a user or of a partner key.
SELF = """
select t.slug, t.name as tenant_name, t.modules, t.time_zone, t.locale as tenant_locale,
  t.currency, t.country, t.reference_policy, t.documents_only, t.export_domains, u.login,
  coalesce(u.name, k.name) as name, coalesce(u.locale, t.locale) as locale
from core_tenant t
left join core_user u on u.tenant_id = $1 and u.id = $2
left join core_partner_key k on k.tenant_id = $1 and k.id = $2
where t.id = $1
"""

_MODULES = "select modules, count(*) from core_tenant group by modules order by count(*) desc"


@dataclass(frozen=True, slots=True)
class Account:
    """Who signs in with a login."""

    tenant: UUID
    user_id: UUID
    user_name: str
    password_hash: str | None
    slug: str
    tenant_name: str
    modules: list[str]


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a credential: a user, or another program."""

    kind: Kind
    tenant: UUID
    id: UUID
    name: str
    slug: str
    #: The tenant's, as they are written there.
    modules: list[str]
    granted: list[str]
    locale: str
    time_zone: str
    #: Whether they may run stored documents only.
    documents_only: bool
    expires_at: datetime | None
    last_used_at: datetime | None


async def account_by_login(db: Database, login: str) -> Account | None:
    """The account of *login*. It takes as many statements whether there is one or not."""
    known = await db.fetch(NOBODY, _LOGIN, [digest(login)])
    tenant, user_id = known[0] if known else (NOBODY, NOBODY)
    rows = await db.fetch(tenant, _ACCOUNT, [tenant, user_id])
    return Account(tenant, *rows[0]) if rows else None


async def holder_by_credential(db: Database, shown: Credential, now: datetime) -> Holder | None:
    """Who *shown* was given to, if the tenant that it names has it and it is still good."""
    text = _BY_TOKEN if shown.kind is Kind.TOKEN else _BY_PARTNER_KEY
    rows = await db.fetch(shown.tenant, text, [shown.tenant, shown.digest, now])
    return _holder(shown, rows[0]) if rows else None


async def note_use(db: Database, tenant: UUID, key_id: UUID, now: datetime) -> None:
    """Remember when a partner key was used last."""
    await db.fetch(tenant, _USED, [tenant, key_id, now])


async def module_sets(db: Database) -> list[list[str]]:
    """The sets of modules that tenants have, the most frequent first."""
    return [row["modules"] for row in await db.fetch(NOBODY, _MODULES, [])]


def _holder(shown: Credential, row: Record) -> Holder:
    return Holder(
        kind=shown.kind,
        tenant=shown.tenant,
        id=row["id"],
        name=row["name"],
        slug=row["slug"],
        modules=row["modules"],
        granted=row["permissions"],
        locale=row["locale"] or row["tenant_locale"],
        time_zone=row["time_zone"],
        documents_only=row["documents_only"],
        expires_at=row["expires_at"],
        last_used_at=row["last_used_at"],
    )
