"""Addresses: suggested while typing, and looked up by postcode."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.crm.services.addresses import france
from tests.cast import Tenant

SUGGEST = """query($text: String!, $first: Int! = 5) {
  addressSuggestions(text: $text, first: $first) {
    street postcode town country latitude longitude } }"""
OF = """query($id: ID!) { contact(id: $id) { town latitude longitude version
  geofence { radiusM isDefault } site { positionProvenance addressProvenance timeZone } } }"""


async def suggested(tenant: Tenant, text: str, **more: Any) -> list[tuple[str | None, str, str]]:
    found = (await tenant.ask(SUGGEST, text=text, **more))["addressSuggestions"]
    return [(each["street"], each["postcode"], each["town"]) for each in found]


async def test_r023_towns_are_suggested_while_typing(tenant: Tenant) -> None:
    assert (await suggested(tenant, "saint etienne du rouv"))[0] == (
        None, "76800", "Saint-Étienne-du-Rouvray",
    )  # fmt: skip
    assert (None, "69001", "Lyon") in await suggested(tenant, "Lyon", first=9)
    assert await suggested(tenant, "12 rue de la Paix, 75002") == [
        ("12 rue de la Paix", "75002", "Paris")
    ]
    assert await suggested(tenant, "01400 L’Abergem") == [
        (None, "01400", "L'Abergement-Clémenciat")
    ]
    assert [p for _, p, _ in await suggested(tenant, "3810", first=1)] == ["38100"]
    assert len(await suggested(tenant, "saint", first=20)) == 20


@pytest.mark.parametrize("text", ["", "  ", "zzzzzz", "99999", "é" * 200, "'; --", "0" * 30])
async def test_r023_no_match_is_an_empty_list(tenant: Tenant, text: str) -> None:
    assert await suggested(tenant, text) == []


async def test_r023_what_is_too_much_is_an_error(tenant: Tenant) -> None:
    for given in ({"text": "x" * 201}, {"text": "Lyon", "first": 21}):
        answer = await tenant.answer(SUGGEST, **given)
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_r023_a_postcode_alone_gives_address_and_geofence(tenant: Tenant) -> None:
    contact = await tenant.contact("Site", postcode="38100")

    await tenant.do("contactLocate", contactId=contact)

    found = (await tenant.ask(OF, id=contact))["contact"]
    assert found["town"] == "Grenoble"
    assert (float(found["latitude"]), float(found["longitude"])) == (45.1866, 5.7363)
    assert found["geofence"] == {"radiusM": 20, "isDefault": True}
    assert found["site"] == {
        "positionProvenance": "PROVIDER",
        "addressProvenance": "PROVIDER",
        "timeZone": "Europe/Paris",
    }


async def test_r023_the_town_that_was_said_decides_and_stays(tenant: Tenant) -> None:
    contact = await tenant.contact("Site", postcode="01400", town="SANDRANS")

    await tenant.do("contactLocate", contactId=contact)

    found = (await tenant.ask(OF, id=contact))["contact"]
    assert (found["town"], found["latitude"]) == ("SANDRANS", "46.063600")
    assert found["site"]["addressProvenance"] == "MANUAL"


async def test_r023_a_failed_look_up_blocks_nothing_and_manual_stays(tenant: Tenant) -> None:
    async def refused(**columns: Any) -> Any:
        contact = await tenant.contact("Site", **columns)
        before = await tenant.ask(OF, id=contact)
        found = await tenant.refused("contactLocate", contactId=contact)
        assert await tenant.ask(OF, id=contact) == before
        return found

    assert await refused() == [("NO_POSTCODE", "contactId")]
    assert await refused(postcode="99999") == [("POSTCODE_UNKNOWN", "contactId")]
    assert await refused(postcode="38100", country="DE") == [("POSTCODE_UNKNOWN", "contactId")]
    by_hand = {"postcode": "38100", "latitude": "45.7", "longitude": "4.8"}
    assert await refused(**by_hand) == [("POSITION_IS_MANUAL", "contactId")]
    contact = await tenant.contact("Site", postcode="38100")
    assert await tenant.refused("contactLocate", contactId=contact, version=9) == [
        ("STALE_VERSION", "version")
    ]


def test_r023_every_town_has_a_place_in_france_or_overseas() -> None:
    towns = [town for found in france._known().by_postcode.values() for town in found]

    assert len(towns) == 35_308
    assert all(-90 < float(t.latitude) < 90 and -180 < float(t.longitude) < 180 for t in towns)
    assert all(len(t.postcode) == 5 and t.postcode.isdigit() and t.name for t in towns)
