"""Sort keys: text as people expect it ordered, whatever the database's collation knows."""

from __future__ import annotations

import unicodedata


def sort_key(text: str) -> str:
    """*text* in lower case and without accents: "Établissements" sorts among the E's."""
    if text.isascii():
        return text.lower().strip()
    decomposed = unicodedata.normalize(
        "NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae")
    )
    return "".join(c for c in decomposed if not unicodedata.combining(c)).strip()
