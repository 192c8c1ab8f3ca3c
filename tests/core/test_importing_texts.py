"""Text files as programs write them, and as they break: each says what is wrong, and where."""

from __future__ import annotations

import codecs
import csv
import io
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest

from core.importing.reading import child, limits, tables
from core.importing.reading.refusals import Unreadable
from core.importing.reading.sheets import Row
from core.importing.wording import CODES
from tests.importing import Importing, table, text_file

HEADERS = "Référence;Nom"
LINES = (HEADERS, "C1;Été")


def cells(content: bytes) -> list[list[str]]:
    """What the reader makes of a text."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        return [row.cells for row in tables.read(Path(file.name))]


def refused(content: bytes) -> tuple[str, str]:
    with pytest.raises(Unreadable) as raised:
        cells(content)
    return raised.value.code, raised.value.message


@pytest.mark.parametrize(
    ("content", "problem", "said"),
    [
        (
            text_file(HEADERS, "C1;Été", "C2;À") + "\r\nC3;É".encode("cp1252"),
            "UNKNOWN_ENCODING",
            "The file is UTF-8, but for 1 characters, the first of them in line 4. "
            "Save it anew as UTF-8.",
        ),
        (
            text_file("Nom;Ville").decode().encode("cp1252") + b"\r\nCaf\xe9;a\x81",
            "UNKNOWN_ENCODING",
            "The file is no text in UTF-8, UTF-16 or Windows-1252.",
        ),
        (
            codecs.BOM_UTF16_LE + "Nom;Ville\r\na".encode("utf-16-le") + b"\x00\xd8;\x00",
            "UNKNOWN_ENCODING",
            "The file is no text in UTF-8, UTF-16 or Windows-1252.",
        ),
        (
            text_file("Nom;Notes", "A;x", f"B;{'y' * 131_069}"),
            "CELL_TOO_LONG",
            "In row 3 a cell has more than 131068 characters.",
        ),
        (
            text_file("Nom;Ville", 'A;"Lyon', "B;Nantes", 'C;"Brest', "D;Metz"),
            "QUOTES_UNBALANCED",
            "In row 2 a text doesn't end: a quotation mark opens it, and none closes it.",
        ),
        (
            text_file("Nom;Ville", 'A;"' + 140_000 * "Lyon\r\n"),
            "QUOTES_UNBALANCED",
            "In row 2 a text doesn't end: a quotation mark opens it, and none closes it.",
        ),
    ],
    ids=["both", "neither", "half a letter", "a long cell", "two quotes", "a quote and much text"],
)
def test_r051_a_text_that_cannot_be_read_says_where(
    content: bytes, problem: str, said: str
) -> None:
    assert refused(content) == (problem, said)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (text_file(*LINES, encoding="utf-32"), [["Référence", "Nom"], ["C1", "Été"]]),
        (text_file("sep=\t", "Nom\tVille", "A;B\tC"), [["Nom", "Ville"], ["A;B", "C"]]),
        (text_file('"sep=;"', "Nom;Ville", "A,B;C"), [["Nom", "Ville"], ["A,B", "C"]]),
        (b"Nom;Ville\rA;B\nC;D\r\n\nE;F",
         [["Nom", "Ville"], ["A", "B"], ["C", "D"], [], ["E", "F"]]),
        (text_file("Nom;Ville", 'A;"x\ry\nz\r\n""w"""'),
         [["Nom", "Ville"], ["A", 'x\ry\nz\r\n"w"']]),
        (text_file("Nom;Ville", 'Café "Le Lyon";12" x', '"Le Lyon" SARL;"a ""b"" c"'),
         [["Nom", "Ville"], ['Café "Le Lyon"', '12" x'], ["Le Lyon SARL", 'a "b" c']]),
        (text_file("Nom;Code", 'A;="00123"', 'B;"=""00124"""', 'C;="1"&"2"'),
         [["Nom", "Code"], ["A", "00123"], ["B", "00124"], ["C", '="1"&"2"']]),
        (text_file("Nom;Montant", "A, SA;12,50 €", "B, SA;1,5", encoding="cp1252"),
         [["Nom", "Montant"], ["A, SA", "12,50 €"], ["B, SA", "1,5"]]),
        (text_file("Nom;Ville", "A;x\x1e", "\x1e", "B;y", encoding="utf-16"),
         [["Nom", "Ville"], ["A", "x\x1e"], ["\x1e"], ["B", "y"]]),
        (text_file("Nom", "Dalkia, Lyon", "Engie"), [["Nom"], ["Dalkia, Lyon"], ["Engie"]]),
        (b"", []),
    ],
)  # fmt: skip
def test_r051_a_text_is_read_as_it_was_meant(content: bytes, found: list[list[str]]) -> None:
    assert cells(content) == found


async def test_r051_a_zero_in_a_text_is_refused_with_its_row(importing: Importing) -> None:
    """The database takes it in no text; the other rows are none the worse."""
    content = text_file("Référence;Nom", "C1;Dal\0kia", "C2;Engie", encoding="utf-16")

    batch = await importing.apply(content)

    assert batch["job"]["state"] == "SUCCEEDED"
    assert await importing.outcomes(batch) == [[("INVALID_CHARACTERS", "name")], "CREATED"]
    assert await importing.contacts() == [{"name": "Engie", "reference": "C2"}]
    corrected = (await importing.report(batch, format="CSV")).replace(b"\x1a", b"")
    again = await importing.apply(corrected)
    assert await importing.outcomes(again) == ["CREATED"]
    assert [c["name"] for c in await importing.contacts()] == ["Dalkia", "Engie"]


async def test_r051_headers_that_are_said_once_more_are_no_row(importing: Importing) -> None:
    """Under the first, in the other language; or where one file was put behind another."""
    batch = await importing.apply(
        table(["Référence", "Nom", "Truc"], ["reference", "name", ""], ["C1", "Dalkia", "x"],
              ["RÉFÉRENCE ", "nom", "truc"], ["C2", "Nom", "Truc"], ["", "Référence", ""])
    )  # fmt: skip

    assert await importing.outcomes(batch) == [
        [("HEADERS_AGAIN", None)], "CREATED", [("HEADERS_AGAIN", None)], "CREATED", "CREATED",
    ]  # fmt: skip
    assert {c["name"] for c in await importing.contacts()} == {"Dalkia", "Nom", "Référence"}


async def test_r051_a_row_that_is_too_long_comes_back_with_all_that_it_had(
    importing: Importing,
) -> None:
    """Sent again as it is, it is refused again, by both kinds of file; corrected, it is read."""
    batch = await importing.apply(
        table(["Référence", "Rue", "Nom"], ["C1", "12 rue A", "Dalkia"],
              ["C2", "12 rue A", "bât. B", "Engie"], ["C3", "", ""])
    )  # fmt: skip
    assert await importing.outcomes(batch) == [
        "CREATED", [("ROW_TOO_LONG", None)], [("NAME_EMPTY", "name")],
    ]  # fmt: skip

    as_text = await importing.report(batch, format="CSV", language="fr")
    as_book = await importing.report(batch, format="XLSX", language="fr")

    lines = list(csv.reader(io.StringIO(as_text.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert lines[0] == ["Référence", "Rue", "Nom", "Ligne refusée", "Refusée parce que", ""]
    assert [[*line[:4], *line[5:]] for line in lines[1:]] == [
        ["C2", "12 rue A", "bât. B", "3", "Engie"], ["C3", "", "", "4"],
    ]  # fmt: skip
    for content, name in ((as_text, "a.csv"), (as_book, "a.xlsx")):
        again = await importing.check(content, name)
        assert await importing.outcomes(again) == [
            [("ROW_TOO_LONG", None)], [("NAME_EMPTY", "name")],
        ]  # fmt: skip
    corrected = table(lines[0], ["C2", "12 rue A, bât. B", "Engie", "3", "", ""])
    again = await importing.apply(corrected)
    assert await importing.outcomes(again) == ["CREATED"]
    assert await importing.contacts("name street") == [
        {"name": "Dalkia", "street": "12 rue A"}, {"name": "Engie", "street": "12 rue A, bât. B"},
    ]  # fmt: skip


async def test_r051_a_report_of_columns_that_were_mapped_by_hand_is_understood(
    importing: Importing,
) -> None:
    content = table(["Truc", "Machin", "Bidule", "Machin"], ["C1", "Dalkia", "lyon@", "?"],
                    ["C2", "Engie", "e@engie.fr", "?"])  # fmt: skip
    read = await importing.read(content)
    columns = ["reference", "name", "email", None]
    await importing.do("importCheck", read["id"], columns=columns)
    batch = await importing.do("importApply", read["id"])
    assert await importing.outcomes(batch) == [[("INVALID_EMAIL", "email")], "CREATED"]

    report = await importing.report(batch, format="CSV", language="en")
    again = await importing.apply(report.replace(b"lyon@", b"lyon@dalkia.fr", 1))

    assert [c["field"] for c in again["columns"]] == [*columns, None, None]
    assert await importing.outcomes(again) == ["CREATED"]
    assert await importing.contacts("reference name email") == [
        {"reference": "C1", "name": "Dalkia", "email": "lyon@dalkia.fr"},
        {"reference": "C2", "name": "Engie", "email": "e@engie.fr"},
    ]
    once_more = await importing.check(report.replace(b"lyon@", b"lyon@dalkia.fr", 1))
    assert await importing.outcomes(once_more) == ["UNCHANGED"]


async def test_r051_what_says_who_it_is_and_no_more_changes_nothing(importing: Importing) -> None:
    await importing.tenant.contact("Dalkia", reference="C1", town="Lyon")

    batch = await importing.check(
        table(["Référence", "Nom", "Nom", "", "Code\npostal", "31/01/2026"],
              ["C1", "", "x", "y", "", "z"], ["C2", "", "x", "", "69003", ""])
    )  # fmt: skip

    assert [(c["header"], c["field"]) for c in batch["columns"]] == [
        ("Référence", "reference"), ("Nom", "name"), ("Nom", None), ("", None),
        ("Code\npostal", "postcode"), ("31/01/2026", None),
    ]  # fmt: skip
    assert await importing.outcomes(batch) == ["UNCHANGED", [("NAME_EMPTY", "name")]]


@pytest.mark.parametrize(
    ("limit", "value", "problem"),
    [
        ("MOST_ROWS", 2, ("TOO_MANY_ROWS", "The file has more than 2 rows. Send it in parts.")),
        ("MOST_CHARACTERS", 5,
         ("TOO_MANY_CHARACTERS", "All cells together have more than 5 characters.")),
    ],
)  # fmt: skip
def test_r058_what_is_too_much_is_said_with_how_much_is_allowed(
    limit: str, value: int, problem: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, limit, value)
    said: list[Any] = []
    monkeypatch.setattr(child, "_say", said.append)
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        file.write(text_file("Nom", "A", ";", "BCD"))
        file.flush()

        with pytest.raises(Unreadable) as refused:
            child._send(Path(file.name), None)

    assert (refused.value.code, refused.value.message) == problem
    assert all(isinstance(row, Row) for each in said for row in each.get("rows", ()))


async def test_r051_a_report_says_why_in_the_language_of_its_headers(importing: Importing) -> None:
    batch = await importing.check(
        table(["Référence", "Nom", "Parent", "Pays"], ["C1", "x" * 201, "", "Nulle part"],
              ["C2", "A", "C9", ""], ["C3", "A", "", ""], ["C3", "B", "C2", ""], ["C4", "", "", ""],
              ["C5", "A", "C1", ""])
    )  # fmt: skip

    async def reasons(language: str) -> list[str]:
        content = await importing.report(batch, format="CSV", language=language)
        lines = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";")
        return [line[5] for line in lines][1:]

    assert await reasons("fr") == [
        "Nom : il y a 201 caractères ; 200 sont admis.\nPays : « Nulle part » n'est pas un pays.",
        "Parent : il n'y a pas de contact « C9 », ni de ligne qui le crée.",
        "Référence : la ligne 5 concerne la même fiche : n'en gardez qu'une.",
        "Référence : la ligne 4 concerne la même fiche : n'en gardez qu'une.",
        "Nom : un contact doit avoir un nom.",
        "Parent : son parent, ligne 2, est refusé.",
    ]
    assert (await reasons("en"))[4:] == [
        "Nom: A new contact needs a name.", "Parent: Its parent 'C1', row 2, is refused.",
    ]  # fmt: skip


def test_all_that_the_page_of_imports_says_of_rows_is_said_in_french() -> None:
    page = (Path(__file__).parents[2] / "docs/imports.md").read_text()
    table_ = page.partition("| problem | |")[2].partition("\n\n")[0]
    codes = set(re.findall(r"`([A-Z_]{4,})`", table_))

    assert len(codes) > 20
    assert codes - CODES == {"CELLS_WITHOUT_HEADER"}  # a note, which refuses nothing
