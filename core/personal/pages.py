"""The pages that people read: all that is held on somebody, and the certificate of an erasure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from core.mail.wording import day, moment

if TYPE_CHECKING:
    from core.personal.services.archives import Archive

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
    "color:#1f2937}h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid #d1d5db;padding:.3rem .5rem;"
    "text-align:left;vertical-align:top;overflow-wrap:anywhere}th{background:#f3f4f6}"
)
_WORDS = {
    "fr": {
        "archive": "Données à caractère personnel",
        "archive_intro": "Tout ce qui est conservé au sujet de {name}, le {at}.",
        "mentions": "Textes qui nomment la personne",
        "history": "Historique des modifications",
        "files": "Fichiers joints à cette archive",
        "table": "Table",
        "text": "Texte",
        "at": "Date",
        "action": "Action",
        "changes": "Avant → après",
        "certificate": "Certificat d'effacement",
        "certificate_intro": "Les données de la personne connue sous l'identifiant {id} ont été "
        "effacées ou rendues anonymes le {at}, à la demande de {by}.",
        "held": "Données",
        "treatment": "Sort",
        "rows": "Lignes",
        "why": "Explication",
        "remarks": "Remarques",
        "ERASED": "Effacées",
        "PSEUDONYMISED": "Pseudonymisées",
        "KEPT": "Conservées",
        "yes": "oui",
        "no": "non",
        "none": "Rien d'autre n'était conservé.",
    },
    "en": {
        "archive": "Personal data",
        "archive_intro": "All that is held on {name}, as of {at}.",
        "mentions": "Texts that name the person",
        "history": "What was changed",
        "files": "Files in this archive",
        "table": "Table",
        "text": "Text",
        "at": "Date",
        "action": "Action",
        "changes": "Before → after",
        "certificate": "Certificate of erasure",
        "certificate_intro": "What was known of the person with the id {id} was erased or "
        "pseudonymised on {at}, on behalf of {by}.",
        "held": "Data",
        "treatment": "What became of it",
        "rows": "Rows",
        "why": "Explanation",
        "remarks": "Remarks",
        "ERASED": "Erased",
        "PSEUDONYMISED": "Pseudonymised",
        "KEPT": "Kept",
        "yes": "yes",
        "no": "no",
        "none": "Nothing else was held.",
    },
}


@dataclass(frozen=True)
class Chapter:
    """Rows of one table, with what their columns are called."""

    table: str
    title: str
    labels: Mapping[str, str]
    rows: Sequence[Mapping[str, Any]]


def language_of(*wanted: str | None) -> str:
    """The first of the languages that pages are written in: French, unless English is."""
    for each in wanted:
        code = (each or "").partition("-")[0].lower()
        if code in _WORDS:
            return code
    return "fr"


def archive_page(archive: Archive, at: datetime) -> str:
    words, zone, language = _WORDS[archive.language], archive.zone, archive.language

    def shown(value: Any) -> str:
        return _shown(value, zone, language)

    intro = words["archive_intro"].format(name=archive.name, at=moment(at, zone, language))
    parts = [f"<p>{escape(intro)}</p>"]
    for chapter in archive.chapters:
        names = [name for name in chapter.labels if any(r[name] is not None for r in chapter.rows)]
        lines = [[shown(row[name]) for name in names] for row in chapter.rows]
        parts += [_heading(chapter.title), _table([chapter.labels[n] for n in names], lines)]
    if archive.mentions:
        lines = [
            [mention["table"], shown(text)]
            for mention in archive.mentions
            for text in mention["texts"].values()
        ]
        parts += [_heading(words["mentions"]), _table([words["table"], words["text"]], lines)]
    if archive.history:
        lines = [
            [
                shown(datetime.fromisoformat(entry["at"])),
                entry["action"],
                "; ".join(
                    f"{name}: {shown(before)} → {shown(after)}"
                    for name, (before, after) in entry["changes"].items()
                ),
            ]
            for entry in archive.history
        ]
        head = [words["at"], words["action"], words["changes"]]
        parts += [_heading(words["history"]), _table(head, lines)]
    if archive.files:
        parts += [_heading(words["files"]), _list([file.filename for file in archive.files])]
    return _page(words["archive"], language, parts)


@dataclass(frozen=True)
class Certificate:
    """What an erasure did, as it is told afterwards: no word of whom."""

    identifier: str
    at: datetime
    by: str
    #: Title, treatment, rows, explanation.
    lines: Sequence[tuple[str, str, int, str]]
    remarks: Sequence[str]


def certificate_page(certificate: Certificate, zone: ZoneInfo, language: str) -> str:
    words = _WORDS[language]
    intro = words["certificate_intro"].format(
        id=certificate.identifier, at=moment(certificate.at, zone, language), by=certificate.by
    )
    head = [words["held"], words["treatment"], words["rows"], words["why"]]
    lines = [[title, words[what], str(rows), why] for title, what, rows, why in certificate.lines]
    parts = [f"<p>{escape(intro)}</p>", _table(head, lines)]
    if certificate.remarks:
        parts += [_heading(words["remarks"]), _list(certificate.remarks)]
    return _page(words["certificate"], language, parts)


def _shown(value: Any, zone: ZoneInfo, language: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _WORDS[language]["yes" if value else "no"]
    if isinstance(value, datetime):
        return moment(value, zone, language) or ""
    if isinstance(value, date):
        return day(value, language) or ""
    if isinstance(value, list):
        return ", ".join(_shown(each, zone, language) for each in value)
    return str(value)


def _heading(text: str) -> str:
    return f"<h2>{escape(text)}</h2>"


def _list(texts: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in texts) + "</ul>"


def _table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    cells = "".join(f"<th>{escape(text)}</th>" for text in head)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(text)}</td>" for text in line) + "</tr>" for line in lines
    )
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{rows}</tbody></table>"


def _page(title: str, language: str, parts: Sequence[str]) -> str:
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{''.join(parts)}</body></html>"
    )
