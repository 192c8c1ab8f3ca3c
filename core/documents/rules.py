"""How stored documents are named by their text, and what may be kept beside it."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any

import orjson

from core.kit.errors import Refused

SCHEME = "sha256:"
#: So many can be planned at start and kept; who generates texts without end has lost the idea.
MOST_DOCUMENTS = 1000
MOST_EXAMPLE_BYTES = 20_000
#: The way back for a tenant whose callers may run stored documents only.
WAY_BACK = "tenantSettingsUpdate"

_DIGEST = re.compile(r"[0-9a-f]{64}")


def digest_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def is_digest(text: object) -> bool:
    return isinstance(text, str) and _DIGEST.fullmatch(text) is not None


def document_id(digest: str) -> str:
    """What a client sends as ``documentId``."""
    return SCHEME + digest


def shown_variables(given: str | None) -> Any:
    """Example variables as JSON has them."""
    return None if given is None else orjson.loads(given)


def check_examples(given: object) -> None:
    field = "exampleVariables"
    if given is not None and not isinstance(given, dict):
        raise Refused("INVALID_VARIABLES", "Variables are an object.", field)
    size = len(orjson.dumps(given))
    if size > MOST_EXAMPLE_BYTES:
        raise Refused(
            "INVALID_VARIABLES",
            f"The example has {size} bytes; {MOST_EXAMPLE_BYTES} are allowed.",
            field,
        )


def check_count(count: int) -> None:
    if count >= MOST_DOCUMENTS:
        raise Refused(
            "TOO_MANY_DOCUMENTS",
            f"{count} documents are stored, as many as are allowed. Remove one first.",
            None,
        )


def leads_back(text: str) -> bool:
    """Whether a document can end the mode in which only stored documents run."""
    return WAY_BACK in text
