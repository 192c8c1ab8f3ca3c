"""Where a mail goes, and which addresses no mail can go to."""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.headerregistry import Address

from core.contacts import rules as contact_rules
from core.kit.errors import Refused

#: What the recipient column of a header may be long; names beyond are cut.
NAME_LENGTH = 100


#: Addresses as nearly all are, which need no parser: of many, it takes most of the time.
_USUAL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+"
)


def deliverable(given: str | None) -> str | None:
    """The address as servers read it; None if it is none, or has letters few servers take."""
    try:
        address = contact_rules.email(given)
        if address is None or _USUAL.fullmatch(address):
            return address
        local, _, domain = address.rpartition("@")
        whole = f"{local}@{domain.encode('idna').decode('ascii')}"
        whole.encode("ascii")
        Address(addr_spec=whole)
    except (Refused, UnicodeError, HeaderParseError, ValueError, IndexError):
        return None
    return whole


def address_key(address: str) -> str:
    """What tells addresses apart: nobody's mail server minds capitals."""
    return address.lower()


def mailbox(name: str | None, address: str) -> Address:
    """A name and an address for a header; whatever the name holds, it ends where it should."""
    shown = one_line(name or "")[:NAME_LENGTH].strip()
    return Address(display_name=shown, addr_spec=address)


def one_line(value: str) -> str:
    """*value* as a header can hold it: without line breaks and other controls."""
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())
