"""Cells of workbooks as spreadsheet programs keep them, in all three kinds of files."""

from __future__ import annotations

import io
import struct
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.importing.reading.marks import xls
from core.importing.reading.refusals import Unreadable
from core.importing.reading.workbooks import _text
from core.importing.rules import cells
from core.kit.errors import Refused
from tests.core.test_importing_hostile import COMPOUND, book, changed, hidden, ods, with_rows
from tests.importing import Importing, table, workbook
from tests.libreoffice import converted, needed, profile
from tests.sending import picture

__all__ = ["profile"]  # the fixture
OUTSIDE = b'<externalReferences><externalReference r:id="rId99"/></externalReferences><sheets>'
REF_ERRORS = ("#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?")


def zeros(opened: Any, sheet: Any) -> None:
    """References and postcodes that are numbers, shown with zeros before them."""
    five = opened.add_format({"num_format": "00000"})
    four = opened.add_format({"num_format": "0000;-0000"})
    euros = opened.add_format({"num_format": '#,##0.00 "€"'})
    sheet.write_row(0, 0, ["Référence", "Nom", "CP", "Ville"])
    sheet.write(1, 0, 123, five)
    sheet.write_row(1, 1, ["Bourg"])
    sheet.write(1, 2, 1000, five)
    sheet.write(2, 0, 7, four)
    sheet.write_row(2, 1, ["Paris"])
    sheet.write(2, 2, 75001, five)
    sheet.write(3, 0, 12.5, euros)
    sheet.write_row(3, 1, ["Lyon"])
    sheet.write_string(3, 2, "123", five)
    # Side by side, old files keep them together; a formula's value is shown in the same way.
    sheet.write(4, 0, 8, five)
    sheet.write(4, 1, 9, five)
    sheet.write_formula(4, 2, "=10+1", five, 11)
    sheet.write(4, 3, -5, five)


def errors(opened: Any, sheet: Any) -> None:
    sheet.write_row(0, 0, ["Référence", "Nom", "Ville"])
    for row, error in enumerate(REF_ERRORS, 1):
        sheet.write_row(row, 0, [f"C{row}", "Dalkia"])
        sheet.write_formula(row, 2, "=1/0", None, error)
    sheet.write_row(6, 0, ["C6", "Engie", "Lyon"])
    sheet.write_formula(7, 1, "=1/0", None, "#REF!")


async def _files(profile: Path, *contents: bytes) -> list[tuple[str, list[bytes]]]:
    saved = [(ending, await converted(profile, ending, *contents)) for ending in ("xls", "ods")]
    return [("xlsx", list(contents)), *saved]


@needed
async def test_r051_hidden_sheets_and_passwords_are_known_in_all_kinds_of_workbooks(
    importing: Importing, profile: Path
) -> None:
    for ending, (content,) in await _files(profile, book(hidden)):
        batch = await importing.read(content, f"a.{ending}")
        assert (batch["worksheet"], batch["hiddenWorksheets"]) == ("Clients", ["Feuil1"]), ending
        if ending == "xls":  # the first record says that what follows can't be read
            at = content.index(bytes.fromhex("0908100000060500")) + 20
            behind = content[:at] + b"\x2f" + content[at + 1 :]
            batch = await importing.read(behind, "a.xls")
            assert batch["problem"]["code"] == "FILE_ENCRYPTED"


@needed
async def test_r051_zeros_that_are_shown_and_errors_are_read_from_all_kinds_of_workbooks(
    importing: Importing, profile: Path
) -> None:
    await importing.tenant.contact("Old", reference="00123", town="Nantes")

    for ending, (shown, wrong) in await _files(profile, book(zeros), book(errors)):
        batch = await importing.check(shown, f"a.{ending}")
        assert [row["cells"] for row in await importing.rows(batch)] == [
            ["00123", "Bourg", "01000"], ["0007", "Paris", "75001"], ["12.5", "Lyon", "123"],
            ["00008", "00009", "00011", "-5"],
        ], ending  # fmt: skip
        assert await importing.outcomes(batch) == ["CHANGED", "CREATED", "CREATED", "CREATED"]

        batch = await importing.check(wrong, f"b.{ending}")
        assert await importing.outcomes(batch) == [
            *[[("CELL_ERROR", "town")]] * 5, "CREATED", [("CELL_ERROR", "name")],
        ], ending  # fmt: skip


async def test_r051_marks_of_open_documents_stand_where_their_cells_are_repeated(
    importing: Importing,
) -> None:
    content = ods(["Référence", "Nom", "Ville"], ["", "", ""], ["C9", "Z", "Metz"])
    cell = b'<table:table-cell office:value-type="string"><text:p></text:p></table:table-cell>'
    row = b"<table:table-row>" + 3 * cell + b"</table:table-row>"
    odd = (
        b'<table:table-row table:number-rows-repeated="2">'
        b'<table:table-cell office:value-type="float" office:value="7"><text:p>007</text:p>'
        b'</table:table-cell><table:table-cell table:number-columns-repeated="2" '
        b'table:formula="of:=1/0" office:value-type="string" office:string-value="" '
        b'calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
        b"</table:table-row>"
    )
    names = b'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" '

    def rewritten(xml: bytes) -> bytes:
        assert row in xml
        return xml.replace(b"xmlns:office=", names + b"xmlns:office=").replace(row, odd)

    batch = await importing.check(changed(content, content=rewritten), "a.ods")

    assert [(r["number"], r["cells"]) for r in await importing.rows(batch)] == [
        (2, ["007", "#ERROR!", "#ERROR!"]), (3, ["007", "#ERROR!", "#ERROR!"]),
        (4, ["C9", "Z", "Metz"]),
    ]  # fmt: skip
    wrong = [("CELL_ERROR", "name"), ("CELL_ERROR", "town")]
    assert await importing.outcomes(batch) == [
        wrong, wrong, "CREATED",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        COMPOUND + 600 * b"\0",
        COMPOUND + 22 * b"\0" + struct.pack("<HH", 9, 6) + 14 * b"\xff" + 4000 * b"\0",
        COMPOUND + 22 * b"\0" + struct.pack("<HH", 9, 6) + 2000 * b"\1",
    ],
)
def test_a_compound_file_that_leads_nowhere_or_in_a_circle_is_damaged(content: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        xls.marks(content, 0)

    assert refused.value.code == "FILE_DAMAGED"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"), (123.0, "123"), (-0.0, "0"), (0.1 + 0.2, "0.3"), (1e-7, "0.0000001"),
        (12.499999999999998, "12.5"), (999999999999999.0, "999999999999999"), (1e15, "1E+15"),
        (8.1234567800012e15, "8.1234567800012E+15"), (-2e300, "-2E+300"), (float("nan"), "NaN"),
        (datetime(2026, 1, 31), "2026-01-31"), (date(2026, 1, 31), "2026-01-31"),
        (datetime(2026, 1, 31, 9, 59, 59, 999_600), "2026-01-31 10:00:00"),
        (datetime(9999, 12, 31, 23, 59, 59, 999_999), "9999-12-31 23:59:59"),
        (time(14, 5), "14:05:00"), (timedelta(hours=36, seconds=5), "36:00:05"), (None, ""),
    ],
)  # fmt: skip
def test_r051_a_cell_is_written_as_short_as_it_is(value: Any, text: str) -> None:
    assert _text(value) == text


@pytest.mark.parametrize(
    ("text", "day", "instant"),
    [
        ("31/01/2026 14:05", "2026-01-31", "2026-01-31T14:05:00"),
        ("31/01/2026 à 14h05", "2026-01-31", "2026-01-31T14:05:00"),
        ("sam. 31 janv. 2026", "2026-01-31", "2026-01-31T00:00:00"),
        ("31-janv-26", "2026-01-31", "2026-01-31T00:00:00"),
        ("January 31, 2026", "2026-01-31", "2026-01-31T00:00:00"),
        ("Jan 31, 2026 2:05 PM", "2026-01-31", "2026-01-31T14:05:00"),
        ("31.01.2026, 12:05:07 am", "2026-01-31", "2026-01-31T00:05:07"),
        ("20260131", "2026-01-31", "20260131"),
        ("2026-01-31 14:05:00", "2026-01-31", "2026-01-31 14:05:00"),
        ("2026-01-31T14:05:00.123+02:00", "2026-01-31", "2026-01-31T14:05:00.123+02:00"),
        ("2026-01-31t14:05z", "2026-01-31", "2026-01-31T14:05:00Z"),
        ("31/12/1899", "1899-12-31", "1899-12-31T00:00:00"),
        ("31/01/2026 25:00", "2026-01-31", None),
        ("01/31/2026 2:05 PM", None, None),
        ("20261301", None, None),
        ("46053", None, None),
        ("14:05", None, None),
        ("31/01/0000", None, None),
    ],
)
def test_r051_days_and_instants_are_read_as_people_and_programs_write_them(
    text: str, day: str | None, instant: str | None
) -> None:
    if day is None:
        with pytest.raises(Refused, match="is no day like"):
            cells.day(text, "day")
    else:
        assert cells.day(text, "day").isoformat() == day
    assert cells.instant(text) == (instant or text)


async def test_r051_cells_of_all_types_mean_what_they_show(importing: Importing) -> None:
    tenant = importing.tenant
    group = await tenant.group("Imported contacts")
    for label, type_ in (("Since", "DATE"), ("Seen", "DATETIME"), ("Area", "DECIMAL"),
                         ("Budget", "MONEY"), ("Open", "BOOLEAN"), ("Code", "TEXT")):  # fmt: skip
        await tenant.do("customFieldCreate", groupId=group, label=label, type=type_)
    headers = ["Nom", "Since", "Seen", "Area", "Budget", "Open", "Code"]
    asked = "name customValues { key display }"

    typed = await importing.apply(
        workbook(headers,
                 ["A", datetime(2026, 1, 31, 14, 5), datetime(2026, 7, 1, 14, 5), 0.125, 12.5,
                  True, 12.0],
                 ["B", 46053, 46053.5, True, "#N/A", 2, "x"]),
        "a.xlsx",
    )  # fmt: skip
    texts = await importing.apply(
        table(headers, ["C", "31/01/2026 14:05", "01/07/2026 14h05", "12,5 %", "-12,50 €", "VRAI",
                        '="0012"'],
              ["D", "20260131", "2026-07-01", "1 000", "EUR 1.234,50", "FAUX", "\u00a0x\u200b"],
              ["E", "31/02/2026", "hier", "½", "12 CHF", "ko", ""])
    )  # fmt: skip

    assert await importing.outcomes(typed) == [
        "CREATED",
        [("INVALID_DATE", "custom.since"), ("WRONG_TYPE", "custom.seen"),
         ("INVALID_NUMBER", "custom.area"), ("CELL_ERROR", "custom.budget"),
         ("INVALID_BOOLEAN", "custom.open")],
    ]  # fmt: skip
    assert await importing.outcomes(texts) == [
        "CREATED",
        "CREATED",
        [("INVALID_DATE", "custom.since"), ("WRONG_TYPE", "custom.seen"),
         ("INVALID_NUMBER", "custom.area"), ("INVALID_NUMBER", "custom.budget"),
         ("INVALID_BOOLEAN", "custom.open")],
    ]  # fmt: skip
    found = {c["name"]: [v["display"] for v in c["customValues"]]
             for c in await importing.contacts(asked)}  # fmt: skip
    assert found == {
        "A": ["2026-01-31", "2026-07-01T12:05:00Z", "0.125", "12.5 EUR", "true", "12"],
        "C": ["2026-01-31", "2026-07-01T12:05:00Z", "12.5", "-12.50 EUR", "true", "0012"],
        "D": ["2026-01-31", "2026-06-30T22:00:00Z", "1000", "1234.50 EUR", "false", "x"],
    }


async def test_r052_a_reference_that_was_taken_for_a_number_makes_no_contact(
    importing: Importing,
) -> None:
    tenant = importing.tenant
    await tenant.contact("Old", reference="1,23457E+17")
    await tenant.contact("Blank", reference="R 9")

    batch = await importing.apply(
        table(["Référence", "Nom"], ["1E5", "A"], ["123.0", "B"], ["1,2346E+17", "C"],
              ["1,23457E+17", "D"], ["R\u00a09", "E"], ["R1 ", "F"], ["1E+16", "G"])
    )  # fmt: skip
    number = await importing.check(workbook(["Référence", "Nom"], [1234567890123456.0, "H"],
                                            [123456789012345.0, "I"]), "a.xlsx")  # fmt: skip

    lost = [("DIGITS_LOST", "reference")]
    assert await importing.outcomes(batch) == [
        "CREATED", "CREATED", lost, "CHANGED", "CREATED", "CREATED", lost,
    ]  # fmt: skip
    assert [row["notes"] for row in await importing.rows(batch)][4] == [
        {"code": "BLANK_DIFFERS", "field": "reference",
         "message": "There is 'R 9', which differs by a blank that does not break only."}
    ]  # fmt: skip
    assert await importing.outcomes(number) == [lost, "CREATED"]
    assert (await importing.rows(number))[1]["reference"] == "123456789012345"


async def test_r051_strict_workbooks_and_cells_without_a_place_are_read(
    importing: Importing,
) -> None:
    rows = (
        b'<row r="3"><c r="A3" t="inlineStr"><is><t>Inline</t></is></c>'
        b'<c r="B3" t="d"><v>2026-01-31</v></c></row>'
        b'<row><c t="str"><v>Nowhere</v></c><c><v>7</v></c></row>'
        b'<row r="5"><c r="A5" t="inlineStr"><is><t>a_x0000_b</t></is></c></row>'
    )
    names = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    strict = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
    sheet = with_rows(rows)

    batch = await importing.check(
        changed(
            workbook(["Nom", "Ville"], ["Dalkia", "Lyon"]),
            sheet1=lambda xml: sheet(xml).replace(names, strict),
            workbook=lambda xml: xml.replace(names, strict),
        ),
        "a.xlsx",
    )

    assert [row["cells"] for row in await importing.rows(batch)] == [
        ["Dalkia", "Lyon"], ["Inline", "2026-01-31"], ["Nowhere", "7"], ["a\x1ab"],
    ]  # fmt: skip
    assert await importing.outcomes(batch) == [*["CREATED"] * 3, [("INVALID_CHARACTERS", "name")]]


async def test_r051_what_is_no_cell_is_passed_over(importing: Importing) -> None:
    """A table with its total, a comment, a link, a picture, days counted from 1904; hidden rows are

    rows like others.
    """

    def write(opened: Any, sheet: Any) -> None:
        group = {"columns": [{"header": "Référence", "total_string": "Total"}, {"header": "Nom"}]}
        sheet.add_table(0, 0, 3, 1, {"total_row": True, "data": [["C1", "Dalkia"]], **group})
        sheet.write_comment(1, 1, "Un mot")
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.write_url(2, 0, "https://example.org", None, "C2")
        sheet.write_rich_string(2, 1, "En", opened.add_format({"bold": True}), "gie")
        sheet.insert_image(4, 4, "a.png", {"image_data": io.BytesIO(picture(size=(9, 9)))})
        sheet.write(0, 2, "Ville")
        day = opened.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_datetime(1, 2, date(2026, 1, 31), day)

    content = changed(
        book(write, date_1904=True), workbook=lambda xml: xml.replace(b"<sheets>", OUTSIDE)
    )
    batch = await importing.check(content, "a.xlsx")

    assert [row["cells"] for row in await importing.rows(batch)] == [
        ["C1", "Dalkia", "2026-01-31"], ["C2", "Engie"], ["Total"],
    ]  # fmt: skip
    assert await importing.outcomes(batch) == ["CREATED", "CREATED", [("NAME_EMPTY", "name")]]


async def test_r057_what_excel_keeps_of_a_text_file_changes_nothing(importing: Importing) -> None:
    """Opened by a double click and saved again: days and instants in French, without seconds,
    truth in capitals, numbers with a comma, and what it takes for numbers as such."""
    tenant = importing.tenant
    group = await tenant.group()
    for label, type_ in (("Since", "DATE"), ("Seen", "DATETIME"), ("Area", "DECIMAL"),
                         ("Open", "BOOLEAN")):  # fmt: skip
        await tenant.do("customFieldCreate", groupId=group, label=label, type=type_)
    site = await tenant.contact(
        "=Dalkia", reference="C1", phone="0612345678", latitude="45.75", longitude="-4.85"
    )
    await tenant.do(
        "contactSetCustomValues",
        id=site,
        values=[
            {"key": "since", "date": "2026-01-31"},
            {"key": "seen", "dateTime": "2026-07-01T12:05:58Z"},
            {"key": "area", "decimal": "1234.5"},
            {"key": "open", "boolean": True},
        ],
    )
    headers = ["Référence", "Nom", "Téléphone", "Latitude", "Longitude", "Since", "Seen", "Area",
               "Open"]  # fmt: skip

    batch = await importing.check(
        table(headers, ["C1", "'=Dalkia", "612345678", "45,750000", "-4,850000", "31/01/2026",
                        "01/07/2026 14:05", "1234,5", "VRAI"])
    )  # fmt: skip
    moved = await importing.check(table(["Référence", "Seen"], ["C1", "01/07/2026 14:06"]))

    assert await importing.outcomes(batch) == ["UNCHANGED"]
    assert await importing.outcomes(moved) == ["CHANGED"]


async def test_r051_zeros_in_names_of_sheets_and_in_headers_are_no_error(
    importing: Importing,
) -> None:
    def write(opened: Any, sheet: Any) -> None:
        sheet.merge_range(0, 0, 0, 1, "No_X_m", None)
        sheet.write_row(1, 0, ["Dalkia", "x"])

    content = changed(
        book(write),
        sharedStrings=lambda xml: xml.replace(b"_X_", b"_x0000_"),
        workbook=lambda xml: xml.replace(b"Feuil1", b"Feu\0il"),
    )

    batch = await importing.read(content, "a.xlsx", headerRow=1)
    none = await importing.read(content, "a.xlsx", worksheet="Autre")

    assert (batch["state"], batch["worksheet"], batch["problem"]) == ("READ", "Feu\x1ail", None)
    assert [c["header"] for c in batch["columns"]] == ["No\x1am", "No\x1am"]
    assert none["problem"]["message"] == "There is no sheet 'Autre'; there are: 'Feuil'."
