"""Files that are broken, odd, or made to do harm: each has an outcome of its own."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from xlsxwriter import Workbook

from tests.importing import TYPES, Importing, table, text_file, workbook
from tests.sending import code

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]><worksheet>&j;</worksheet>"
)
ENTITY = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    b"<sst><si><t>&f;</t></si></sst>"
)
ROWS = [["Référence", "Nom"], ["C1", "Dalkia"]]


def changed(content: bytes, /, **parts: bytes | Callable[[bytes], bytes]) -> bytes:
    """A workbook with other parts: ``sheet1``, ``sharedStrings``."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        for name in old.namelist():
            stem = name.rpartition("/")[2].partition(".")[0]
            part: Any = parts.get(stem, old.read(name))
            new.writestr(name, part(old.read(name)) if callable(part) else part)
    return made.getvalue()


def with_rows(xml: bytes) -> Callable[[bytes], bytes]:
    return lambda sheet: sheet.replace(b"</sheetData>", xml + b"</sheetData>")


def that_says_it_is_large(content: bytes) -> bytes:
    """The directory of the archive says that the first part has 2 GB."""
    at = content.index(b"PK\x01\x02")
    return content[: at + 24] + struct.pack("<I", 2**31 - 1) + content[at + 28 :]


def book(write: Callable[[Any, Any], None], **options: Any) -> bytes:
    made = io.BytesIO()
    with Workbook(made, {"in_memory": True, **options}) as opened:
        write(opened, opened.add_worksheet("Feuil1"))
    return made.getvalue()


def hidden(opened: Any, sheet: Any) -> None:
    sheet.write_row(0, 0, ["Nom"])
    sheet.write_row(1, 0, ["Hidden"])
    shown = opened.add_worksheet("Clients")
    shown.write_row(0, 0, ["Nom"])
    shown.write_row(1, 0, ["Shown"])
    shown.activate()
    shown.set_first_sheet()
    sheet.hide()


def packed(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def ods(*rows: list[str]) -> bytes:
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{c}</text:p></table:table-cell>'
            for c in row
        )
        + "</table:table-row>"
        for row in rows
    )
    names = " ".join(
        f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"'
        for n in ("office", "table", "text")
    )
    content = (
        f"<office:document-content {names}><office:body><office:spreadsheet>"
        f'<table:table table:name="Feuil1">{cells}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    return packed({
        "mimetype": TYPES["ods"].encode(),
        "META-INF/manifest.xml": b"<manifest/>",
        "content.xml": f'<?xml version="1.0" encoding="UTF-8"?>{content}'.encode(),
    })  # fmt: skip


MANIFEST = (
    b'<manifest><file-entry full-path="content.xml"><encryption-data checksum="x"/></file-entry>'
    b"</manifest>"
)
REPEATED = (
    b'<table:table-row table:number-rows-repeated="1000000"><table:table-cell '
    b'office:value-type="string"><text:p>x</text:p></table:table-cell></table:table-row>'
)


def ods_with(xml: bytes) -> bytes:
    """An OpenDocument sheet with these rows behind its own."""
    end = b"</table:table>"
    return changed(ods(*ROWS), content=lambda old: old.replace(end, xml + end))


UNREADABLE = {
    "a zip bomb": ("a.xlsx", that_says_it_is_large(workbook(*ROWS)), "UNPACKS_TO_TOO_MUCH"),
    "a billion laughs": ("a.xlsx", changed(workbook(*ROWS), sheet1=LAUGHS), "DOCUMENT_TYPE"),
    "an external entity": (
        "a.xlsx", changed(workbook(*ROWS), sharedStrings=ENTITY), "DOCUMENT_TYPE",
    ),
    "an external entity in UTF-16": (
        "a.xlsx",
        changed(workbook(*ROWS), sharedStrings=ENTITY.decode().encode("utf-16")),
        "DOCUMENT_TYPE",
    ),
    "a zip bomb of another kind": (
        "a.ods", that_says_it_is_large(ods(*ROWS)), "UNPACKS_TO_TOO_MUCH",
    ),
    "a billion laughs of another kind": (
        "a.ods", changed(ods(*ROWS), content=LAUGHS), "DOCUMENT_TYPE",
    ),
    "an external entity of another kind": (
        "a.ods", changed(ods(*ROWS), content=ENTITY), "DOCUMENT_TYPE",
    ),
    "another kind behind a password": (
        "a.ods", changed(ods(*ROWS), manifest=MANIFEST), "FILE_ENCRYPTED",
    ),
    "another kind without a sheet": ("a.ods", changed(ods(*ROWS), content=b""), "NO_SHEET"),
    "a row and many columns": (
        "a.ods",
        ods_with(REPEATED.replace(b"rows-repeated", b"rows").replace(
            b"table-cell ", b'table-cell table:number-columns-repeated="999" ')),
        "TOO_MANY_COLUMNS",
    ),
    "another kind that is cut off": (
        "a.ods", changed(ods(*ROWS), content=lambda xml: xml[:-90]), "FILE_DAMAGED",
    ),
    "a part that is no XML": (
        "a.xlsx", changed(workbook(*ROWS), sheet1=b"<worksheet><sheetData><row"), "FILE_DAMAGED",
    ),
    "a row beyond the last": (
        "a.xlsx",
        changed(workbook(*ROWS), sheet1=with_rows(b'<row r="99999999999"><c r="A1"/></row>')),
        "ROW_TOO_FAR",
    ),
    "a file behind a password": (
        "a.xlsx", COMPOUND + 600 * b"\0" + "EncryptedPackage".encode("utf-16-le"), "FILE_ENCRYPTED",
    ),
    "an old workbook that is none": ("a.xls", COMPOUND + 2000 * b"\0", "FILE_DAMAGED"),
    "only hidden sheets": (
        "a.xlsx",
        changed(
            workbook(*ROWS),
            workbook=lambda xml: xml.replace(b'<sheet name', b'<sheet state="hidden" name'),
        ),
        "NO_VISIBLE_SHEET",
    ),
    "too many columns": ("a.xlsx", workbook([f"H{n}" for n in range(251)], ["x"]),
                         "TOO_MANY_COLUMNS"),
    "too many columns of text": ("a.csv", table(["x"] * 251), "TOO_MANY_COLUMNS"),
    "headers and nothing else": ("a.csv", table(["Nom", "Ville"]), "NO_ROWS"),
    "nothing": ("a.xlsx", workbook(), "NO_ROWS"),
    "blank lines": ("a.csv", b"\r\n;;;\r\n \r\n", "NO_ROWS"),
    "a web page": ("a.csv", b"\xef\xbb\xbf\n<!DOCTYPE html><table>", "FILE_IS_HTML"),
    "a text that never ends": (
        "a.csv", text_file("Nom;Ville", 'Dalkia;"Lyon', "Engie;Nantes"), "QUOTES_UNBALANCED",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", UNREADABLE)
async def test_r051_a_file_that_cannot_be_read_says_why(importing: Importing, case: str) -> None:
    name, content, problem = UNREADABLE[case]

    batch = await importing.read(content, name)

    assert (batch["state"], batch["problem"]["code"]) == ("UNREADABLE", problem)
    assert batch["job"]["state"] == "SUCCEEDED"
    assert batch["job"]["messages"] == [batch["problem"]["message"]]
    assert (batch["rowCount"], await importing.rows(batch)) == (0, [])
    assert await importing.tenant.refused("importCheck", id=batch["id"]) == [("WRONG_STATE", "id")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xlsx", b"<html><table><tr><td>Nom</td></tr></table></html>"),
        ("a.xls", b"<html><table><tr><td>Nom</td></tr></table></html>"),
        ("a.xlsx", workbook(*ROWS)[:-200]),
        ("a.ods", workbook(*ROWS)),
        ("a.csv", b"Nom;Ville\r\n\x00\x01\x02"),
        ("a.xlsx", packed({"photos/a.txt": b"hello"})),
    ],
)
async def test_r051_what_is_no_spreadsheet_is_refused_when_it_is_sent(
    importing: Importing, name: str, content: bytes
) -> None:
    type_ = TYPES[name.rpartition(".")[2]]

    answer = await importing.desk.put(importing.tenant, name, type_, content)

    assert code(answer) == (415, "FILE_TYPE_MISMATCH")


async def test_r051_what_is_not_taken_is_refused_before_it_is_sent(importing: Importing) -> None:
    excel = "application/vnd.ms-excel"
    for name, type_, size, refusal in (
        ("a.csv", "text/csv", 0, ("FILE_EMPTY", "size")),
        ("a.xlsm", f"{excel}.sheet.macroEnabled.12", 9, ("FILE_TYPE_NOT_TAKEN", "contentType")),
        ("a.xlsb", f"{excel}.sheet.binary.macroEnabled.12", 9,
         ("FILE_TYPE_NOT_TAKEN", "contentType")),
        ("a.csv", excel, 9, ("FILENAME_MISMATCH", "filename")),
        ("a.xlsx", TYPES["xlsx"], 100 * 1024**2 + 1, ("FILE_TOO_LARGE", "size")),
    ):  # fmt: skip
        given = {"filename": name, "contentType": type_, "size": size}
        assert await importing.tenant.refused("uploadCreate", **given) == [refusal]


async def test_r051_limits_are_said_with_what_they_are(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = await importing.read(table(["x"] * 251))
    assert batch["problem"]["message"] == "Row 1 has 251 columns; 250 are allowed."
    batch = await importing.read(that_says_it_is_large(workbook(*ROWS)), "a.xlsx")
    assert batch["problem"]["message"].endswith("1024 MB and 5000 are allowed.")


async def test_r058_a_million_empty_rows_with_a_format_are_no_rows(importing: Importing) -> None:
    empty = b"".join(b'<row r="%d" s="1"><c r="A%d" s="1"/></row>' % (n, n)
                     for n in range(3, 1_000_001))  # fmt: skip
    content = changed(workbook(*ROWS), sheet1=with_rows(empty))

    batch = await importing.check(content, "a.xlsx")

    assert (batch["rowCount"], await importing.outcomes(batch)) == (1, ["CREATED"])


async def test_r051_titles_merged_headers_and_two_header_rows_are_understood(
    importing: Importing,
) -> None:
    def write(opened: Any, sheet: Any) -> None:
        bold = opened.add_format({"bold": True})
        sheet.merge_range(0, 0, 0, 4, "Liste des clients au 31/01/2026", bold)
        sheet.merge_range(2, 0, 2, 1, "Contact", bold)
        sheet.merge_range(2, 2, 2, 4, "Adresse", bold)
        sheet.write_row(3, 0, ["Référence", "Raison sociale", "Rue", "CP", "Ville"])
        sheet.write_row(4, 0, ["C1", "Dalkia", "1 rue A", "69003", "Lyon"])

    batch = await importing.check(book(write), "a.xlsx")

    assert batch["headerRow"] == 4
    assert [c["field"] for c in batch["columns"]] == [
        "reference", "name", "street", "postcode", "town",
    ]  # fmt: skip
    assert [row["number"] for row in await importing.rows(batch)] == [5]


async def test_r051_the_row_of_the_headers_and_the_sheet_may_be_said(importing: Importing) -> None:
    content = workbook(["Nom", "Ville"], ["Truc", "Machin"], ["Dalkia", "Lyon"],
                       Autre=[["Nom"], ["Engie"]])  # fmt: skip

    second = await importing.read(content, "a.xlsx", headerRow=2)
    other = await importing.read(content, "a.xlsx", worksheet="Autre")
    none = await importing.read(content, "a.xlsx", worksheet="Nulle part")
    empty = await importing.read(content, "a.xlsx", headerRow=7)

    assert [c["header"] for c in second["columns"]] == ["Truc", "Machin"]
    assert (second["worksheet"], second["worksheets"]) == ("Feuil1", ["Feuil1", "Autre"])
    assert [c["field"] for c in other["columns"]] == ["name"]
    assert none["problem"] == {
        "code": "UNKNOWN_SHEET",
        "message": "There is no sheet 'Nulle part'; there are: 'Feuil1', 'Autre'.",
    }
    assert empty["problem"]["code"] == "HEADER_ROW_EMPTY"
    file = await importing.send(content, "a.xlsx")
    given = {"fileId": file, "sheet": "contacts", "headerRow": 21}
    assert await importing.tenant.refused("importCreate", **given) == [
        ("INVALID_HEADER_ROW", "headerRow")
    ]


async def test_r051_hidden_sheets_are_passed_over_unless_they_are_named(
    importing: Importing,
) -> None:
    batch = await importing.check(book(hidden), "a.xlsx")
    named = await importing.check(book(hidden), "a.xlsx", worksheet="Feuil1")

    assert (batch["worksheet"], batch["hiddenWorksheets"]) == ("Clients", ["Feuil1"])
    assert [row["cells"] for row in await importing.rows(batch)] == [["Shown"]]
    assert [row["cells"] for row in await importing.rows(named)] == [["Hidden"]]


async def test_r051_formulas_count_by_their_values_and_errors_are_none(
    importing: Importing,
) -> None:
    def write(opened: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["Nom", "Ville"])
        for at, (formula, value) in enumerate(
            [('="Dal"&"kia"', "Dalkia"), ("=A1", ""), ("=Nowhere!A1", "#REF!")], 1
        ):
            sheet.write_formula(at, 0, formula, None, value)
            sheet.write(at, 1, "Lyon")
        sheet.write_row(4, 0, ["#N/A", "Lyon"])

    batch = await importing.check(book(write), "a.xlsx")

    assert await importing.outcomes(batch) == [
        "CREATED",
        [("FORMULA_WITHOUT_VALUE", "name")],
        [("CELL_ERROR", "name")],
        [("CELL_ERROR", "name")],
    ]


async def test_r051_days_and_numbers_are_read_however_they_are_written(
    importing: Importing,
) -> None:
    tenant = importing.tenant
    group = await tenant.group("Imported contacts")
    for label, type_ in (("Since", "DATE"), ("Area", "DECIMAL")):
        await tenant.do("customFieldCreate", groupId=group, label=label, type=type_)

    batch = await importing.apply(
        workbook(["Nom", "Since", "Area", "Latitude", "Longitude"],
                 ["A", date(2026, 1, 31), 1234.5, 45.75, 4.85],
                 ["B", "31/01/2026", "1 234,5", "45,75", "4,85"],
                 ["C", "2026-01-31", "1.234,50", "45.75", "4.85"],
                 ["D", "31 janvier 2026", "1,234.50", 45.75, 4.85],
                 ["E", "31.02.2026", "beaucoup", 95, 4.85]),
        "a.xlsx",
    )  # fmt: skip

    assert await importing.outcomes(batch) == [
        "CREATED", "CREATED", "CREATED", "CREATED",
        [("INVALID_POSITION", "latitude"), ("INVALID_DATE", "custom.since"),
         ("INVALID_NUMBER", "custom.area")],
    ]  # fmt: skip
    found = await importing.contacts("latitude customValues { key display }")
    shown = [{v["key"]: v["display"].rstrip("0") for v in c["customValues"]} for c in found]
    assert shown == [{"since": "2026-01-31", "area": "1234.5"}] * 4
    assert {c["latitude"] for c in found} == {"45.750000"}


async def test_r051_blanks_that_nobody_sees_are_no_part_of_a_cell(importing: Importing) -> None:
    await importing.tenant.contact("Dalkia", reference="C1", town="Lyon")

    batch = await importing.check(
        table(
            [" R\u00e9f\u00e9rence\u00a0", "Ville", "Rue"],
            ["\u00a0C1 ", " Lyon\u200b", " \u00a0\t"],
        )
    )

    assert await importing.outcomes(batch) == ["UNCHANGED"]


async def test_r051_a_longer_row_is_refused_in_a_text_and_noted_in_a_workbook(
    importing: Importing,
) -> None:
    rows = [["Nom", "Ville"], ["Dalkia", "Lyon"], ["Engie", "Nantes", "un mot"]]

    text = await importing.check(table(*rows))
    sheet = await importing.check(workbook(*rows), "a.xlsx")

    assert await importing.outcomes(text) == ["CREATED", [("ROW_TOO_LONG", None)]]
    assert await importing.outcomes(sheet) == ["CREATED", "CREATED"]
    assert [n["code"] for n in (await importing.rows(sheet))[1]["notes"]] == [
        "CELLS_WITHOUT_HEADER"
    ]


async def test_r051_two_hundred_columns_are_read(importing: Importing) -> None:
    headers = ["Nom", *(f"Colonne {n}" for n in range(199))]

    batch = await importing.check(workbook(headers, ["Dalkia", *map(str, range(199))]), "a.xlsx")

    assert len(batch["columns"]) == 200
    assert await importing.outcomes(batch) == ["CREATED"]


@pytest.mark.parametrize(
    "content",
    [
        text_file("Référence;Nom", "C1;Été", encoding=encoding)
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252")
    ]
    + [
        text_file("Référence,Nom", "C1,Été"),
        text_file("Référence\tNom", "C1\tÉté"),
        text_file("sep=|", "Référence|Nom", "C1|Été"),
        text_file('"Référence";"Nom"', '"C1";"Été"'),
        b"R\xc3\xa9f\xc3\xa9rence;Nom\rC1;\xc3\x89t\xc3\xa9\r",
    ],
)
async def test_r051_texts_are_read_in_any_dialect(importing: Importing, content: bytes) -> None:
    batch = await importing.check(content)

    (row,) = await importing.rows(batch)
    assert (row["reference"], row["cells"], row["outcome"]) == ("C1", ["C1", "Été"], "CREATED")


async def test_r051_open_document_sheets_are_read(importing: Importing) -> None:
    batch = await importing.check(ods(["Référence", "Nom"], ["0012", "Été"]), "a.ods")

    (row,) = await importing.rows(batch)
    assert (row["reference"], row["cells"]) == ("0012", ["0012", "Été"])


async def test_r051_a_file_that_is_no_spreadsheet_is_not_imported(importing: Importing) -> None:
    file = await importing.desk.send(importing.tenant)

    assert await importing.tenant.refused("importCreate", fileId=file, sheet="contacts") == [
        ("NOT_A_SPREADSHEET", "fileId")
    ]
