"""Views are kept, changed and shared; tabs are chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from core.contacts.rules import name as named
from core.kit.errors import NotFound, Refused
from core.kit.keys import sort_key
from core.kit.session import TenantSession, check_version
from core.tenancy.models import Role
from core.views.models import DefaultTab, SavedView

MOST_VIEWS = 200


async def save_view(session: TenantSession, values: dict[str, Any]) -> SavedView:
    """Keep a view, as one of the user's own."""
    user_id = _user(session)
    there = await session.scalars(
        select(SavedView.id).where(SavedView.user_id == user_id).limit(MOST_VIEWS)
    )
    if len(list(there)) >= MOST_VIEWS:
        raise Refused("TOO_MANY_VIEWS", f"You have {MOST_VIEWS} views: delete one first.", "name")
    view = SavedView(user_id=user_id, **_named(values))
    session.add(view)
    await session.flush()
    return view


async def change_view(
    session: TenantSession, view: SavedView, version: int | None, values: dict[str, Any]
) -> SavedView:
    check_version(view, version)
    for name, value in _named(values).items():
        setattr(view, name, value)
    return view


async def delete_view(session: TenantSession, view: SavedView, version: int | None) -> None:
    check_version(view, version)
    await session.delete(view)


async def own_view(session: TenantSession, key: UUID, *, may_share: bool) -> SavedView:
    """The view, if it is the user's own; a shared one is also theirs who may share."""
    view = await session.find(SavedView, key, "saved view", field="id")
    if view.user_id == session.user_id:
        return view
    if not view.is_shared:
        raise NotFound("saved view", key, "id")
    if not may_share:
        message = "The view is somebody else's: save one of your own."
        raise Refused("NOT_YOURS", message, "id")
    return view


async def set_tab(
    session: TenantSession, tab: str | None, *, user_id: UUID | None, role_id: UUID | None
) -> None:
    """Choose the tab for a user, for a role, or (both null) for all; null takes a choice back."""
    if role_id is not None:
        await session.find(Role, role_id, "role", field="roleId")
    mine = [
        DefaultTab.user_id.is_not_distinct_from(user_id),
        DefaultTab.role_id.is_not_distinct_from(role_id),
    ]
    if tab is None:
        await session.execute(delete(DefaultTab).where(*mine))
        return
    row = insert(DefaultTab).values(
        tenant_id=session.tenant_id, user_id=user_id, role_id=role_id, tab=tab
    )
    await session.execute(
        row.on_conflict_do_update(
            index_elements=[DefaultTab.tenant_id, DefaultTab.user_id, DefaultTab.role_id],
            set_={"tab": tab},
        )
    )


def first_tab(
    chosen: Mapping[str, list[str]], there: Mapping[str, str], may: frozenset[str]
) -> Any:
    """The first of the tabs that are *chosen*, by level, that is there and may be seen."""
    for level in ("USER", "ROLE", "TENANT"):
        for tab in chosen.get(level, ()):
            if there.get(tab) in may:
                return tab, level
    return "GENERAL", "FALLBACK"


def _named(values: dict[str, Any]) -> dict[str, Any]:
    if "name" not in values:
        return values
    name = named(values["name"] or "")
    return {**values, "name": name, "name_key": sort_key(name)}


def _user(session: TenantSession) -> UUID:
    if session.user_id is None:
        raise Refused("NO_USER", "Views are kept for users; a partner's program has none.")
    return session.user_id
