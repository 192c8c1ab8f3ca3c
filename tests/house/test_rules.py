"""The page of rules says which tests keep each of them."""

from __future__ import annotations

from tests.house.rules import PAGE, page


def test_the_page_of_rules_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run: python -m tests.house.rules"
