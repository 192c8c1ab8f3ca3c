"""Geofences: circles that stay circles, outlines that keep shape and size."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.cast import Tenant

FENCE = """geofence { kind longitude latitude radiusM geojson west south east north
  areaM2 perimeterM provenance isDefault version }"""
OF = f"query($id: ID!) {{ contact(id: $id) {{ {FENCE} }} }}"
ON_SITE = """query($id: ID!, $lat: Float!, $lng: Float!, $m: Float!) {
  isOnSite(contactId: $id, latitude: $lat, longitude: $lng, accuracyM: $m) { presence distanceM } }
"""
HOLDING = """query($lat: Float!, $lng: Float!) {
  contactsContaining(latitude: $lat, longitude: $lng) { totalCount nodes { name } } }"""
LIST = "query($w: ContactFilter) { contacts(where: $w) { totalCount nodes { name } } }"
#: About 78 m by 111 m, near Lyon's town hall.
SQUARE = [[4.835, 45.767], [4.836, 45.767], [4.836, 45.768], [4.835, 45.768], [4.835, 45.767]]
LYON = {"latitude": "45.764000", "longitude": "4.835700"}


async def fence_of(tenant: Tenant, contact: str) -> Any:
    return (await tenant.ask(OF, id=contact))["contact"]["geofence"]


def polygon(*rings: list[list[float]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


async def drawn(tenant: Tenant, contact: str, geojson: Any, **more: Any) -> Any:
    payload = await tenant.do(
        "geofenceSet", FENCE, contactId=contact, shape={"geojson": geojson}, **more
    )
    return payload["geofence"]


async def why_not(tenant: Tenant, name: str, **input_: Any) -> tuple[str, str, str]:
    """The code, field and message of a refusal that leaves the geofence as it was."""
    before = await fence_of(tenant, input_["contactId"])
    type_ = name[0].upper() + name[1:] + "Input"
    answer = await tenant.ask(
        f"mutation($i: {type_}!) {{ {name}(input: $i) "
        "{ userErrors { code field message } geofence { version } } }",
        i=input_,
    )
    assert answer[name]["geofence"] is None
    assert await fence_of(tenant, input_["contactId"]) == before
    (error,) = answer[name]["userErrors"]
    return error["code"], error["field"], error["message"]


# --- the default circle ---


async def test_r021_a_position_has_a_circle_of_20_metres_around_it(tenant: Tenant) -> None:
    contact = await tenant.contact("Site", **LYON)

    fence = await fence_of(tenant, contact)

    assert (fence["kind"], fence["radiusM"], fence["isDefault"]) == ("CIRCLE", 20, True)
    assert (fence["longitude"], fence["latitude"]) == (4.8357, 45.764)
    assert fence["areaM2"] == pytest.approx(math.pi * 400)
    assert fence["perimeterM"] == pytest.approx(math.pi * 40)
    assert fence["geojson"]["type"] == "Polygon"
    assert len(fence["geojson"]["coordinates"][0]) == 65
    assert fence["provenance"] is None


async def test_r021_without_a_position_there_is_none_until_one_is_known(tenant: Tenant) -> None:
    contact = await tenant.contact("Site")
    assert await fence_of(tenant, contact) is None

    await tenant.do("contactUpdate", id=contact, **LYON)

    assert (await fence_of(tenant, contact))["radiusM"] == 20
    await tenant.do("contactUpdate", id=contact, latitude=None, longitude=None)
    assert await fence_of(tenant, contact) is None


async def test_r021_a_changed_default_alters_no_existing_geofence(tenant: Tenant) -> None:
    old = await tenant.contact("Old", **LYON)

    payload = await tenant.do(
        "siteSettingsUpdate", "siteSettings { geofenceRadiusM version }", geofenceRadiusM=75
    )

    assert payload["siteSettings"] == {"geofenceRadiusM": 75, "version": 1}
    new = await tenant.contact("New", **LYON)
    assert (await fence_of(tenant, old))["radiusM"] == 20
    assert (await fence_of(tenant, new))["radiusM"] == 75
    await tenant.do("contactUpdate", id=old, latitude="45.765", longitude="4.8357")
    assert (await fence_of(tenant, old))["radiusM"] == 20  # it went along, as it was
    await tenant.do("geofenceReset", contactId=old)
    assert (await fence_of(tenant, old))["radiusM"] == 75


@pytest.mark.parametrize("radius", [0.5, 0, -3, 5000.5, 1e300])
async def test_r021_a_default_radius_out_of_range_is_refused(tenant: Tenant, radius: float) -> None:
    refused = await tenant.refused("siteSettingsUpdate", geofenceRadiusM=radius)

    assert refused == [("RADIUS_OUT_OF_RANGE", "geofenceRadiusM")]
    assert await tenant.ask("{ siteSettings { geofenceRadiusM version } }") == {
        "siteSettings": {"geofenceRadiusM": 20, "version": None}
    }


async def test_r021_the_default_circle_follows_the_position_and_what_is_drawn_stays(
    tenant: Tenant,
) -> None:
    contact = await tenant.contact("Site", **LYON)
    await tenant.do("contactUpdate", id=contact, latitude="48.8566", longitude="2.3522")
    moved = await fence_of(tenant, contact)
    assert (moved["longitude"], moved["latitude"]) == (2.3522, 48.8566)
    assert await holding(tenant, 48.8566, 2.3522) == ["Site"]
    assert await holding(tenant, 45.764, 4.8357) == []

    fence = await drawn(tenant, contact, polygon(SQUARE))
    await tenant.do("contactUpdate", id=contact, latitude=None, longitude=None)

    assert await fence_of(tenant, contact) == fence
    assert (fence["provenance"], fence["isDefault"]) == ("MANUAL", False)


# --- drawing ---


async def test_r021_any_polygon_is_kept_as_it_was_drawn(tenant: Tenant) -> None:
    contact = await tenant.contact("Site", **LYON)
    hole = [[4.8354, 45.7674], [4.8354, 45.7676], [4.8356, 45.7676], [4.8354, 45.7674]]
    both = {"type": "MultiPolygon", "coordinates": [[SQUARE, hole], [_shifted(SQUARE, 0.01)]]}

    one = await drawn(tenant, contact, polygon(SQUARE, hole))
    assert (one["kind"], one["geojson"]) == ("POLYGON", polygon(SQUARE, hole))
    assert one["radiusM"] is None
    assert (one["west"], one["south"], one["east"], one["north"]) == (4.835, 45.767, 4.836, 45.768)
    assert one["areaM2"] == pytest.approx(77.76 * 111.14 - 15.55 * 22.23 / 2, rel=1e-3)

    several = await drawn(tenant, contact, both, version=one["version"])
    assert (several["kind"], several["geojson"]) == ("MULTI_POLYGON", both)
    assert several["areaM2"] == pytest.approx(one["areaM2"] + 77.76 * 111.14, rel=1e-3)


async def test_r021_it_may_leave_the_address_outside_and_far_away_is_a_warning(
    tenant: Tenant,
) -> None:
    contact = await tenant.contact("Site", **LYON)

    near = await tenant.do("geofenceSet", contactId=contact, shape={"geojson": polygon(SQUARE)})
    paris = {"radiusM": 50, "centre": {"latitude": 48.8566, "longitude": 2.3522}}
    far = await tenant.do("geofenceSet", contactId=contact, shape={"circle": paris})

    assert near["warnings"] == []
    assert far["warnings"] == [{"code": "FAR_FROM_CONTACT", "field": "shape"}]
    assert await holding(tenant, 45.764, 4.8357) == []


async def test_r021_a_circle_stays_a_circle(tenant: Tenant) -> None:
    contact = await tenant.contact("Site", **LYON)

    await tenant.do("geofenceSet", contactId=contact, shape={"circle": {"radiusM": 120.5}})
    await tenant.do("geofenceMove", contactId=contact, way={"by": {"eastM": 30, "northM": -40}})
    await tenant.do("geofenceResize", contactId=contact, factor=2)

    fence = await fence_of(tenant, contact)
    assert (fence["kind"], fence["radiusM"], fence["provenance"]) == ("CIRCLE", 241, "MANUAL")
    on_site = await on_site_of(tenant, contact, 45.764, 4.8357)
    assert on_site == ("INSIDE", pytest.approx(241 - 50, abs=0.01))


BOW = [[4.835, 45.767], [4.836, 45.768], [4.836, 45.767], [4.835, 45.768], [4.835, 45.767]]
AT = "shape.geojson.coordinates"
MANY = [[4.8 + i * 1e-6, 45.7] for i in range(10_000)] + [[4.8, 45.7]]


@pytest.mark.parametrize(
    ("geojson", "code", "field", "said"),
    [
        (polygon(BOW), "SELF_INTERSECTION", "shape.geojson", "4.8355, 45.7675"),
        (polygon([*SQUARE[:2], [math.nan, 45.7], *SQUARE[2:]]), "NOT_FINITE", f"{AT}.0.2", "'nan'"),
        (
            polygon([SQUARE[0], [1e400, 45.7], *SQUARE[2:]]),
            "NOT_FINITE",
            f"{AT}.0.1",
            "'inf'",
        ),
        (polygon(SQUARE[:3]), "TOO_FEW_POSITIONS", f"{AT}.0", "has 3 positions"),
        (polygon(MANY), "TOO_MANY_VERTICES", "shape.geojson", "has 10001 positions"),
        (
            polygon([[95.7, 4.835], [45.7, 98.2], [45.8, 4.9], [95.7, 4.835]]),
            "POSITION_OUT_OF_RANGE",
            f"{AT}.0.1",
            "are the two swapped?",
        ),
        (
            polygon([[4.8, 45.7], [190.5, 45.8], [4.9, 45.9], [4.8, 45.7]]),
            "POSITION_OUT_OF_RANGE",
            f"{AT}.0.1",
            "190.5, 45.8",
        ),
        (
            polygon([[179, 10], [-179, 10], [-179, 11], [179, 11], [179, 10]]),
            "ANTIMERIDIAN",
            f"{AT}.0.0",
            "180th meridian",
        ),
        (polygon(SQUARE[:4]), "RING_NOT_CLOSED", f"{AT}.0.0", "must end where it begins"),
        (
            polygon(SQUARE, _far_ring := [[5, 45], [5.1, 45], [5.1, 45.1], [5, 45]]),
            "HOLE_OUTSIDE",
            "shape.geojson",
            "outside its polygon",
        ),
        (
            {"type": "Point", "coordinates": [4.8, 45.7]},
            "INVALID_GEOJSON",
            "shape.geojson",
            "Point",
        ),
        ("Polygon", "INVALID_GEOJSON", "shape.geojson", "'str'"),
        (polygon([["4.8", 45.7], *SQUARE]), "INVALID_GEOJSON", f"{AT}.0.0", "'4.8'"),
        ({"type": "Polygon", "coordinates": []}, "GEOMETRY_EMPTY", AT, "empty"),
        (
            polygon([[0, 40], [10, 40], [10, 45], [0, 45], [0, 40]]),
            "GEOFENCE_TOO_LARGE",
            "shape",
            "km",
        ),
        (
            polygon([[4.8, 45.7], [4.8, 45.700001], [4.800001, 45.7], [4.8, 45.7]]),
            "GEOFENCE_TOO_SMALL",
            "shape",
            "m²",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isupper() else "",
)
async def test_r022_what_is_wrong_with_a_shape_is_said_with_its_place(
    tenant: Tenant, geojson: Any, code: str, field: str, said: str
) -> None:
    contact = await tenant.contact("Site", **LYON)
    await drawn(tenant, contact, polygon(SQUARE))

    found = await why_not(tenant, "geofenceSet", contactId=contact, shape={"geojson": geojson})

    assert found[:2] == (code, field)
    assert said in found[2]


async def test_r022_a_circle_that_cannot_be_is_refused(tenant: Tenant) -> None:
    contact = await tenant.contact("Site", **LYON)
    nowhere = await tenant.contact("Nowhere")

    async def refused(of: str, circle: Any) -> tuple[str, str]:
        return (await why_not(tenant, "geofenceSet", contactId=of, shape={"circle": circle}))[:2]

    assert await refused(contact, {"radiusM": 0.99}) == (
        "RADIUS_OUT_OF_RANGE",
        "shape.circle.radiusM",
    )
    assert (await refused(contact, {"radiusM": 100_001}))[0] == "RADIUS_OUT_OF_RANGE"
    swapped = {"radiusM": 20, "centre": {"latitude": 104.8, "longitude": 45.7}}
    assert await refused(contact, swapped) == (
        "POSITION_OUT_OF_RANGE",
        "shape.circle.centre.latitude",
    )
    pole = {"radiusM": 20, "centre": {"latitude": 89.9999, "longitude": 0}}
    assert (await refused(contact, pole))[0] == "POSITION_OUT_OF_RANGE"
    beyond = {"radiusM": 20, "centre": {"latitude": 0, "longitude": 179.99999}}
    assert await refused(contact, beyond) == ("ANTIMERIDIAN", "shape")
    both = {"circle": {"radiusM": 20}, "geojson": polygon(SQUARE)}
    for shape in (both, {}, {"circle": None}):
        found = await why_not(tenant, "geofenceSet", contactId=contact, shape=shape)
        assert found[:2] == ("NOT_ONE", "shape")
    assert await refused(nowhere, {"radiusM": 20}) == ("NO_POSITION", "shape.circle.centre")


# --- moving ---


async def test_r022_a_move_to_another_latitude_keeps_shape_and_size(tenant: Tenant) -> None:
    contact = await tenant.contact("Site", **LYON)
    before = await drawn(tenant, contact, polygon(SQUARE))

    payload = await tenant.do(
        "geofenceMove",
        FENCE,
        contactId=contact,
        way={"to": {"latitude": 69.65, "longitude": 18.95}},
    )

    after = payload["geofence"]
    assert (after["longitude"], after["latitude"]) == pytest.approx((18.95, 69.65), abs=1e-9)
    assert after["areaM2"] == pytest.approx(before["areaM2"], rel=1e-6)
    assert after["perimeterM"] == pytest.approx(before["perimeterM"], rel=1e-6)
    assert after["east"] - after["west"] == pytest.approx(0.002, rel=0.01)  # 78 m are more degrees
    assert await holding(tenant, 69.65, 18.95) == ["Site"]


async def test_r022_a_resize_scales_around_the_centroid(tenant: Tenant) -> None:
    contact = await tenant.contact("Site", **LYON)
    before = await drawn(tenant, contact, polygon(SQUARE))

    after = (await tenant.do("geofenceResize", FENCE, contactId=contact, factor=3))["geofence"]

    assert after["areaM2"] == pytest.approx(9 * before["areaM2"], rel=1e-6)
    assert after["perimeterM"] == pytest.approx(3 * before["perimeterM"], rel=1e-6)
    for name in ("longitude", "latitude"):
        assert after[name] == pytest.approx(before[name], abs=1e-9)


async def test_r022_moving_one_vertex_keeps_the_others(tenant: Tenant) -> None:
    contact = await tenant.contact("Site", **LYON)
    before = await drawn(tenant, contact, polygon(SQUARE))

    await tenant.do(
        "geofenceMoveVertex", contactId=contact, index=0, version=before["version"],
        to={"longitude": 4.834, "latitude": 45.766},
    )  # fmt: skip

    after = await fence_of(tenant, contact)
    corner = [4.834, 45.766]
    assert after["geojson"] == polygon([corner, *SQUARE[1:4], corner])


async def test_r022_changes_that_cannot_be_are_refused(tenant: Tenant) -> None:
    contact = await tenant.contact("Site", **LYON)
    circle = await tenant.contact("Circle", **LYON)
    nowhere = await tenant.contact("Nowhere")
    await drawn(tenant, contact, polygon(SQUARE))
    crossing = {"longitude": 4.8365, "latitude": 45.7675}

    async def refused(name: str, **input_: Any) -> tuple[str, str]:
        return (await why_not(tenant, name, **{"contactId": contact, **input_}))[:2]

    move = "geofenceMove"
    assert await refused("geofenceMoveVertex", index=0, to=crossing) == ("SELF_INTERSECTION", "to")
    assert await refused("geofenceMoveVertex", index=4, to=crossing) == ("NO_SUCH_VERTEX", "index")
    assert await refused("geofenceMoveVertex", index=-1, to=crossing) == ("NO_SUCH_VERTEX", "index")
    assert await refused("geofenceMoveVertex", index=0, ring=1, to=crossing) == (
        "NO_SUCH_VERTEX",
        "ring",
    )
    assert await refused("geofenceMoveVertex", contactId=circle, index=0, to=crossing) == (
        "NO_VERTICES",
        "contactId",
    )
    assert await refused("geofenceResize", factor=0.009) == ("FACTOR_OUT_OF_RANGE", "factor")
    assert await refused("geofenceResize", factor=0.01) == ("GEOFENCE_TOO_SMALL", "factor")
    assert await refused(move, way={"to": {"latitude": 91, "longitude": 0}}) == (
        "POSITION_OUT_OF_RANGE",
        "way.to",
    )
    assert await refused(move, way={"to": {"latitude": 10, "longitude": 180}}) == (
        "ANTIMERIDIAN",
        "way",
    )
    assert await refused(move, way={}) == ("NOT_ONE", "way")
    assert await refused(move, way={"by": {"northM": 1e9}}) == ("POSITION_OUT_OF_RANGE", "way")
    assert await refused(move, contactId=nowhere, way={"by": {}}) == ("NO_GEOFENCE", "contactId")
    assert await refused("geofenceReset", contactId=nowhere) == ("NO_POSITION", "contactId")
    assert await refused("geofenceResize", factor=2, version=1) == ("STALE_VERSION", "version")


# --- who is where ---


async def holding(tenant: Tenant, lat: float, lng: float) -> list[str]:
    page = (await tenant.ask(HOLDING, lat=lat, lng=lng))["contactsContaining"]
    names = [node["name"] for node in page["nodes"]]
    where = {"geofenceContains": {"latitude": lat, "longitude": lng}}
    filtered = (await tenant.ask(LIST, w=where))["contacts"]
    assert page["totalCount"] == filtered["totalCount"] == len(names)
    assert [node["name"] for node in filtered["nodes"]] == names
    return names


async def on_site_of(
    tenant: Tenant, contact: str, lat: float, lng: float, accuracy: float = 0
) -> tuple[str, float]:
    found = (await tenant.ask(ON_SITE, id=contact, lat=lat, lng=lng, m=accuracy))["isOnSite"]
    return found["presence"], found["distanceM"]


async def test_r022_contacts_are_found_by_a_place_in_their_geofence(tenant: Tenant) -> None:
    hole = [[4.8354, 45.7674], [4.8354, 45.7676], [4.8356, 45.7676], [4.8354, 45.7674]]
    block = await tenant.contact("Block", **LYON)
    await drawn(tenant, block, polygon(SQUARE, hole))
    quarter = await tenant.contact("Quarter", latitude="45.767", longitude="4.835")
    await tenant.do("geofenceSet", contactId=quarter, shape={"circle": {"radiusM": 3000}})

    assert await holding(tenant, 45.7671, 4.8351) == ["Block", "Quarter"]
    assert await holding(tenant, 45.76755, 4.83545) == ["Quarter"]  # in the hole
    assert await holding(tenant, 45.7675, 4.835) == ["Block", "Quarter"]  # on the edge
    assert await holding(tenant, 45.767, 4.836) == ["Block", "Quarter"]  # on a corner
    assert await holding(tenant, 45.70, 4.835) == []
    assert await on_site_of(tenant, block, 45.7675, 4.835) == ("INSIDE", 0)
    assert (await on_site_of(tenant, block, 45.76755, 4.83545))[0] == "OUTSIDE"


async def test_r022_a_fix_less_accurate_than_the_edge_is_near_says_nothing(tenant: Tenant) -> None:
    contact = await tenant.contact("Site", **LYON)

    assert await on_site_of(tenant, contact, 45.764, 4.8357, 19.9) == ("INSIDE", 20)
    assert await on_site_of(tenant, contact, 45.764, 4.8357, 20.1) == ("UNCERTAIN", 20)
    away = await on_site_of(tenant, contact, 45.7649, 4.8357, 50)
    assert away == ("OUTSIDE", pytest.approx(80.03, abs=0.1))
    assert (await on_site_of(tenant, contact, 45.7649, 4.8357, 100))[0] == "UNCERTAIN"
    antipodes = await on_site_of(tenant, contact, -45.764, -175.1643)
    assert antipodes == ("OUTSIDE", pytest.approx(20_015_000, rel=0.001))


async def test_r022_who_asks_of_nothing_is_told_so(tenant: Tenant, other_tenant: Tenant) -> None:
    nowhere = await tenant.contact("Nowhere")
    theirs = await other_tenant.contact("Theirs", **LYON)

    async def code(**given: Any) -> Any:
        answer = await tenant.answer(ON_SITE, **{"lat": 45.7, "lng": 4.8, "m": 0, **given})
        return answer["errors"][0]["extensions"].get("reason", "") or answer["errors"][0]["message"]

    assert await code(id=nowhere) == "NO_GEOFENCE"
    assert await code(id=theirs) == "NOT_FOUND"
    assert await code(id=nowhere, lat=95.0) == "POSITION_OUT_OF_RANGE"
    assert "'accuracyM' is -1" in await code(id=nowhere, m=-1)
    assert await holding(tenant, 45.764, 4.8357) == []
    answer = await tenant.answer(HOLDING, lat=95.0, lng=4.8)
    assert answer["errors"][0]["extensions"]["reason"] == "POSITION_OUT_OF_RANGE"


async def within(tenant: Tenant, **area: Any) -> list[str]:
    page = (await tenant.ask(LIST, w={"within": area}))["contacts"]
    assert page["totalCount"] == len(page["nodes"])
    return [node["name"] for node in page["nodes"]]


async def test_r022_contacts_are_listed_by_the_area_they_are_in(tenant: Tenant) -> None:
    for name, lat, lng in (
        ("Hall", "45.767", "4.836"), ("Park", "45.777", "4.855"), ("Paris", "48.8566", "2.3522"),
    ):  # fmt: skip
        await tenant.contact(name, latitude=lat, longitude=lng)
    await tenant.contact("Nowhere")
    world = {"west": -180, "south": -90, "east": 180, "north": 90}
    hall = {"latitude": 45.767, "longitude": 4.836}

    assert await within(tenant, box=world) == ["Hall", "Paris", "Park"]
    town = {"west": 4.7, "south": 45.7, "east": 4.855, "north": 45.8}
    assert await within(tenant, box=town) == ["Hall", "Park"]  # the border belongs to it
    assert await within(tenant, box={**town, "east": 4.8549}) == ["Hall"]
    assert await within(tenant, circle={**hall, "radiusM": 1849}) == ["Hall"]
    assert await within(tenant, circle={**hall, "radiusM": 1849.5}) == ["Hall", "Park"]
    triangle = [[4.83, 45.76], [4.86, 45.78], [4.83, 45.78], [4.83, 45.76]]
    assert await within(tenant, geojson=polygon(triangle)) == ["Hall", "Park"]
    assert await within(tenant, geojson=polygon(SQUARE)) == ["Hall"]  # its corner


@pytest.mark.parametrize(
    ("area", "reason"),
    [
        ({"box": {"west": 5, "south": 45, "east": 4, "north": 46}}, "INVALID_BOX"),
        ({"box": {"west": 45, "south": 95, "east": 46, "north": 96}}, "POSITION_OUT_OF_RANGE"),
        ({"circle": {"latitude": 45, "longitude": 4, "radiusM": 0}}, "RADIUS_OUT_OF_RANGE"),
        ({}, "NOT_ONE"),
        ({"geojson": polygon(BOW)}, "SELF_INTERSECTION"),
        ({"geojson": polygon(MANY[9000:])}, "RING_NOT_CLOSED"),
    ],
    ids=str,
)
async def test_r022_an_area_that_is_none_is_an_error(
    tenant: Tenant, area: Any, reason: str
) -> None:
    answer = await tenant.answer(LIST, w={"within": area})

    assert answer["data"] == {"contacts": None}
    assert answer["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "reason": reason}


async def test_r022_who_may_not_see_or_draw_is_refused(tenant: Tenant) -> None:
    contact = await tenant.contact("Site", **LYON)
    blind, reader = tenant.without("crm.read"), tenant.without("crm.sites", "crm.configure")

    for query, given in (
        (HOLDING, {"lat": 45.764, "lng": 4.8357}),
        (ON_SITE, {"id": contact, "lat": 45.764, "lng": 4.8357, "m": 0}),
        (LIST, {"w": {"geofenceContains": {"latitude": 45.764, "longitude": 4.8357}}}),
        (OF, {"id": contact}),
        ("{ siteSettings { version } }", {}),
    ):
        answer = await blind.answer(query, **given)
        assert [e["extensions"]["code"] for e in answer["errors"]] == ["FORBIDDEN"], query
    for name in ("geofenceReset(input: {contactId: $id})", "siteSettingsUpdate(input: {})"):
        takes = "($id: ID!)" if "$id" in name else ""
        text = f"mutation{takes} {{ {name} {{ userErrors {{ code }} }} }}"
        answer = await reader.answer(text, **({"id": contact} if takes else {}))
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_r023_a_position_and_an_address_say_who_they_are_from(tenant: Tenant) -> None:
    query = "query($id: ID!) { contact(id: $id) { site { positionProvenance addressProvenance } } }"

    async def whose(contact: str) -> Any:
        return (await tenant.ask(query, id=contact))["contact"]["site"]

    contact = await tenant.contact("Site")
    assert await whose(contact) is None
    await tenant.do("contactUpdate", id=contact, town="Lyon")
    assert await whose(contact) == {"positionProvenance": None, "addressProvenance": "MANUAL"}
    await tenant.do("contactUpdate", id=contact, **LYON)
    assert await whose(contact) == {"positionProvenance": "MANUAL", "addressProvenance": "MANUAL"}
    await tenant.house.owner.execute(
        "update core_contact set latitude = 45.7 where tenant_id = $1", tenant.id
    )
    assert await whose(contact) == {"positionProvenance": "IMPORT", "addressProvenance": "MANUAL"}
    await tenant.do("contactUpdate", id=contact, town=None, latitude=None, longitude=None)
    assert await whose(contact) is None


def _shifted(ring: list[list[float]], by: float) -> list[list[float]]:
    return [[round(lng + by, 6), lat] for lng, lat in ring]
