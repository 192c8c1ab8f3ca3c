"""Stored documents as the gateway reads them: one by its hash, or all that are planned at start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from core.kit.pool import Database
from core.tenancy.lookups import NOBODY

_TEXT = "select text from core_stored_document where tenant_id = $1 and digest = $2"

_TENANTS = "select id, modules from core_tenant order by id"

_ALL = """
select text, example_variables from core_stored_document
where tenant_id = $1 order by updated_at desc, id limit $2
"""

#: Each set of permissions that somebody has, as granted, the most frequent first.
_GRANTED = """
select granted from (
  select array(
    select distinct unnest(r.permissions) as p from core_user_role ur
    join core_role r on r.tenant_id = $1 and r.id = ur.role_id
    where ur.tenant_id = $1 and ur.user_id = u.id order by p
  ) as granted
  from core_user u where u.tenant_id = $1 and u.disabled_at is null
  union all
  select k.scopes from core_partner_key k
  where k.tenant_id = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
) each_caller
group by granted order by count(*) desc, granted limit $2
"""


@dataclass(frozen=True, slots=True)
class Example:
    """A document, and variables that it may be planned with."""

    text: str
    variables: dict[str, Any]


async def text_of(db: Database, tenant: UUID, digest: str) -> str | None:
    """The text that *tenant* has stored under *digest*."""
    rows = await db.fetch(tenant, _TEXT, [tenant, digest])
    return rows[0]["text"] if rows else None


async def tenants(db: Database) -> list[tuple[UUID, list[str]]]:
    """Every tenant, with the modules written there."""
    return [(row["id"], row["modules"]) for row in await db.fetch(NOBODY, _TENANTS, [])]


async def examples(db: Database, tenant: UUID, most: int) -> list[Example]:
    """The documents that *tenant* stored last."""
    return [
        Example(row["text"], orjson.loads(row["example_variables"] or "{}"))
        for row in await db.fetch(tenant, _ALL, [tenant, most])
    ]


async def granted(db: Database, tenant: UUID, most: int) -> list[list[str]]:
    """The sets of permissions that callers of *tenant* have, the most frequent first."""
    return [row["granted"] for row in await db.fetch(tenant, _GRANTED, [tenant, most])]
