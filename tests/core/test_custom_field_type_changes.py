"""The type of a field changes under live data: a dry run first, then all values or none."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import Tenant
from tests.core.fields import contact, displayed, field, group, pairs, put

PREVIEW = """query($input: CustomFieldChangeTypeInput!, $first: Int! = 50, $after: ID) {
  customFieldTypePreview(input: $input, first: $first, after: $after) {
    valueCount failureCount newOptions failures { subjectId display code message } } }"""
TYPE = "customField { type unit currency minimum options { key label } version }"


async def dry_run(tenant: Tenant, id: str, type: str, **more: Any) -> Any:
    given = {key: more.pop(key) for key in ("first", "after") if key in more}
    found = await tenant.ask(PREVIEW, input={"id": id, "type": type, **more}, **given)
    return found["customFieldTypePreview"]


async def failing(tenant: Tenant, id: str, type: str, **more: Any) -> list[tuple[str, str]]:
    found = await dry_run(tenant, id, type, **more)
    assert found["failureCount"] == len(found["failures"])
    return [(each["display"], each["code"]) for each in found["failures"]]


async def filled(
    tenant: Tenant, type: str, *values: dict[str, Any], **more: Any
) -> tuple[str, list[str]]:
    """A field "X", and contacts with these values in it, in the order of their ids."""
    sites = await group(tenant)
    made = await field(tenant, sites, "X", type, **more)
    contacts = [await contact(tenant, sites, f"C{number}") for number in range(len(values))]
    for id, value in zip(contacts, values, strict=True):
        await put(tenant, id, {"key": "x", **value})
    return made["id"], contacts


async def change(tenant: Tenant, id: str, type: str, **more: Any) -> Any:
    made = await tenant.do("customFieldChangeType", TYPE, id=id, type=type, **more)
    return made["customField"]


async def shown(tenant: Tenant, contacts: list[str]) -> list[str | None]:
    return [(await displayed(tenant, id)).get("x") for id in contacts]


async def test_r016_a_dry_run_lists_the_values_that_do_not_convert_and_writes_nothing(
    tenant: Tenant,
) -> None:
    texts = ["12", "a dozen", " 13,5 ", "12 000", "1e3"]
    id, contacts = await filled(tenant, "TEXT", *({"text": text} for text in texts))

    found = await dry_run(tenant, id, "INTEGER", minimum="10")

    assert (found["valueCount"], found["failureCount"], found["newOptions"]) == (5, 3, [])
    assert found["failures"] == [
        {"subjectId": contacts[1], "display": "a dozen", "code": "WRONG_TYPE",
         "message": "'a dozen' is not a number such as 12.50."},
        {"subjectId": contacts[2], "display": "13,5", "code": "NOT_AN_INTEGER",
         "message": "13.5 is no whole number."},
        {"subjectId": contacts[4], "display": "1e3", "code": "WRONG_TYPE",
         "message": "'1e3' is not a number such as 12.50."},
    ]  # fmt: skip
    page = await dry_run(tenant, id, "INTEGER", first=1, after=contacts[1])
    assert [each["subjectId"] for each in page["failures"]] == [contacts[2]]
    assert page["failureCount"] == 3
    assert await tenant.refused("customFieldChangeType", id=id, type="INTEGER") == [
        ("VALUES_DO_NOT_CONVERT", "type")
    ]
    assert await shown(tenant, contacts) == ["12", "a dozen", "13,5", "12 000", "1e3"]


async def test_r016_a_type_changes_with_all_values_hidden_ones_too(tenant: Tenant) -> None:
    id, contacts = await filled(tenant, "TEXT", {"text": "12"}, {"text": "13,50"}, {"text": "9"})
    other = await group(tenant, "Others")
    await tenant.do("contactUpdate", id=contacts[2], groupId=other)

    assert await failing(tenant, id, "MONEY", unit="per visit") == []
    made = await change(tenant, id, "MONEY", unit="per visit", version=1)

    assert made == {
        "type": "MONEY", "unit": "per visit", "currency": "EUR", "minimum": None, "options": [],
        "version": 2,
    }  # fmt: skip
    assert await shown(tenant, contacts) == ["12 EUR", "13.50 EUR", None]
    found = await tenant.ask(
        '{ contacts(where: {customFields: [{key: "x", gte: "12.5"}]}) { nodes { name } } }'
    )
    assert [node["name"] for node in found["contacts"]["nodes"]] == ["C1"]

    back = await change(tenant, id, "TEXT")  # what a text can't carry goes
    assert (back["type"], back["unit"], back["currency"]) == ("TEXT", None, None)
    assert await shown(tenant, contacts) == ["12", "13.50", None]


async def test_r016_texts_become_answers_of_a_list_and_answers_texts(tenant: Tenant) -> None:
    id, contacts = await filled(
        tenant, "TEXT", {"text": "Gaz"}, {"text": "Bois, sec"}, {"text": "gaz"}
    )

    assert (await dry_run(tenant, id, "LIST"))["newOptions"] == ["Gaz", "Bois, sec"]
    assert await failing(tenant, id, "LIST", optionsText="Gaz,Fioul") == [
        ("Bois, sec", "UNKNOWN_OPTION")
    ]
    made = await change(tenant, id, "LIST")
    assert pairs(made["options"]) == [("gaz", "Gaz"), ("bois_sec", "Bois, sec")]
    assert await shown(tenant, contacts) == ["Gaz", "Bois, sec", "Gaz"]

    made = await change(tenant, id, "MULTI_LIST")
    assert pairs(made["options"]) == [("gaz", "Gaz"), ("bois_sec", "Bois, sec")]
    await put(tenant, contacts[0], {"key": "x", "options": ["gaz", "bois_sec"]})
    assert await failing(tenant, id, "LIST") == [(r"Gaz, Bois\, sec", "NOT_CONVERTIBLE")]
    made = await change(tenant, id, "TEXT")
    assert made["options"] == []
    assert await shown(tenant, contacts) == [r"Gaz, Bois\, sec", r"Bois\, sec", "Gaz"]


@pytest.mark.parametrize(
    ("before", "value", "after", "more", "display"),
    [
        ("INTEGER", {"decimal": "5"}, "DECIMAL", {}, "5"),
        ("TEXT", {"text": "oui"}, "BOOLEAN", {}, "true"),
        ("BOOLEAN", {"boolean": False}, "TEXT", {}, "false"),
        ("DATE", {"date": "2026-07-01"}, "DATETIME", {}, "2026-06-30T22:00:00Z"),
        ("TEXT", {"text": "a@b.fr"}, "EMAIL", {}, "a@b.fr"),
        ("TEXT", {"text": "04 78 00 00 00"}, "PHONE", {}, "04 78 00 00 00"),
        ("PHONE", {"text": "04 78 00 00 00"}, "TEXT", {}, "04 78 00 00 00"),
        ("LONG_TEXT", {"text": "one line"}, "TEXT", {}, "one line"),
        ("TEXT", {"text": "2026-01-31"}, "DATE", {}, "2026-01-31"),
    ],
)
async def test_r016_values_convert_where_their_text_reads_the_same(
    tenant: Tenant, before: str, value: Any, after: str, more: Any, display: str
) -> None:
    id, contacts = await filled(tenant, before, value)

    assert (await change(tenant, id, after, **more))["type"] == after

    assert await shown(tenant, contacts) == [display]


@pytest.mark.parametrize(
    ("before", "value", "after", "more", "code"),
    [
        ("DECIMAL", {"decimal": "5.5"}, "INTEGER", {}, "NOT_AN_INTEGER"),
        ("DATETIME", {"dateTime": "2026-01-31T12:00:00Z"}, "DATE", {}, "WRONG_TYPE"),
        ("LONG_TEXT", {"text": "two\nlines"}, "TEXT", {}, "INVALID_CHARACTERS"),
        ("TEXT", {"text": "x"}, "STATEMENT", {"statement": "Hello"}, "NOT_CONVERTIBLE"),
        ("TEXT", {"text": "x"}, "FILE", {}, "NOT_CONVERTIBLE"),
        ("TEXT", {"text": "x"}, "REFERENCE", {"refersTo": "USER"}, "NOT_CONVERTIBLE"),
        ("INTEGER", {"decimal": "5"}, "BOOLEAN", {}, "WRONG_TYPE"),
    ],
)
async def test_r016_a_value_that_would_lose_something_does_not_convert(
    tenant: Tenant, before: str, value: Any, after: str, more: Any, code: str
) -> None:
    id, contacts = await filled(tenant, before, value)
    was = await shown(tenant, contacts)

    assert [found for _, found in await failing(tenant, id, after, **more)] == [code]
    assert await tenant.refused("customFieldChangeType", id=id, type=after, **more) == [
        ("VALUES_DO_NOT_CONVERT", "type")
    ]
    assert await shown(tenant, contacts) == was


async def test_r016_what_the_new_type_does_not_allow_is_refused(tenant: Tenant) -> None:
    id, _ = await filled(tenant, "TEXT")

    for given, refusals in (
        ({"type": "TEXT"}, [("SAME_TYPE", "type")]),
        ({"type": "DATE", "unit": "kW"}, [("UNIT_NOT_ALLOWED", "unit")]),
        ({"type": "STATEMENT"}, [("STATEMENT_MISSING", "statement")]),
        ({"type": "DATE", "optionsText": "A"}, [("OPTIONS_NOT_ALLOWED", "options")]),
        ({"type": "LIST"}, [("OPTIONS_MISSING", "options")]),
        ({"type": "LIST", "optionsText": "A,a "}, [("DUPLICATE_OPTION", "options")]),
        ({"type": "DATE", "version": 7}, [("STALE_VERSION", "version")]),
    ):
        assert await tenant.refused("customFieldChangeType", id=id, **given) == refusals
    found = await tenant.ask("query($id: ID!) { customField(id: $id) { type version } }", id=id)
    assert found["customField"] == {"type": "TEXT", "version": 1}
