"""A flag changes nothing that who may not see flags can be shown, wherever the schema leads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from core.kit.fields import Declared
from core.kit.ids import prefix_of
from gateway.modules import load_modules
from gateway.schema import schema_of
from tests.cast import Tenant

SCHEMA = schema_of(load_modules())._schema
TEXT = "Never open the gate alone"
#: As tokens of devices and of the booking site are held: nothing of the back office alone.
OUTSIDE = ("crm.flags", "crm.alerts", "audit.read")
#: Of the contacts that are there: the flagged one, one below it, one that is neither.
NAMES = ("Siège", "Agence", "Ailleurs")
#: Say when they were asked, or are addresses that are signed anew each time.
RESTLESS = {"rateLimit", "url", "thumbnailUrl", "fileUrl"}


def selection(type_: Any, deep: int, path: tuple[str, ...] = ()) -> str:
    """All leaves of a type, and what lies *deep* levels below it."""
    named = get_named_type(type_)
    if is_leaf_type(named):
        return ""
    if not isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
        return "{ __typename }"
    fields = ["__typename"]
    for name, field in named.fields.items():
        if name in RESTLESS or any(is_required_argument(a) for a in field.args.values()):
            continue
        if is_leaf_type(get_named_type(field.type)):
            fields.append(name)
        elif deep and path.count(name) < 1:
            below = selection(field.type, deep - 1, (*path, name))
            fields.append(f"{name}{_first(field)} {below}")
    return "{ " + " ".join(fields) + " }"


def _first(field: GraphQLField) -> str:
    return "(first: 2)" if "first" in field.args else ""


def parts(type_: Any) -> Iterator[str]:
    """What is asked of a type: its leaves, then each of its other fields alone."""
    named: Any = get_named_type(type_)
    yield selection(named, 0)
    for name, field in getattr(named, "fields", {}).items():
        is_asked = name not in RESTLESS and not any(map(is_required_argument, field.args.values()))
        if is_asked and not is_leaf_type(get_named_type(field.type)):
            # What hangs on a contact is asked of the contact.
            deep = 0 if get_named_type(field.type).name == "Contact" else 1
            yield f"{{ {name}{_first(field)} {selection(field.type, deep)} }}"


def questions(ids: dict[str, str]) -> Iterator[str]:
    """Every root field that can be asked with ids of contacts alone, or with nothing."""
    assert SCHEMA.query_type is not None
    for name, field in SCHEMA.query_type.fields.items():
        given = {arg for arg, a in field.args.items() if is_required_argument(a)}
        is_contact = get_named_type(field.type).name == "Contact"
        if name in RESTLESS or not given <= {"contactId", "id" if is_contact else "contactId"}:
            continue
        for part in parts(field.type):
            for contact in (ids["Siège"], ids["Agence"]) if given else [""]:
                args = "".join(f'({arg}: "{contact}")' for arg in given)
                yield f"{{ {name}{args or _first(field)} {part} }}"


async def contacts(tenant: Tenant) -> dict[str, str]:
    ids: dict[str, str] = {}
    for name, parent in zip(NAMES, (None, "Siège", None), strict=True):
        under = {"parent": ids[parent]} if parent else {}
        ids[name] = await tenant.contact(name, owner=_user(tenant), **under)
    type_ = (await tenant.do("noteTypeCreate", "noteType { id }", name="Appel"))["noteType"]["id"]
    for contact in ids.values():
        await tenant.do("noteCreate", contactId=contact, typeId=type_, subject="Sans rapport")
    return ids


def _user(tenant: Tenant) -> str:
    return f"user_{tenant.user_id.hex}"


async def seen(tenant: Tenant, ids: dict[str, str]) -> dict[str, Any]:
    found = {text: await tenant.answer(text) for text in questions(ids)}
    unasked = [text for text, a in found.items() if "GRAPHQL_VALIDATION_FAILED" in str(a)]
    assert unasked == [], "these are no questions, or too long"
    return found


async def test_r024_a_flag_changes_nothing_for_who_may_not_see_flags(tenant: Tenant) -> None:
    """Every list, facet, count, alert and timeline is byte for byte what it was before."""
    ids = await contacts(tenant)
    stranger = tenant.without("crm.flags", "audit.read")
    before = await seen(stranger, ids)
    mine = await seen(tenant, ids)

    await tenant.do("contactFlagSet", contactId=ids["Siège"], text=TEXT)

    after = await seen(stranger, ids)
    assert [text for text in before if after[text] != before[text]] == []
    assert TEXT not in str(after)
    changed = [text for text, answer in (await seen(tenant, ids)).items() if answer != mine[text]]
    assert len(changed) > 9, "who may see flags is shown it in many places"


async def test_r024_what_carries_a_flag_does_not_open_by_its_id(tenant: Tenant) -> None:
    ids = await contacts(tenant)
    await tenant.do("contactFlagSet", contactId=ids["Siège"], text=TEXT)
    found = await tenant.ask(
        """query($id: ID!) { contact(id: $id) { flag { id }
          alerts { nodes { id version } } effectiveFlags { flag { id } } } }""",
        id=ids["Siège"],
    )
    alert, flag = found["contact"]["alerts"]["nodes"][0], found["contact"]["flag"]["id"]
    stranger = tenant.without("crm.flags")
    nothing = f"alert_{'0' * 32}"

    async def opened(who: Tenant, id: str, more: str = "") -> Any:
        text = f'{{ node(id: "{id}") {{ id ... on Alert {{ title cause }} {more} }} }}'
        return str(await who.answer(text)).replace(id, "IT")

    assert "FLAGGED" in await opened(tenant, alert["id"])
    assert await opened(stranger, alert["id"]) == await opened(stranger, nothing)
    assert "FORBIDDEN" in await opened(stranger, flag, "... on Flag { text }")
    assert await stranger.refused("alertAcknowledge", id=alert["id"]) == [("NOT_FOUND", "id")]
    assert await stranger.refused("alertAcknowledge", id=nothing) == [("NOT_FOUND", "id")]
    type_ = (await tenant.ask("{ noteTypes { nodes { id } } }"))["noteTypes"]["nodes"][0]["id"]
    about = {"contactId": ids["Siège"], "typeId": type_, "subject": "About it"}
    for id in (alert["id"], nothing):
        assert await stranger.refused("noteCreate", aboutId=id, **about) == [
            ("NOT_FOUND", "aboutId")
        ]
    await tenant.do("noteCreate", aboutId=alert["id"], **about)
    notes = "{ notes { nodes { about { id } } } }"
    assert alert["id"] in str(await tenant.ask(notes))
    assert alert["id"] not in str(await stranger.ask(notes))
    history = "query($id: ID!) { contact(id: $id) { history { nodes { rowKind changes } } } }"
    logged = [await who.ask(history, id=ids["Siège"]) for who in (tenant, stranger)]
    assert ["FLAGGED" in str(each) for each in logged] == [True, False]
    await tenant.do("alertAcknowledge", id=alert["id"])


def carrying() -> list[tuple[str, str]]:
    """Every field of the schema that shows a flag, by what it asks for or what it leads to."""
    flags = {n for n in SCHEMA.type_map if n.endswith("Flag") and not n.startswith("__")}
    return [
        (type_.name, name)
        for type_ in SCHEMA.type_map.values()
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__")
        for name, field in type_.fields.items()
        if get_named_type(field.type).name in flags
    ]


def test_r024_every_field_that_leads_to_a_flag_asks_for_the_permission() -> None:
    found = carrying()
    unguarded = []
    for type_name, name in found:
        type_: Any = SCHEMA.type_map[type_name]
        field = type_.fields[name].extensions["strawberry-definition"]
        owner = type_.extensions["strawberry-definition"].origin
        demanded = set(field.demands) if isinstance(field, Declared) else set()
        demanded.add(getattr(owner, "__requires__", None))
        if "crm.flags" not in demanded and type_name != "ContactFlagSetPayload":
            unguarded.append((type_name, name))

    assert ("Contact", "effectiveFlags") in found
    assert unguarded == []
    assert prefix_of("Flag") == "flag"


def flag_filters() -> list[tuple[str, str]]:
    return [
        (type_.name, name)
        for type_ in SCHEMA.type_map.values()
        if isinstance(type_, GraphQLInputObjectType) and type_.name.endswith("Filter")
        for name in type_.fields
        if "flag" in name.lower()
    ]


async def test_r024_no_filter_and_no_order_tells_of_flags(tenant: Tenant) -> None:
    ids = await contacts(tenant)
    await tenant.do("contactFlagSet", contactId=ids["Siège"], text=TEXT)
    outside = tenant.without(*OUTSIDE)

    assert {type_ for type_, _ in flag_filters()} == {"ContactFilter"}
    for _, name in flag_filters():
        answer = await outside.answer(f"{{ contacts(where: {{{name}: true}}) {{ totalCount }} }}")
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert answer["data"] == {"contacts": None}
    orders = [
        value
        for type_ in SCHEMA.type_map.values()
        if type_.name.endswith("OrderBy")
        for value in getattr(type_, "values", ())
    ]
    assert [value for value in orders if "FLAG" in value] == []
