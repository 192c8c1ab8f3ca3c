"""The table of stored documents."""

from __future__ import annotations

from typing import Any

from sqlalchemy import UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.kit.db import Base, Entity, Versioned


class StoredDocument(Entity, Versioned, Base):
    """A GraphQL text that may be run by its hash."""

    __tablename__ = "core_stored_document"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id",
            "digest",
            info={"refused": ("ALREADY_STORED", "This text is stored already.", "text")},
        ),
    )

    #: SHA-256 of the text in UTF-8, in hexadecimal.
    digest: Mapped[str]
    name: Mapped[str]
    text: Mapped[str]
    #: What it is planned with before anybody asks.
    example_variables: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
