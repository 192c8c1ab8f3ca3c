"""Addresses that others know: asked over HTTP, while people type and after contacts are saved."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from core.contacts.services import update_contact
from core.kit.jobs import Night
from core.kit.session import Channel
from core.kit.settings import Settings
from gateway.backstage import Backstage
from gateway.delivery import deliver_all
from plugins.crm.jobs import look_up
from tests.cast import House, Tenant
from tests.geocoders import KEY, Answer, Asked, Geocoder, as_usual, says

SUGGEST = """query($text: String!) { addressSuggestions(text: $text) {
  label street postcode town country latitude longitude precision placeId provider } }"""
OF = """query($id: ID!) { contact(id: $id) { town latitude longitude version
  geofence { isDefault } site { positionProvenance lookedUpBy lookUpError } } }"""
BROKEN = [
    says({}, 500),
    says({}, 429),
    says(b"<html>"),
    says({"error": "quota"}),
    says({"features": 1, "results": 1, "suggestions": 1}),
    says(b"x" * 1_100_000),
    says({}, 302, Location="http://127.0.0.1:1/"),
]
UNKNOWN = {"features": [], "results": [], "suggestions": [], "status": "ZERO_RESULTS"}
FELIX = {"street": "3 rue Félix Poulat", "postcode": "38000", "town": "Grenoble", "country": "FR"}


@pytest_asyncio.fixture(loop_scope="session")
async def server() -> AsyncIterator[Geocoder]:
    async with Geocoder.open() as opened:
        yield opened


def asking(tenant: Tenant, server: Geocoder, provider: str) -> Tenant:
    """The tenant, on an installation that asks *provider*, which is *server*."""
    names = ("IGN", "PHOTON", "GOOGLE", "GOOGLE_GEOCODING")
    settings = tenant.house.settings.model_copy(
        update={
            "address_provider": provider,
            "address_urls": dict.fromkeys(names, server.url),
            "address_keys": Settings.model_validate({"address_keys": {"GOOGLE": KEY}}).address_keys,
        }
    )
    # Of its own, so that no test finds a server left alone by another.
    house = replace(tenant.house, settings=settings, outside=type(tenant.house.outside)())
    return replace(tenant, house=house)


@pytest_asyncio.fixture(loop_scope="session")
async def ign(tenant: Tenant, server: Geocoder) -> AsyncIterator[Tenant]:
    made = asking(tenant, server, "IGN")
    yield made
    await made.house.outside.close()


async def suggested(tenant: Tenant, text: str) -> Any:
    return (await tenant.ask(SUGGEST, text=text))["addressSuggestions"]


async def of(tenant: Tenant, contact: str) -> Any:
    return (await tenant.ask(OF, id=contact))["contact"]


async def deliver(tenant: Tenant) -> int:
    """What workers do after the commit."""
    async with Backstage.open(tenant.house.settings, tenant.house.modules) as backstage:
        found = await backstage.tenant(tenant.id)
        assert found is not None
        return await deliver_all(backstage, found)


async def night(tenant: Tenant, monkeypatch: Any, later: timedelta = timedelta()) -> int:
    """What the nightly job does, so much *later*; then what it has said is due."""
    monkeypatch.setattr("plugins.crm.jobs.get_settings", lambda: tenant.house.settings)
    async with tenant.session() as session:
        session.now = session.sync_session.info["now"] = session.now + later
        modules = tenant.house.modules.only(tenant.modules)
        done = await look_up(session, Night(date(2026, 11, 24), ZoneInfo("Europe/Paris"), modules))
    await deliver(tenant)
    return done


async def test_r023_ign_suggests_addresses_by_the_house(ign: Tenant, server: Geocoder) -> None:
    first, second = await suggested(ign, " 10  rue de la Paix ")

    assert first == {
        "label": "10 rue de la Paix, 75002 Paris", "street": "10 rue de la paix",
        "postcode": "75002", "town": "Paris", "country": "FR", "latitude": "48.869067",
        "longitude": "2.331264", "precision": "HOUSE", "placeId": None, "provider": "IGN",
    }  # fmt: skip
    assert (second["town"], second["precision"]) == ("Grenoble", "STREET")
    assert server.asked[0].params == {
        "text": "10 rue de la Paix", "type": "StreetAddress", "maximumResponses": "5",
    }  # fmt: skip
    assert await suggested(ign, "10 RUE de la paix") == [first, second]
    assert len(server.asked) == 1, "what was answered is remembered"


async def test_r023_photon_suggests_addresses_of_the_world(
    tenant: Tenant, server: Geocoder
) -> None:
    asked = asking(tenant, server, "PHOTON")

    house, city = await suggested(asked, "Nöthnitzer 46 Dresden")

    assert (house["street"], house["postcode"], house["town"], house["country"]) == (
        "46 Nöthnitzer Straße", "01187", "Dresden", "DE",
    )  # fmt: skip
    assert (house["precision"], house["provider"]) == ("HOUSE", "PHOTON")
    assert (city["street"], city["town"], city["precision"]) == (None, "Dresden", "TOWN")
    await asked.house.outside.close()


async def test_r023_google_suggests_places_that_are_opened_by_their_id(
    tenant: Tenant, server: Geocoder
) -> None:
    asked = asking(tenant, server, "GOOGLE")

    (found,) = await suggested(asked, "3 rue felix")
    assert (found["label"], found["latitude"], found["provider"]) == (
        "3 Rue Félix Poulat, Grenoble, France", None, "GOOGLE",
    )  # fmt: skip
    opened = await asked.ask(
        "query($id: String!) { addressOf(placeId: $id) { street postcode town country latitude } }",
        id=found["placeId"],
    )
    assert opened["addressOf"] == {
        "street": "3 Rue Félix Poulat", "postcode": "38000", "town": "Grenoble",
        "country": "FR", "latitude": "45.190516",
    }  # fmt: skip
    await suggested(asked, "3 rue felix")
    assert len(server.asked) == 3, "nothing of its answers is remembered"
    assert server.asked[0].body == {
        "input": "3 rue felix", "languageCode": "fr", "regionCode": "FR",
    }  # fmt: skip
    wrong = await asked.ask('{ addressOf(placeId: "../../admin") { label } }')
    assert (wrong["addressOf"], len(server.asked)) == (None, 3)
    await asked.house.outside.close()


@pytest.mark.parametrize("provider", ["IGN", "PHOTON", "GOOGLE"])
async def test_r023_whatever_a_provider_answers_towns_are_suggested(
    tenant: Tenant, server: Geocoder, provider: str
) -> None:
    for behave in (*BROKEN, says(UNKNOWN)):
        asked = asking(tenant, server, provider)
        server.behave = behave
        found = await suggested(asked, "12 rue de la Paix, 75002")
        assert [(each["town"], each["provider"]) for each in found] == [("Paris", "FRANCE")]
        await asked.house.outside.close()


@pytest.mark.parametrize("provider", ["IGN", "PHOTON", "GOOGLE"])
async def test_r023_a_failed_look_up_never_blocks_saving(
    tenant: Tenant, server: Geocoder, provider: str
) -> None:
    asked = asking(tenant, server, provider)
    server.behave = says({}, 500)

    french = await asked.contact("Site", **FELIX)
    german = await asked.contact("Standort", postcode="01187", country="DE")

    assert await deliver(asked) == 2
    assert (await of(asked, french))["site"] == {
        "positionProvenance": "PROVIDER", "lookedUpBy": "FRANCE", "lookUpError": "FAILED",
    }  # fmt: skip
    found = await of(asked, german)
    assert (found["latitude"], found["version"]) == (None, 1)
    unknown = provider == "IGN"  # it knows no other country, and isn't asked
    assert found["site"]["lookUpError"] == ("UNKNOWN" if unknown else "FAILED")
    assert await asked.refused("contactLocate", contactId=german) == [
        ("POSTCODE_UNKNOWN" if unknown else "PROVIDER_UNAVAILABLE", "contactId")
    ]
    await asked.house.outside.close()


async def test_r023_a_contact_that_is_saved_without_a_position_is_looked_up(
    ign: Tenant, server: Geocoder
) -> None:
    contact = await ign.contact("Site", **FELIX)
    before = await of(ign, contact)
    assert (before["latitude"], before["site"]["lookedUpBy"], server.asked) == (None, None, [])

    assert await deliver(ign) == 1

    found = await of(ign, contact)
    assert (found["latitude"], found["longitude"]) == ("45.188529", "5.724524")
    assert found["geofence"] == {"isDefault": True}
    assert found["site"] == {
        "positionProvenance": "PROVIDER", "lookedUpBy": "IGN", "lookUpError": None,
    }  # fmt: skip
    assert server.asked[0].params == {
        "q": "3 rue Félix Poulat, 38000 Grenoble", "index": "address", "limit": "1",
        "postcode": "38000",
    }  # fmt: skip
    assert await deliver(ign) == 0


@pytest.mark.parametrize(
    ("provider", "latitude"), [("PHOTON", "51.025457"), ("GOOGLE", "45.190516")]
)
async def test_r023_others_find_positions_too(
    tenant: Tenant, server: Geocoder, provider: str, latitude: str
) -> None:
    asked = asking(tenant, server, provider)
    country = {"country": "DE", "postcode": "01187"} if provider == "PHOTON" else FELIX
    contact = await asked.contact("Site", **country)

    await asked.do("contactLocate", contactId=contact)

    found = await of(asked, contact)
    assert (found["latitude"], found["site"]["lookedUpBy"]) == (latitude, provider)
    await asked.house.outside.close()


async def test_r023_photon_is_not_believed_if_it_is_another_country(
    tenant: Tenant, server: Geocoder
) -> None:
    asked = asking(tenant, server, "PHOTON")
    contact = await asked.contact("Site", postcode="01187", country="AT")

    assert await asked.refused("contactLocate", contactId=contact) == [
        ("POSTCODE_UNKNOWN", "contactId")
    ]
    await asked.house.outside.close()


async def test_r023_nobody_holds_a_connection_while_a_provider_is_slow(
    ign: Tenant, server: Geocoder
) -> None:
    """While it thinks, no session of the serving role is in a transaction, and none is lent."""
    seen: list[Any] = []
    busy = """select count(*) from pg_stat_activity
              where usename = 'fieldgate_app' and state <> 'idle'"""

    async def slow(asked: Asked) -> Answer:
        await asyncio.sleep(0.05)
        db = ign.house.db
        lent = [db._most - share.free._value for share in db._shares.values()]
        seen.append((await ign.house.owner.fetchval(busy), sum(lent)))
        return await as_usual(asked)

    server.behave = slow
    await suggested(ign, "10 rue")
    contact = await ign.contact("Site", **FELIX)
    await deliver(ign)
    await ign.do("contactLocate", contactId=contact)

    assert [asked.path for asked in server.asked] == ["/completion/", "/search", "/search"]
    assert seen == [(0, 0)] * 3


async def test_r023_what_people_say_meanwhile_stays(ign: Tenant, server: Geocoder) -> None:
    contact = await ign.contact("Site", **FELIX)

    async def meanwhile(asked: Asked) -> Answer:
        await ign.do("contactUpdate", id=contact, latitude="45.7", longitude="4.8")
        return await as_usual(asked)

    server.behave = meanwhile
    assert await deliver(ign) == 1

    found = await of(ign, contact)
    assert (found["latitude"], found["site"]["positionProvenance"]) == ("45.700000", "MANUAL")


async def test_r023_a_changed_address_is_looked_up_anew_unless_people_know_better(
    ign: Tenant, server: Geocoder
) -> None:
    looked_up, by_hand = await ign.contact("A", **FELIX), await ign.contact("B", **FELIX)
    await deliver(ign)
    await ign.do("contactUpdate", id=by_hand, latitude="45.7", longitude="4.8")
    server.asked.clear()

    for contact in (looked_up, by_hand):
        await ign.do("contactUpdate", id=contact, street="9 rue Félix Poulat")

    assert await deliver(ign) == 1
    assert [asked.params["q"][:2] for asked in server.asked] == ["9 "]
    assert (await of(ign, by_hand))["latitude"] == "45.700000"


async def test_r023_a_tenant_may_want_nothing_looked_up(ign: Tenant, server: Geocoder) -> None:
    await ign.do("siteSettingsUpdate", lookUpOnSave=False)
    await ign.contact("Site", **FELIX)
    await ign.contact("Nowhere")

    assert (await deliver(ign), server.asked) == (0, [])


async def test_r023_imports_are_left_to_the_night(
    ign: Tenant, server: Geocoder, monkeypatch: Any
) -> None:
    contact = await ign.contact("Site", **FELIX)
    await ign.house.owner.execute("delete from core_outbox_entry where tenant_id = $1", ign.id)
    actor = replace(ign.actor, channel=Channel.IMPORT)
    async with ign.house.sessions.begin(actor, ign.listeners) as session:
        await update_contact(session, UUID(contact.split("_")[1]), {"street": "4 rue Poulat"})
    assert await deliver(ign) == 0

    assert await night(ign, monkeypatch) == 1

    assert (await of(ign, contact))["site"]["lookedUpBy"] == "IGN"
    assert await night(ign, monkeypatch) == 0


async def test_r023_the_night_refreshes_what_is_old_and_never_what_is_manual(
    ign: Tenant, server: Geocoder, monkeypatch: Any
) -> None:
    old, manual = await ign.contact("Old", **FELIX), await ign.contact("Manual", **FELIX)
    await deliver(ign)
    await ign.do("contactUpdate", id=manual, latitude="45.7", longitude="4.8")
    await ign.house.owner.execute(
        "update crm_site set looked_up_at = now() - interval '200 days' where tenant_id = $1",
        ign.id,
    )
    await ign.house.outside.kept.close()
    before = await of(ign, manual)

    assert await night(ign, monkeypatch) == 1
    assert await night(ign, monkeypatch) == 0

    assert await of(ign, manual) == before
    assert (await of(ign, old))["site"]["positionProvenance"] == "PROVIDER"


async def test_r023_an_unknown_address_is_asked_for_again_after_a_month(
    ign: Tenant, server: Geocoder, monkeypatch: Any
) -> None:
    server.behave = says(UNKNOWN)
    contact = await ign.contact("Site", town="Nulle-Part")
    await deliver(ign)
    assert (await of(ign, contact))["site"] == {
        "positionProvenance": None, "lookedUpBy": None, "lookUpError": "UNKNOWN",
    }  # fmt: skip

    assert await night(ign, monkeypatch) == 0
    assert await night(ign, monkeypatch, timedelta(days=31)) == 1


async def test_r023_what_the_offline_provider_knew_is_asked_again_when_the_other_is_back(
    ign: Tenant, server: Geocoder, monkeypatch: Any
) -> None:
    server.behave = says({}, 500)
    contact = await ign.contact("Site", **FELIX)
    await deliver(ign)
    server.behave = as_usual

    assert await night(ign, monkeypatch) == 1

    assert (await of(ign, contact))["site"]["lookedUpBy"] == "IGN"
    assert await night(ign, monkeypatch) == 0


async def test_r023_positions_of_google_are_kept_for_thirty_days_and_its_ids_for_good(
    tenant: Tenant, server: Geocoder, monkeypatch: Any
) -> None:
    asked = asking(tenant, server, "GOOGLE")
    contact = await asked.contact("Site", **{**FELIX, "country": "MC"})
    await deliver(asked)
    server.asked.clear()

    assert await night(asked, monkeypatch, timedelta(days=24)) == 0
    assert await night(asked, monkeypatch, timedelta(days=26)) == 1
    assert [each.path[:10] for each in server.asked] == ["/v1/places"], "asked by its place id"

    server.behave = says({}, 500)
    await night(asked, monkeypatch, timedelta(days=31))
    found = await of(asked, contact)
    assert (found["latitude"], found["geofence"]) == (None, None)
    row = await tenant.house.owner.fetchval(
        "select place_id from crm_site where tenant_id = $1", tenant.id
    )
    assert row == "ChIJD7fiBh9u5kcRYJSMaMOCCwQ"
    await asked.house.outside.close()


async def test_r023_a_tenant_chooses_its_provider_and_has_its_own_key(
    tenant: Tenant, server: Geocoder
) -> None:
    asked = asking(tenant, server, "FRANCE")
    payload = await asked.do(
        "siteSettingsUpdate",
        "siteSettings { addressProvider hasAddressKey lookUpOnSave }",
        addressProvider="GOOGLE",
        addressKey="a wrong key",
    )
    assert payload["siteSettings"] == {
        "addressProvider": "GOOGLE", "hasAddressKey": True, "lookUpOnSave": True,
    }  # fmt: skip
    assert (await suggested(asked, "3 rue felix, 38000"))[0]["provider"] == "FRANCE"
    assert server.asked[0].headers["x-goog-api-key"] == "a wrong key"

    await asked.do("siteSettingsUpdate", addressProvider="GOOGLE", addressKey=None)
    assert (await suggested(asked, "3 rue felix, 38000"))[0]["provider"] == "GOOGLE"
    await asked.do("siteSettingsUpdate", addressKey="mine")
    await asked.do("siteSettingsUpdate", addressProvider="PHOTON")
    kept = await asked.ask("{ siteSettings { addressProvider hasAddressKey } }")
    assert kept["siteSettings"] == {"addressProvider": "PHOTON", "hasAddressKey": False}
    entries = await asked.ask("{ auditEntries(first: 50) { nodes { changes } } }")
    assert "a wrong key" not in str(entries)
    await asked.house.outside.close()


async def test_r023_a_provider_that_cannot_be_asked_is_refused(tenant: Tenant) -> None:
    async def refused(**given: Any) -> Any:
        found = await tenant.refused("siteSettingsUpdate", **given)
        kept = await tenant.ask("{ siteSettings { addressProvider version } }")
        assert kept["siteSettings"] == {"addressProvider": None, "version": None}
        return found

    assert await refused(addressProvider="BING") == [("UNKNOWN_PROVIDER", "addressProvider")]
    assert await refused(addressProvider="GOOGLE") == [("KEY_MISSING", "addressKey")]
    assert await refused(addressKey="x") == [("PROVIDER_MISSING", "addressProvider")]
    assert await refused(addressProvider="GOOGLE", addressKey="x" * 201) == [
        ("TOO_LONG", "addressKey")
    ]
    names = await tenant.ask("{ addressProviders { name isOffline needsKey } }")
    assert names["addressProviders"] == [
        {"name": "FRANCE", "isOffline": True, "needsKey": False},
        {"name": "IGN", "isOffline": False, "needsKey": False},
        {"name": "PHOTON", "isOffline": False, "needsKey": False},
        {"name": "GOOGLE", "isOffline": False, "needsKey": True},
    ]


async def test_r023_a_provider_left_alone_costs_no_time(ign: Tenant, server: Geocoder) -> None:
    server.behave = says({}, 503)
    for n in range(8):
        found = await suggested(ign, f"{n} rue de la Paix, 75002")
        assert found[0]["provider"] == "FRANCE"

    assert len(server.asked) == 5


async def test_r023_tenants_remember_for_themselves(
    house: House, tenant: Tenant, other_tenant: Tenant, server: Geocoder
) -> None:
    one = asking(tenant, server, "IGN")
    other = replace(other_tenant, house=one.house)
    await suggested(one, "10 rue de la Paix")
    await suggested(other, "10 rue de la Paix")

    assert len(server.asked) == 2
    await one.house.outside.close()
