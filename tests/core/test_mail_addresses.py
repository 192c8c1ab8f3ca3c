"""Which addresses mails can go to: the usual ones are read without a parser, and no others so."""

from __future__ import annotations

from email.headerregistry import Address

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.mail.rules.addresses import deliverable

#: What addresses are made of, good and bad.
PIECES = st.lists(
    st.sampled_from([*"aZ0.-_+@!#%'\"\\ ,;:<>()[]é", "..", "exemple", ".fr", "xn--"]), max_size=14
).map("".join)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(PIECES, st.builds("{}@{}.fr".format, PIECES, PIECES)))
def test_r047_an_address_that_is_taken_is_one_to_a_parser_too(given: str) -> None:
    taken = deliverable(given)

    if taken is not None:
        read = Address(addr_spec=taken)
        assert read.addr_spec == taken
        assert taken.isascii()
        assert not set(taken) & set(' ,;:<>()[]\\"\r\n')


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("Ada.Lovelace+news@Exemple.fr", "Ada.Lovelace+news@Exemple.fr"),
        (" ada@exemple.fr ", "ada@exemple.fr"),
        ("o'neill@exemple.co.uk", "o'neill@exemple.co.uk"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada..x@exemple.fr", None),
        (".ada@exemple.fr", None),
        ("ada@exemple", None),
        ("ada@-exemple.fr", "ada@-exemple.fr"),
        ("évé@exemple.fr", None),
        (f"ada@{'x' * 64}.fr", None),
        ("ada@exemple.fr\r\nBcc: x@y.fr", None),
        (None, None),
    ],
)
def test_r047_addresses_that_servers_take(given: str | None, taken: str | None) -> None:
    assert deliverable(given) == taken
