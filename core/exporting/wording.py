"""What is said of a file to whoever gets it, in French and English."""

from __future__ import annotations

from datetime import datetime

from core.mail.rules.templates import Filled

_SUBJECTS = {"fr": "Export : {title}", "en": "Export: {title}"}
_TEXTS = {
    "fr": """{who} vous envoie « {title} » de {tenant} ({rows}).

{url}

Le lien ouvre le fichier jusqu'au {until:%d/%m/%Y à %H:%M}, sans mot de passe : ne le transmettez
qu'à qui peut voir ces données.
""",
    "en": """{who} sends you "{title}" of {tenant} ({rows}).

{url}

The link opens the file until {until:%d/%m/%Y at %H:%M}, without a password: pass it on to nobody
who may not see this data.
""",
}
_ROWS = {"fr": ("ligne", "lignes"), "en": ("row", "rows")}
_CUT = {
    "fr": "Ligne {row}, « {header} » : {characters} caractères, une cellule en tient 32767. La "
    "suite n'est pas dans ce fichier : demandez CSV ou JSONL.",
    "en": "Row {row}, “{header}”: {characters} characters, and a cell holds 32767. What is left "
    "out is marked: ask for CSV or JSONL to have it.",
}


def letter(
    language: str, *, who: str, tenant: str, title: str, rows: int, url: str, until: datetime
) -> Filled:
    one, many = _ROWS[language]
    counted = f"{rows} {one if rows < 2 else many}"  # in French, none is one, too
    said = _TEXTS[language].format(
        who=who, tenant=tenant, title=title, rows=counted, url=url, until=until
    )
    return Filled(_SUBJECTS[language].format(title=title), None, said)


def was_cut(language: str, row: int, header: str, characters: int) -> str:
    return _CUT[language].format(row=row, header=header, characters=characters)
