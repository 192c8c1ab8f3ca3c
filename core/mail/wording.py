"""Days and amounts as a mail says them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo


def day(value: date | None, language: str) -> str | None:
    """24/11/2026, also in English: as Britain writes it, and not America."""
    return None if value is None else value.strftime("%d/%m/%Y")


def moment(value: datetime | None, zone: ZoneInfo, language: str) -> str | None:
    if value is None:
        return None
    local = value.astimezone(zone)
    at = "à" if language == "fr" else "at"
    return f"{day(local.date(), language)} {at} {local:%H:%M}"


def amount(value: Decimal | None, currency: str, language: str) -> str | None:
    """1 234,50 EUR in French, 1,234.50 EUR in English."""
    if value is None:
        return None
    shown = f"{value:,.2f}"
    if language == "fr":
        shown = shown.replace(",", "\u202f").replace(".", ",")
    return f"{shown}\u00a0{currency}"


def number(value: Decimal, language: str) -> str:
    """Without zeros that say nothing."""
    shown = f"{value.normalize():f}"
    return shown.replace(".", ",") if language == "fr" else shown
