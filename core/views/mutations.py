"""Saving views, and choosing the tab that opens first."""

from __future__ import annotations

from enum import Enum
from typing import Any

import strawberry
from strawberry.scalars import JSON

from core.kit.context import Info
from core.kit.errors import Refused
from core.kit.extend import extend
from core.kit.fields import written
from core.kit.mutations import mutation, values
from core.kit.payloads import Payload
from core.kit.session import TenantSession
from core.roots import Mutation
from core.views import services
from core.views.checking import check_view
from core.views.schema import SavedView, tabs_of

SHARE = "views.share"


@strawberry.input
class SavedViewCreateInput:
    list_name: str = strawberry.field(description="A list's field of `Query`, such as `contacts`.")
    name: str
    columns: list[str] = strawberry.field(
        description="1 to 50 paths below a row: `name`, `group.name`, `customValues.energy`."
    )
    arguments: JSON | None = strawberry.field(
        default=None, description="The list's own: `where`, `orderBy`, `search` …"
    )
    is_shared: bool = strawberry.field(default=False, description="Needs `views.share`.")


@strawberry.input(description="What isn't given stays as it is.")
class SavedViewUpdateInput:
    id: strawberry.ID
    version: int | None = None
    name: str | None = strawberry.UNSET
    columns: list[str] | None = strawberry.UNSET
    arguments: JSON | None = strawberry.UNSET
    is_shared: bool | None = strawberry.UNSET


@strawberry.input
class SavedViewDeleteInput:
    id: strawberry.ID
    version: int | None = None


@strawberry.enum(description="Whom a choice is for.")
class TabLevel(Enum):
    USER = strawberry.enum_value("USER", description="The caller.")
    ROLE = "ROLE"
    TENANT = "TENANT"


@strawberry.input
class DefaultTabSetInput:
    level: TabLevel
    tab: str | None = strawberry.field(
        description="One of `contactTabs`; null takes the choice back."
    )
    role_id: strawberry.ID | None = strawberry.field(
        default=None, description="Of the role, for `ROLE`."
    )


@strawberry.type
class SavedViewPayload(Payload):
    saved_view: SavedView | None = written()


@strawberry.type
class SavedViewDeletePayload(Payload):
    pass


@strawberry.type
class DefaultTabSetPayload(Payload):
    tab: str | None = None


@extend(requires="contacts.read")
class ViewMutations(Mutation):
    @mutation
    async def saved_view_create(
        info: Info, session: TenantSession, input: SavedViewCreateInput
    ) -> SavedViewPayload:
        """Keep a view of a list, checked against the list as it is now.

        Refuses: `LIST_UNKNOWN`, `COLUMN_UNKNOWN`, `COLUMN_TWICE`, `COLUMN_COUNT`,
        `ARGUMENTS_INVALID`, `NAME_EMPTY`, `TOO_LONG`, `NAME_TAKEN`, `TOO_MANY_VIEWS`, `NO_USER`.
        """
        given = values(input)
        given["arguments"] = {} if input.arguments is None else input.arguments
        _check_sharing(info, given)
        await check_view(info, session, input.list_name, input.columns, given["arguments"])
        return SavedViewPayload.of(await services.save_view(session, given))

    @mutation
    async def saved_view_update(
        info: Info, session: TenantSession, input: SavedViewUpdateInput
    ) -> SavedViewPayload:
        """Change a view of one's own, or, with `views.share`, one that is shared.

        Refuses as `savedViewCreate` does, and `STALE_VERSION`, `NOT_FOUND`, `INVALID_ID`,
        `NOT_YOURS`.
        """
        given = {k: v for k, v in values(input, id="saved_view").items() if v is not None}
        key, version = given.pop("id"), given.pop("version", None)
        _check_sharing(info, given)
        view = await services.own_view(session, key, may_share=SHARE in info.context.permissions)
        changed = {"columns": view.columns, "arguments": view.arguments} | given
        await check_view(info, session, view.list_name, changed["columns"], changed["arguments"])
        return SavedViewPayload.of(await services.change_view(session, view, version, given))

    @mutation
    async def saved_view_delete(
        info: Info, session: TenantSession, input: SavedViewDeleteInput
    ) -> SavedViewDeletePayload:
        """Delete a view. Refuses: `STALE_VERSION`, `NOT_FOUND`, `INVALID_ID`, `NOT_YOURS`."""
        key = values(input, id="saved_view")["id"]
        view = await services.own_view(session, key, may_share=SHARE in info.context.permissions)
        await services.delete_view(session, view, input.version)
        return SavedViewDeletePayload()

    @mutation
    async def default_tab_set(
        info: Info, session: TenantSession, input: DefaultTabSetInput
    ) -> DefaultTabSetPayload:
        """Choose the tab of a contact that opens first. For roles and all: `tenancy.write`.

        Refuses: `TAB_UNKNOWN`, `ROLE_MISSING`, `NO_USER`, `NOT_FOUND`, `INVALID_ID`.
        """
        role_id = values(input, role_id="role")["role_id"]
        level, tabs = input.level.value, tabs_of(info)
        if level != "USER":
            info.context.demand("tenancy.write")
        if (level == "ROLE") != (role_id is not None):
            raise Refused("ROLE_MISSING", "`roleId` goes with the level ROLE.", "roleId")
        if level == "USER" and session.user_id is None:
            raise Refused("NO_USER", "A partner's program has no tabs.", "level")
        if input.tab is not None and input.tab not in tabs:
            known = ", ".join(tabs)
            message = f"There is no tab '{input.tab[:40]}'. Those are: {known}."
            raise Refused("TAB_UNKNOWN", message, "tab")
        user_id = session.user_id if level == "USER" else None
        await services.set_tab(session, input.tab, user_id=user_id, role_id=role_id)
        return DefaultTabSetPayload(tab=input.tab)


def _check_sharing(info: Info, given: dict[str, Any]) -> None:
    if given.get("is_shared"):
        info.context.demand(SHARE)
