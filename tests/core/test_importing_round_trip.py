"""What was exported comes back as it was: by itself, and through a spreadsheet program."""

from __future__ import annotations

import codecs
import csv
import io
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.contacts.custom import CONTACTS
from core.contacts.models import Contact
from core.exporting.rules import marked, neutralised
from core.importing.contacts import tree
from core.importing.contacts.values import put
from core.importing.reading import tables
from core.importing.rules.cells import same_text, stripped
from core.importing.services.rows import cells_of
from core.kit import bulk
from core.kit.ids import global_id, key_in, new_id
from plugins.people.custom import PERSONS
from plugins.people.models import Person
from tests.importing import Importing
from tests.libreoffice import converted, needed, profile

__all__ = ["profile"]  # the fixture

MANY = 5_000
#: Texts that spreadsheets, and what writes and reads them, are known to change.
ODD = (
    "=1+1", "+33 6 12 34 56 78", "-5", "@home", "'quoted", "'=quoted", "''", "0012", "1e5", "1,5",
    "3.36E+10", "2026-01-31", "31/01/2026", "TRUE", "vrai", "#REF!x", "N/A", "Été œuvre ﬁn",
    "a;b,c", 'say "no"', "Ünïcödé 漢字 🚒", "tab\there", "two  blanks", "_x0041_", "<b>&amp;</b>",
    "100%", "1/2",
)  # fmt: skip
LONG = "Une ligne.\nUne autre : « été ».\n\n  Encore.\n" * 40


def contact(number: int, group: Any) -> dict[str, Any]:
    odd = ODD[number % len(ODD)]
    name = odd if "\t" not in odd else "tab"
    return {
        "id": new_id(), "name": f"{name} {number}" if number % 2 else name, "name_key": "x",
        "group_id": group, "reference": f"{number:05d}", "street": f"{number} rue de l'Été",
        "postcode": f"{number % 100_000:05d}", "town": "Lyon", "country": "FR",
        "phone": f"06 {number:08d}", "phone_e164": f"+336{number:08d}",
        "email": f"a{number}@example.org", "website": f"https://example.org/{number}?a=1&b=2",
        "information": (odd + "\n" + LONG)[: 200 if number % 50 else 9_000].strip(),
        "latitude": None if number % 3 else 45 + number / 10**6,
        "longitude": None if number % 3 else -4 - number / 10**6,
    }  # fmt: skip


def person(number: int, contact_id: Any) -> dict[str, Any]:
    odd = ODD[number % len(ODD)].replace("\t", " ")
    return {
        "id": new_id(), "contact_id": contact_id, "is_primary": contact_id is not None,
        "first_name": odd, "last_name": f"Nom {number}", "name_key": "x",
        "email": f"b{number}@example.org", "mobile": f"+33 7 {number:08d}",
        "mobile_e164": f"+337{number:08d}", "extension": f"0{number % 10}", "position": odd,
        "booking_access": number % 2 == 0, "receives_documents": True,
        "receives_marketing": number % 3 == 0,
    }  # fmt: skip


async def furnish(importing: Importing, many: int) -> None:
    """Contacts of every kind, some below others, and a person at most of them."""
    group = key_in(await importing.tenant.group("Été & Cie"))
    contacts = [contact(number, group) for number in range(many)]
    for number, each in enumerate(contacts):
        parent = contacts[number // 2 - 1] if number > 3 and number % 4 == 0 else None
        each |= {"parent_id": parent and parent["id"], "parent_kind": parent and "BILLING_SITE"}
    persons = [
        person(number, each["id"] if number % 7 else None) for number, each in enumerate(contacts)
    ]
    dated = [await dates(importing, groupId=global_id("contact_group", group))]
    dated.append(await dates(importing, target="PERSON"))
    async with importing.tenant.session() as session:
        await bulk.insert_rows(session, Contact.__table__, contacts)
        await tree.hang(session, [each["id"] for each in contacts], [])
        await bulk.insert_rows(session, Person.__table__, persons)
        for target, fields, rows in zip((CONTACTS, PERSONS), dated, (contacts, persons),
                                        strict=True):  # fmt: skip
            await put(session, target, [
                (each["id"], field, (value,))
                for number, each in enumerate(rows)
                if number % 4 == 0
                for field, value in zip(fields, moments(number), strict=True)
            ])  # fmt: skip


async def dates(importing: Importing, **given: Any) -> list[UUID]:
    """The fields of a day and of an instant."""
    made = [
        await importing.tenant.do("customFieldCreate", "customField { id }", **each, **given)
        for each in (
            {"label": "Mise en service", "type": "DATE"}, {"label": "Relevé", "type": "DATETIME"},
        )
    ]  # fmt: skip
    return [key_in(one["customField"]["id"]) for one in made]


def moments(number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Days from before 1900 on, leap days among them; instants on both sides of summer time."""
    return (
        {"date_value": date(1896, 2, 29) + timedelta(days=13 * number)},
        {"instant_value": datetime(2026, 3, 28, 23, 59, 58, tzinfo=UTC)
         + timedelta(minutes=17 * number)},
    )  # fmt: skip


async def export(importing: Importing, name: str, **input_: Any) -> bytes:
    made = await importing.tenant.do(name, "job { id }", **input_)
    await importing.work()
    return await importing.made_by(made["job"]["id"])


async def unchanged(importing: Importing, content: bytes, name: str, sheet: str) -> Any:
    """The rows that would change something, and how many would not."""
    batch = await importing.check(content, name, sheet=sheet)
    rows = await importing.rows(batch, outcome={"ne": "UNCHANGED"})
    return [(r["cells"], r["changes"], r["problems"]) for r in rows], batch["counts"]["unchanged"]


@needed
async def test_r057_what_a_spreadsheet_program_saves_again_changes_nothing(
    importing: Importing, profile: Path
) -> None:
    await furnish(importing, MANY)
    contacts = await export(importing, "contactsExport", format="XLSX")
    persons = await export(importing, "personsExport", format="XLSX", language="en")

    saved = await converted(profile, "xlsx", contacts, persons)

    assert await unchanged(importing, saved[0], "a.xlsx", "contacts") == ([], MANY)
    assert await unchanged(importing, saved[1], "a.xlsx", "persons") == ([], MANY)


@needed
@pytest.mark.parametrize("ending", ["xls", "ods"])
async def test_r057_other_kinds_of_workbooks_change_nothing(
    importing: Importing, ending: str, profile: Path
) -> None:
    await furnish(importing, 2 * len(ODD))
    contacts = await export(importing, "contactsExport", format="XLSX")

    (saved,) = await converted(profile, ending, contacts)

    assert await unchanged(importing, saved, f"a.{ending}", "contacts") == ([], 2 * len(ODD))


@pytest.mark.parametrize("separator", ["SEMICOLON", "COMMA", "TAB"])
async def test_r057_a_text_file_that_comes_back_changes_nothing(
    importing: Importing, separator: str
) -> None:
    await furnish(importing, 2 * len(ODD))
    contacts = await export(importing, "contactsExport", format="CSV", separator=separator)
    persons = await export(importing, "personsExport", format="CSV", byteOrderMark=False)

    assert await unchanged(importing, contacts, "a.csv", "contacts") == ([], 2 * len(ODD))
    assert await unchanged(importing, persons, "a.csv", "persons") == ([], 2 * len(ODD))


async def test_r057_custom_fields_of_all_types_come_back_unchanged(importing: Importing) -> None:
    tenant = importing.tenant
    group = await tenant.group()
    options = {"options": [{"label": "Gaz, naturel"}, {"label": "=Fioul"}]}
    for key, type_ in FIELDS.items():
        more = options if type_ in ("LIST", "MULTI_LIST") else {}
        more |= {"refersTo": "CONTACT"} if type_ == "REFERENCE" else {}
        await tenant.do(
            "customFieldCreate", groupId=group, label=key, key=key, type=type_, **more
        )  # fmt: skip
    site = await tenant.contact("Dalkia", reference="C1")
    await tenant.do(
        "contactSetCustomValues",
        id=site,
        values=[
            {"key": "t", "text": "=1+1"},
            {"key": "l", "text": "a\nb;\tc"},
            {"key": "i", "decimal": "12345678901234567"},
            {"key": "d", "decimal": "0.12345678901234567890"},
            {"key": "m", "decimal": "12.50"},
            {"key": "b", "boolean": False},
            {"key": "y", "date": "2026-01-31"},
            {"key": "z", "dateTime": "2026-10-25T00:30:05.123Z"},
            {"key": "o", "option": "gaz_naturel"},
            {"key": "p", "options": ["fioul", "gaz_naturel"]},
            {"key": "u", "text": "https://example.org/"},
            {"key": "e", "text": "a@b.fr"},
            {"key": "h", "text": "06 12 34 56 78"},
            {"key": "r", "referenceId": site},
        ],
    )
    keys = ["reference", *(f"custom.{key}" for key in FIELDS)]

    for format_, name in (("XLSX", "a.xlsx"), ("CSV", "a.csv")):
        content = await export(importing, "contactsExport", format=format_, columns=keys)
        assert await unchanged(importing, content, name, "contacts") == ([], 1)


FIELDS = {
    "t": "TEXT", "l": "LONG_TEXT", "i": "INTEGER", "d": "DECIMAL", "m": "MONEY", "b": "BOOLEAN",
    "y": "DATE", "z": "DATETIME", "o": "LIST", "p": "MULTI_LIST", "u": "URL", "e": "EMAIL",
    "h": "PHONE", "r": "REFERENCE",
}  # fmt: skip

#: What a cell of a text file may hold: no control characters but those of lines and tabs.
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), include_characters="\t\n"),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.lists(TEXTS, min_size=2, max_size=4), min_size=1, max_size=6),
    st.sampled_from([";", ",", "\t"]),
    st.sampled_from(["utf-8-sig", "utf-16", "utf-8"]),
)
def test_r051_any_table_is_read_from_any_dialect(
    rows: list[list[str]], separator: str, encoding: str
) -> None:
    width = max(map(len, rows))
    table = [["Référence", *["Nom"] * (width - 1)], *([*r, *[""] * (width - len(r))] for r in rows)]
    made = io.StringIO(newline="")
    csv.writer(made, delimiter=separator, quoting=csv.QUOTE_ALL).writerows(table)
    with tempfile.NamedTemporaryFile() as file:
        file.write(codecs.encode(made.getvalue(), encoding))
        file.flush()

        found = [row.cells for row in tables.read(Path(file.name))]

    assert found == table


@given(TEXTS)
def test_r057_a_cell_says_what_was_exported(text: str) -> None:
    for written in (neutralised(text), marked(text)):
        said = cells_of([written], ["name"], "#EMPTY").get("name", "")
        assert said is None or same_text(text, said)
        assert said == stripped(text) or text == "#EMPTY"
