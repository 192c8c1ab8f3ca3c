"""What the fields of a contact must be like."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contacts import rules
from core.kit.errors import Refused


@pytest.mark.parametrize(
    "typed",
    ["+33612345678", "33612345678", "06 12 34 56 78", "06.12.34.56.78", "+33 (0)6 12 34 56 78"],
)
def test_r056_a_french_number_means_the_same_however_it_is_written(typed: str) -> None:
    assert rules.e164(typed, "FR") == "+33612345678"


@given(st.from_regex(r"0[1-9]([ .-]?[0-9]{2}){4}", fullmatch=True))
def test_r056_what_is_said_of_french_numbers_is_what_the_library_says(typed: str) -> None:
    assert rules.e164(typed, "FR") == rules.any_e164(typed, "FR") is not None


def test_a_number_without_prefix_is_one_of_the_tenants_country() -> None:
    assert rules.e164("020 7946 0958", "GB") == "+442079460958"
    assert rules.e164("0471 12 34 56", "BE") == "+32471123456"


@pytest.mark.parametrize("typed", ["", "desk", "12", "+999 123", "0" * 30])
def test_what_is_no_number_means_none(typed: str) -> None:
    assert rules.e164(typed, "FR") is None


def test_there_are_249_countries() -> None:
    assert len(rules.COUNTRIES) == 249
    assert rules.country(" gb ") == "GB"
    for wrong in ("UK", "FRA", "X"):
        with pytest.raises(Refused):
            rules.country(wrong)


@pytest.mark.parametrize(
    "address", ["a@b.fr", "jean.dupont+site@sub.example.com", "é@exämple.de", "x@y.xn--p1ai"]
)
def test_an_address_that_mail_could_reach_is_kept(address: str) -> None:
    assert rules.email(f" {address} ") == address


@pytest.mark.parametrize(
    "address", ["a", "a@b", "a b@c.fr", "a@@b.fr", "<a@b.fr>", "a@.fr", "@b.fr"]
)
def test_an_address_that_mail_could_not_reach_is_refused(address: str) -> None:
    with pytest.raises(Refused) as refused:
        rules.email(address)
    assert refused.value.reason == "INVALID_EMAIL"


@pytest.mark.parametrize("address", ["http://a.fr", "https://a.fr:8443/x?y=1#z", "HTTPS://a.fr"])
def test_a_web_address_is_kept(address: str) -> None:
    assert rules.website(address) == address


@pytest.mark.parametrize(
    "address",
    ["a.fr", "ftp://a.fr", "javascript:alert(1)", "https://", "https://[::1", "https://a b.fr"],
)
def test_what_a_browser_should_not_follow_is_refused(address: str) -> None:
    with pytest.raises(Refused) as refused:
        rules.website(address)
    assert refused.value.reason == "INVALID_WEBSITE"


@pytest.mark.parametrize("text", ["a\x00b", "a\nb", "a\u2028b", "a\ud800b", "a\x9fb"])
def test_a_line_has_no_control_characters(text: str) -> None:
    with pytest.raises(Refused) as refused:
        rules.text(text, "town")
    assert refused.value.reason == "INVALID_CHARACTERS"


def test_information_may_have_lines() -> None:
    assert rules.text("a\n\tb", "information") == "a\n\tb"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "90.0000001"])
def test_a_latitude_that_is_not_on_earth_is_refused(number: str) -> None:
    with pytest.raises(Refused):
        rules.position(Decimal(number), Decimal(0))


@given(st.decimals(-90, 90), st.decimals(-180, 180))
def test_a_position_on_earth_is_kept_to_a_tenth_of_a_metre(
    latitude: Decimal, longitude: Decimal
) -> None:
    kept = rules.position(latitude, longitude)

    assert kept == (round(latitude, 6), round(longitude, 6))
    assert abs(kept[0]) <= 90
    assert abs(kept[1]) <= 180
