"""Totals are exact: whatever the lines, nothing but the last step rounds, and that half up."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kit.errors import Refused
from plugins.finance import rules
from plugins.finance.rules import Line, PaymentState

RATES = {"VAT20": "20", "VAT10": "10", "VAT5.5": "5.5", "VAT8.875": "8.875", "NONE": "0"}


def decimals(places: int, least: int, most: int) -> st.SearchStrategy[Decimal]:
    return st.integers(least * 10**places, most * 10**places).map(
        lambda n: Decimal(n).scaleb(-places)
    )


@st.composite
def lines(draw: st.DrawFn) -> Line:
    code = draw(st.sampled_from(sorted(RATES)))
    return Line(
        description="Work",
        quantity=draw(decimals(4, -9_999_999_999, 9_999_999_999)),
        unit_price=draw(decimals(4, -9_999_999_999, 9_999_999_999)),
        discount=draw(decimals(2, 0, 100)),
        tax_code=code,
        tax_rate=Decimal(RATES[code]),
    )


def fraction(line: Line) -> Fraction:
    return (
        Fraction(line.quantity) * Fraction(line.unit_price) * (100 - Fraction(line.discount)) / 100
    )


def half_up(amount: Fraction) -> Decimal:
    """To the cent, by whole numbers only; half goes away from zero."""
    cents, rest = divmod(abs(amount) * 100, 1)
    whole = int(cents) + (rest >= Fraction(1, 2))
    return Decimal(whole if amount >= 0 else -whole).scaleb(-2)


@given(st.lists(lines(), max_size=20))
def test_r069_totals_are_those_of_fractions_rounded_once_per_tax_code(given_: list[Line]) -> None:
    found = rules.totals(given_)

    for of_code in found.by_code:
        exact = sum((fraction(x) for x in given_ if x.tax_code == of_code.tax_code), Fraction())
        net = half_up(exact)
        assert of_code.total_excl_tax == net
        assert of_code.total_tax == half_up(Fraction(net) * Fraction(of_code.tax_rate) / 100)


@given(st.lists(lines(), max_size=20))
def test_r069_the_totals_of_a_document_are_the_sums_of_those_per_tax_code(
    given_: list[Line],
) -> None:
    found = rules.totals(given_)

    assert found.total_excl_tax == sum(t.total_excl_tax for t in found.by_code)
    assert found.total_tax == sum(t.total_tax for t in found.by_code)
    assert found.total_incl_tax == found.total_excl_tax + found.total_tax
    assert sorted({x.tax_code for x in given_}) == [t.tax_code for t in found.by_code]


@given(st.lists(lines(), max_size=20), st.randoms())
def test_r069_the_order_of_the_lines_changes_no_total(given_: list[Line], random: object) -> None:
    shuffled = list(given_)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert rules.totals(shuffled) == rules.totals(given_)


@given(st.lists(lines(), max_size=20))
def test_r069_no_amount_is_ever_a_float_or_has_more_than_two_decimals(given_: list[Line]) -> None:
    found = rules.totals(given_)

    amounts = [found.total_excl_tax, found.total_tax, found.total_incl_tax]
    for of_code in found.by_code:
        amounts += [of_code.total_excl_tax, of_code.total_tax]
    for amount in amounts:
        assert type(amount) is Decimal
        assert amount.as_tuple().exponent == -2


def made(quantity: str, unit_price: str, tax: str = "20", discount: str = "0") -> Line:
    return Line(
        "Work", Decimal(quantity), Decimal(unit_price), f"VAT{tax}", Decimal(tax), Decimal(discount)
    )


@pytest.mark.parametrize(
    ("given_", "excl", "tax"),
    [
        ([made("3", "0.335")], "1.01", "0.20"),  # 1.005 is rounded up, not to even
        ([made("1", "0.005"), made("1", "0.005")], "0.01", "0.00"),  # together, then rounded
        ([made("1", "0.005", "20"), made("1", "0.005", "10")], "0.02", "0.00"),  # per code
        ([made("1", "0.125", "20")], "0.13", "0.03"),  # 0.026
        ([made("2.5", "19.99", "5.5", "10")], "44.98", "2.47"),  # 44.9775, 2.4739
        ([], "0.00", "0.00"),
    ],
)
def test_r069_half_a_cent_is_rounded_up_once_per_tax_code(
    given_: list[Line], excl: str, tax: str
) -> None:
    found = rules.totals(given_)

    assert (found.total_excl_tax, found.total_tax) == (Decimal(excl), Decimal(tax))


@given(decimals(2, 1, 1_000_000), st.data())
def test_r069_payments_never_exceed_what_is_owed(total: Decimal, data: st.DataObject) -> None:
    paid = data.draw(st.integers(0, int(total * 100)).map(lambda n: Decimal(n).scaleb(-2)))
    rest = total - paid

    if rest:
        assert rules.checked_payment("INVOICE", total, paid, rest) == rest
    with pytest.raises(Refused) as refused:
        rules.checked_payment("INVOICE", total, paid, rest + Decimal("0.01"))
    assert refused.value.reason == "OVERPAID"
    expected = PaymentState.PAID if not rest else PaymentState.PART_PAID
    assert rules.payment_state(total, paid) == (expected if paid else PaymentState.UNPAID)


def test_r069_rounding_here_is_what_python_calls_half_up() -> None:
    for cents in range(-2000, 2000):
        amount = Decimal(cents).scaleb(-3)
        assert rules.half_up(amount) == amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert rules.half_up(amount) == half_up(Fraction(amount))
