"""Saved views and the first tab in the API."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy import Text, Uuid, bindparam, select
from strawberry.scalars import JSON

from core.kit.context import Info
from core.kit.db import Statement, owned
from core.kit.extend import extend
from core.kit.fields import value
from core.kit.ids import key_in
from core.kit.records import blueprint
from core.kit.sources import Record
from core.roots import Query
from core.tenancy.models import User as UserRow
from core.views.checking import lists_of
from core.views.models import SavedView as ViewRow
from core.views.services import MOST_VIEWS, first_tab

_ROW = ViewRow.__table__


def _is_mine(root: SavedView, info: Info) -> bool:
    mine: bool = root.value_of(ViewRow.user_id) == info.context.actor.user_id
    return mine


@strawberry.type(description="Which columns of a list, which rows, and in which order.")
class SavedView(Record, table=ViewRow, requires="contacts.read"):
    id: strawberry.ID
    list_name: str = strawberry.field(
        description="The list's field of `Query`, such as `contacts`."
    )
    name: str
    columns: list[str] = strawberry.field(
        description="As paths below a row: `name`, `group.name`, `customValues.energy`."
    )
    arguments: JSON = strawberry.field(
        description="Those to ask the list with: `where`, `orderBy`, `search` …"
    )
    is_shared: bool = strawberry.field(description="Whether the other users see it, too.")
    owner_name: str | None = value(select(UserRow.name).where(UserRow.id == ViewRow.user_id))
    updated_at: datetime
    version: int

    is_mine: bool = strawberry.field(
        resolver=_is_mine, description="Whether it is the caller's own."
    )


@strawberry.enum(description="Where the choice of a tab comes from.")
class TabOrigin(Enum):
    USER = "USER"
    ROLE = "ROLE"
    TENANT = "TENANT"
    FALLBACK = strawberry.enum_value(
        "FALLBACK", description="Nobody chose, or what they chose is not there."
    )


@strawberry.type(description="The tab of a contact that opens first.")
class DefaultTab:
    tab: str
    origin: TabOrigin


_LIST = bindparam("list_name", type_=Text)
_VISIBLE = Statement(
    select(*_ROW.c)
    .where(
        owned(_ROW),
        (_ROW.c.user_id == bindparam("user", type_=Uuid)) | _ROW.c.is_shared,
        (_ROW.c.list_name == bindparam("list_name", type_=Text))
        | bindparam("list_name", type_=Text).is_(None),
    )
    .order_by(_ROW.c.list_name, _ROW.c.name_key, _ROW.c.id)
    .limit(5 * MOST_VIEWS)
)

#: The choices that concern a user, by level; of several roles, the first by name counts.
_CHOSEN = """
select case when d.user_id is not null then 'USER' when d.role_id is not null then 'ROLE'
            else 'TENANT' end as level, d.tab
from core_default_tab d
left join core_role r on r.tenant_id = $1 and r.id = d.role_id
where d.tenant_id = $1 and (
    d.user_id = $2
    or (d.user_id is null and d.role_id is null)
    or d.role_id in (select role_id from core_user_role where tenant_id = $1 and user_id = $2)
)
order by r.name
"""


async def _saved_views(info: Info, list_name: str | None = None) -> list[SavedView]:
    context = info.context
    given = {
        **_VISIBLE.constants,
        "tenant": context.tenant,
        "user": context.actor.user_id or UUID(int=0),
        "list_name": list_name,
    }
    rows = await context.fetch(_VISIBLE.text, [given[name] for name in _VISIBLE.names])
    lists = lists_of(info)
    make = blueprint(info._raw_info.return_type).make
    found = (make(row) for row in rows)
    return [view for view in found if view.list_name in lists]


def tabs_of(info: Info) -> dict[str, str]:
    """The tabs that the tenant's modules have, and the permission each asks for."""
    modules: Any = info.schema
    return {
        tab: permission
        for module in modules.modules.infos.values()
        for tab, permission in (module.tabs or {}).items()
    }


async def _default_tab(info: Info, contact_id: strawberry.ID | None = None) -> DefaultTab:
    if contact_id is None:
        return DefaultTab(tab="GENERAL", origin=TabOrigin.FALLBACK)
    key_in(contact_id, "contact", field="contactId")
    context = info.context
    user = context.actor.user_id or UUID(int=0)
    chosen: dict[str, list[str]] = {}
    for row in await context.fetch(_CHOSEN, [context.tenant, user]):
        chosen.setdefault(row["level"], []).append(row["tab"])
    tab, origin = first_tab(chosen, tabs_of(info), context.permissions)
    return DefaultTab(tab=tab, origin=TabOrigin(origin))


def _tabs(info: Info) -> list[str]:
    may = info.context.permissions
    return [tab for tab, permission in tabs_of(info).items() if permission in may]


@extend(requires="contacts.read")
class ViewQueries(Query):
    saved_views: list[SavedView] = strawberry.field(
        resolver=_saved_views,
        description="The caller's own views and those that are shared, by list and name. Views of "
        "lists that the caller can't read are left out.",
    )
    contact_tabs: list[str] = strawberry.field(
        resolver=_tabs, description="The tabs of a contact that the caller may see."
    )
    default_tab: DefaultTab = strawberry.field(
        resolver=_default_tab,
        description="Which tab of a contact opens first: the user's choice, else their role's, "
        "else the tenant's, else `GENERAL`. Choices that are not there (a module that is off) are "
        "passed over. Without a `contactId`, for a new contact, it is `GENERAL`.",
    )
