"""Every type of custom field: what it may carry, what its values are, and what it refuses."""

from __future__ import annotations

import random
import string
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from core.kit.settings import Settings
from tests.cast import Tenant
from tests.core.fields import contact, displayed, field, group, labels, pairs, put, wrong
from tests.core.test_attachments import claims
from tests.sending import Desk

#: The label, type, and what the field carries.
FIELDS: list[tuple[str, str, dict[str, Any]]] = [
    ("Text", "TEXT", {}),
    ("Long", "LONG_TEXT", {}),
    ("Count", "INTEGER", {"minimum": "0", "maximum": "60", "unit": "lifts"}),
    ("Size", "DECIMAL", {"unit": "m²"}),
    ("Budget", "MONEY", {}),
    ("Yens", "MONEY", {"currency": "jpy"}),
    ("Open", "BOOLEAN", {}),
    ("Day", "DATE", {}),
    ("Instant", "DATETIME", {}),
    ("Energy", "LIST", {"optionsText": "Gas, Wood"}),
    ("Trades", "MULTI_LIST", {"optionsText": r"Heating, Power\, light, Roofs"}),
    ("Notice", "STATEMENT", {"statement": "Call first.\nTwice."}),
    ("Site", "URL", {}),
    ("Mail", "EMAIL", {}),
    ("Phone", "PHONE", {}),
    ("Plan", "FILE", {}),
    ("Keeper", "REFERENCE", {"refersTo": "USER"}),
    ("Landlord", "REFERENCE", {"refersTo": "CONTACT"}),
]
VALUES = """query($id: ID!) { contact(id: $id) { customValues { key type unit currency text
  phoneE164 decimal date dateTime boolean option { key } options { label } file { filename }
  referencedUser { name } referencedContact { name } display } } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    async with Desk.open(settings) as opened:
        yield opened


async def site_of_all_types(tenant: Tenant) -> tuple[str, str]:
    """A contact, and its group, which has a field of each type."""
    sites = await group(tenant)
    for label, type_, more in FIELDS:
        await field(tenant, sites, label, type_, **more)
    return await contact(tenant, sites), sites


async def test_r013_each_type_keeps_its_own_kind_of_value(tenant: Tenant, desk: Desk) -> None:
    site, sites = await site_of_all_types(tenant)
    other = await contact(tenant, sites, "OPH, Lyon")
    file = await desk.send(tenant, "plan.pdf")
    user = f"user_{tenant.user_id.hex}"

    await put(
        tenant, site,
        {"key": "text", "text": " 12A "},
        {"key": "long", "text": "one\ntwo"},
        {"key": "count", "decimal": "4"},
        {"key": "size", "decimal": "12.50"},
        {"key": "budget", "decimal": "1250.5"},
        {"key": "yens", "decimal": "900"},
        {"key": "open", "boolean": False},
        {"key": "day", "date": "2026-01-31"},
        {"key": "instant", "dateTime": "2026-01-31T12:00:00+01:00"},
        {"key": "energy", "option": "wood"},
        {"key": "trades", "options": ["Roofs", "power_light"]},
        {"key": "site", "text": "https://example.com/a?b=1"},
        {"key": "mail", "text": "a@example.com"},
        {"key": "phone", "text": "04 78 00 00 00"},
        {"key": "plan", "fileId": file},
        {"key": "keeper", "referenceId": user},
        {"key": "landlord", "referenceId": other},
    )  # fmt: skip

    found = (await tenant.ask(VALUES, id=site))["contact"]["customValues"]
    given = [{k: v for k, v in value.items() if v not in (None, [])} for value in found]
    assert given == [
        {"key": "text", "type": "TEXT", "text": "12A", "display": "12A"},
        {"key": "long", "type": "LONG_TEXT", "text": "one\ntwo", "display": "one\ntwo"},
        {"key": "count", "type": "INTEGER", "unit": "lifts", "decimal": "4", "display": "4"},
        {"key": "size", "type": "DECIMAL", "unit": "m²", "decimal": "12.50", "display": "12.50"},
        {"key": "budget", "type": "MONEY", "currency": "EUR", "decimal": "1250.5",
         "display": "1250.5 EUR"},
        {"key": "yens", "type": "MONEY", "currency": "JPY", "decimal": "900",
         "display": "900 JPY"},
        {"key": "open", "type": "BOOLEAN", "boolean": False, "display": "false"},
        {"key": "day", "type": "DATE", "date": "2026-01-31", "display": "2026-01-31"},
        {"key": "instant", "type": "DATETIME", "dateTime": "2026-01-31T11:00:00+00:00",
         "display": "2026-01-31T11:00:00Z"},
        {"key": "energy", "type": "LIST", "option": {"key": "wood"},
         "options": [{"label": "Wood"}], "display": "Wood"},
        {"key": "trades", "type": "MULTI_LIST", "option": {"key": "power_light"},
         "options": [{"label": "Power, light"}, {"label": "Roofs"}],
         "display": r"Power\, light, Roofs"},
        {"key": "site", "type": "URL", "text": "https://example.com/a?b=1",
         "display": "https://example.com/a?b=1"},
        {"key": "mail", "type": "EMAIL", "text": "a@example.com", "display": "a@example.com"},
        {"key": "phone", "type": "PHONE", "text": "04 78 00 00 00", "phoneE164": "+33478000000",
         "display": "04 78 00 00 00"},
        {"key": "plan", "type": "FILE", "file": {"filename": "plan.pdf"}, "display": "plan.pdf"},
        {"key": "keeper", "type": "REFERENCE", "referencedUser": {"name": "Camille"},
         "display": "Camille"},
        {"key": "landlord", "type": "REFERENCE", "referencedContact": {"name": "OPH, Lyon"},
         "display": "OPH, Lyon"},
    ]  # fmt: skip


async def test_r020_what_is_displayed_is_taken_as_the_value_again(tenant: Tenant) -> None:
    site, sites = await site_of_all_types(tenant)
    texts = {
        "text": "12A", "long": "one\ntwo", "count": "4", "size": "-12.50", "budget": "1250.5 EUR",
        "yens": "900 JPY", "open": "false", "day": "2026-01-31",
        "instant": "2026-01-31T11:00:00.000001Z", "energy": "Wood",
        "trades": r"Power\, light, Roofs", "site": "https://example.com", "mail": "a@example.com",
        "phone": "04 78 00 00 00",
    }  # fmt: skip

    await put(tenant, site, *({"key": key, "display": text} for key, text in texts.items()))

    assert await displayed(tenant, site) == texts
    again = await contact(tenant, sites, "Twin")
    written = {"size": "1 250,5", "open": "non", "budget": "12", "instant": "2026-07-01 10:00",
               "trades": "roofs", "energy": "GAS"}  # fmt: skip
    await put(tenant, again, *({"key": key, "display": text} for key, text in written.items()))
    assert await displayed(tenant, again) == {
        "size": "1250.5", "open": "false", "budget": "12 EUR", "instant": "2026-07-01T08:00:00Z",
        "trades": "Roofs", "energy": "Gas",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"key": "text", "text": "x" * 1_001}, "TOO_LONG"),
        ({"key": "long", "text": "x" * 10_001}, "TOO_LONG"),
        ({"key": "long", "decimal": "1"}, "WRONG_TYPE"),
        ({"key": "count", "decimal": "1.5"}, "NOT_AN_INTEGER"),
        ({"key": "count", "decimal": "-1"}, "OUT_OF_BOUNDS"),
        ({"key": "count", "decimal": "61"}, "OUT_OF_BOUNDS"),
        ({"key": "count", "display": "many"}, "WRONG_TYPE"),
        ({"key": "budget", "decimal": "1.005"}, "TOO_MANY_DECIMALS"),
        ({"key": "budget", "decimal": "1" + "0" * 18}, "TOO_MANY_DIGITS"),
        ({"key": "budget", "display": "12 USD"}, "WRONG_TYPE"),
        ({"key": "yens", "decimal": "1.5"}, "TOO_MANY_DECIMALS"),
        ({"key": "open", "display": "perhaps"}, "WRONG_TYPE"),
        ({"key": "day", "display": "31/31/2026"}, "WRONG_TYPE"),
        ({"key": "instant", "display": "yesterday"}, "WRONG_TYPE"),
        ({"key": "energy", "options": ["Gas"]}, "WRONG_TYPE"),
        ({"key": "trades", "options": ["Roofs", "Gardens"]}, "UNKNOWN_OPTION"),
        ({"key": "trades", "options": ["Roofs", "roofs"]}, "DUPLICATE_OPTION"),
        ({"key": "notice", "text": "seen"}, "WRONG_TYPE"),
        ({"key": "site", "text": "javascript:alert(1)"}, "INVALID_URL"),
        ({"key": "mail", "text": "nobody"}, "INVALID_EMAIL"),
        ({"key": "phone", "text": "call me"}, "INVALID_PHONE"),
        ({"key": "plan", "fileId": "file_" + "0" * 32}, "NOT_FOUND"),
        ({"key": "plan", "fileId": "contact_" + "0" * 32}, "INVALID_ID"),
        ({"key": "keeper", "referenceId": "user_" + "0" * 32}, "NOT_FOUND"),
        ({"key": "keeper", "referenceId": "contact_" + "0" * 32}, "WRONG_TYPE"),
        ({"key": "landlord", "referenceId": "file_" + "0" * 32}, "INVALID_ID"),
    ],
)
async def test_r013_a_value_that_does_not_fit_its_type_is_refused(
    tenant: Tenant, value: dict[str, Any], code: str
) -> None:
    site, _ = await site_of_all_types(tenant)

    found = await wrong(tenant, site, {"key": "size", "decimal": "1"}, value)

    assert found == [(code, f"values.{value['key']}")]
    assert await displayed(tenant, site) == {}


@pytest.mark.parametrize(
    ("given", "refusals"),
    [
        ({"type": "TEXT", "statement": "Hello"}, [("STATEMENT_NOT_ALLOWED", "statement")]),
        ({"type": "TEXT", "unit": "kW", "minimum": "1"},
         [("UNIT_NOT_ALLOWED", "unit"), ("BOUNDS_NOT_ALLOWED", "minimum")]),
        ({"type": "DATE", "maximum": "1"}, [("BOUNDS_NOT_ALLOWED", "maximum")]),
        ({"type": "DECIMAL", "currency": "EUR"}, [("CURRENCY_NOT_ALLOWED", "currency")]),
        ({"type": "MONEY", "currency": "euro"}, [("INVALID_CURRENCY", "currency")]),
        ({"type": "TEXT", "refersTo": "USER"}, [("REFERENCE_NOT_ALLOWED", "refersTo")]),
        ({"type": "REFERENCE"}, [("REFERENCE_MISSING", "refersTo")]),
        ({"type": "STATEMENT"}, [("STATEMENT_MISSING", "statement")]),
        ({"type": "STATEMENT", "statement": "Hello", "mandatory": True},
         [("MANDATORY_NOT_ALLOWED", "mandatory")]),
        ({"type": "STATEMENT", "statement": "Hello", "visibleOnDevice": True,
          "editableOnDevice": True}, [("EDITABLE_NOT_ALLOWED", "editableOnDevice")]),
        ({"type": "INTEGER", "minimum": "1.5"}, [("NOT_AN_INTEGER", "minimum")]),
        ({"type": "DECIMAL", "minimum": "2", "maximum": "1"}, [("BOUNDS_CROSSED", "maximum")]),
        ({"type": "MONEY", "maximum": "1.005"}, [("TOO_MANY_DECIMALS", "maximum")]),
        ({"type": "DECIMAL", "unit": "x" * 21}, [("TOO_LONG", "unit")]),
        ({"type": "URL", "optionsText": "A"}, [("OPTIONS_NOT_ALLOWED", "options")]),
        ({"type": "MULTI_LIST"}, [("OPTIONS_MISSING", "options")]),
        ({"type": "MULTI_LIST", "optionsText": "A , a"}, [("DUPLICATE_OPTION", "options")]),
        ({"type": "TEXT", "audience": "DEVICE"}, [("AUDIENCE_NEEDS_VISIBLE", "audience")]),
        ({"type": "TEXT", "audience": "BACK_OFFICE", "visibleOnDevice": True},
         [("AUDIENCE_EXCLUDES_VISIBLE", "audience")]),
    ],
)  # fmt: skip
async def test_r013_a_definition_carries_what_its_type_allows(
    tenant: Tenant, given: Any, refusals: list[tuple[str, str]]
) -> None:
    sites = await group(tenant)

    assert await tenant.refused("customFieldCreate", groupId=sites, label="X", **given) == refusals
    assert await labels(tenant, sites) == []


async def test_r014_a_comma_and_a_backslash_within_a_label_are_escaped(tenant: Tenant) -> None:
    sites = await group(tenant)

    made = await field(tenant, sites, "Trade", "LIST", optionsText=r" Power\, light,, C:\\,D\E ")

    assert pairs(made["options"]) == [
        ("power_light", "Power, light"),
        ("c", "C:\\"),
        ("d_e", r"D\E"),
    ]
    found = await tenant.ask(
        "query($id: ID!) { customField(id: $id) { optionsText } }", id=made["id"]
    )
    text = found["customField"]["optionsText"]
    assert text == r"Power\, light, C:\\, D\\E"
    again = await tenant.do(
        "customFieldUpdate", "customField { version }", id=made["id"], optionsText=text
    )
    assert again["customField"]["version"] == 1  # the same again


async def test_r015_the_device_writes_what_is_editable_there_and_is_asked_for_no_more(
    tenant: Tenant,
) -> None:
    sites = await group(tenant)
    device = {"visibleOnDevice": True, "editableOnDevice": True}
    await field(tenant, sites, "Office", mandatory=True, audience="BACK_OFFICE")
    await field(tenant, sites, "Both", **device)
    await field(tenant, sites, "Tech", mandatory=True, audience="DEVICE", **device)
    await field(tenant, sites, "Seen", visibleOnDevice=True, visibleOnBooking=True)
    site = await contact(tenant, sites)

    refusals = await tenant.refused(
        "contactSetCustomValues", id=site, audience="DEVICE",
        values=[{"key": "both", "text": "x"}, {"key": "seen", "text": "x"}],
    )  # fmt: skip
    assert refusals == [("NOT_EDITABLE", "values.seen"), ("MANDATORY_MISSING", "values.tech")]

    await put(tenant, site, {"key": "tech", "text": "ok"}, audience="DEVICE")
    assert await wrong(tenant, site, {"key": "seen", "text": "x"}) == [
        ("MANDATORY_MISSING", "values.office")
    ]
    found = await tenant.ask(
        "query($g: ID!) { customFields(where: {group: {eq: $g}, visibleOnBooking: true}) "
        "{ nodes { key audience visibleOnDevice editableOnDevice } } }",
        g=sites,
    )
    assert found["customFields"]["nodes"] == [
        {"key": "seen", "audience": "BOTH", "visibleOnDevice": True, "editableOnDevice": False}
    ]


async def test_r019_a_label_may_be_translated(tenant: Tenant) -> None:
    sites = await group(tenant)
    made = await field(tenant, sites, "Énergie", labelFr="Énergie", labelEn="Energy")
    site = await contact(tenant, sites)
    await put(tenant, site, {"key": "energie", "text": "gaz"})
    ask = "query($id: ID!) { contact(id: $id) { customValues { key label labelFr labelEn } } }"

    await tenant.do("customFieldUpdate", id=made["id"], labelFr=None, labelEn=" Fuel ")

    assert (await tenant.ask(ask, id=site))["contact"]["customValues"] == [
        {"key": "energie", "label": "Énergie", "labelFr": None, "labelEn": "Fuel"}
    ]


async def test_a_long_text_that_nothing_compresses_is_kept_and_found(tenant: Tenant) -> None:
    sites = await group(tenant)
    await field(tenant, sites, "Notes", "LONG_TEXT")
    site = await contact(tenant, sites)
    rng = random.Random(4)
    long = "".join(rng.choice(string.ascii_letters + string.digits) for _ in range(10_000))

    await put(tenant, site, {"key": "notes", "text": long})

    query = "query($w: ContactFilter) { contacts(where: $w) { nodes { name } } }"
    for test in ({"eq": long}, {"contains": long[5_000:5_040]}, {"in": [long, "x"]}):
        found = await tenant.ask(query, w={"customFields": [{"key": "notes", **test}]})
        assert [node["name"] for node in found["contacts"]["nodes"]] == ["Lycée Gutenberg"], test
    for test in ({"eq": long[:-1]}, {"ne": long}, {"in": [long[:-1]]}):
        found = await tenant.ask(query, w={"customFields": [{"key": "notes", **test}]})
        assert found["contacts"]["nodes"] == [], test


async def test_a_file_is_held_as_long_as_a_value_shows_it(tenant: Tenant, desk: Desk) -> None:
    sites = await group(tenant)
    await field(tenant, sites, "Plan", "FILE")
    site = await contact(tenant, sites)
    one, two = await desk.send(tenant, "one.pdf"), await desk.send(tenant, "two.pdf")

    await put(tenant, site, {"key": "plan", "fileId": one})
    assert await claims(tenant, one) == 1
    await put(tenant, site, {"key": "plan", "fileId": two})
    assert (await claims(tenant, one), await claims(tenant, two)) == (0, 1)
    await put(tenant, site, {"key": "plan", "clear": True})
    assert await claims(tenant, two) == 0


async def test_what_values_mean_only_changes_while_there_are_none(tenant: Tenant) -> None:
    sites = await group(tenant)
    money = await field(tenant, sites, "Budget", "MONEY")
    keeper = await field(tenant, sites, "Keeper", "REFERENCE", refersTo="USER")
    site = await contact(tenant, sites)
    await tenant.do("customFieldUpdate", id=money["id"], currency="CHF")
    user = f"user_{tenant.user_id.hex}"
    await put(
        tenant, site, {"key": "budget", "decimal": "1"}, {"key": "keeper", "referenceId": user}
    )

    assert await tenant.refused("customFieldUpdate", id=money["id"], currency="EUR") == [
        ("FIELD_IN_USE", "currency")
    ]
    assert await tenant.refused("customFieldUpdate", id=keeper["id"], refersTo="CONTACT") == [
        ("FIELD_IN_USE", "refersTo")
    ]
    assert await displayed(tenant, site) == {"budget": "1 CHF", "keeper": "Camille"}
