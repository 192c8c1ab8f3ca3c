"""Servers that know addresses, on this machine: they speak as the real ones do, or misbehave."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

IGN_COMPLETION = {
    "status": "OK",
    "results": [
        {
            "country": "StreetAddress", "names": ["10 rue de la paix"], "city": "Paris",
            "zipcode": "75002", "street": "10 rue de la paix", "metropole": True, "poi": [],
            "kind": "", "oldcity": "", "x": 2.331264, "y": 48.869067, "classification": 7,
            "fulltext": "10 rue de la Paix, 75002 Paris",
        },
        {
            "country": "StreetAddress", "names": ["rue de la paix"], "city": "Grenoble",
            "zipcode": "38000", "street": "rue de la paix", "metropole": True, "poi": [],
            "kind": "", "x": 5.73, "y": 45.19, "classification": 7,
            "fulltext": "rue de la Paix, 38000 Grenoble",
        },
    ],
}  # fmt: skip
IGN_SEARCH = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [5.724524, 45.188529]},
            "properties": {
                "label": "3 Rue Félix Poulat 38000 Grenoble", "score": 0.97, "housenumber": "3",
                "id": "38185_3320_00003", "name": "3 Rue Félix Poulat", "postcode": "38000",
                "citycode": "38185", "city": "Grenoble", "type": "housenumber",
                "street": "Rue Félix Poulat", "importance": 0.7, "x": 913000.1, "y": 6458000.2,
                "context": "38, Isère, Auvergne-Rhône-Alpes", "_type": "address",
            },
        }
    ],
    "query": "3 rue felix poulat",
}  # fmt: skip
PHOTON = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [13.7229168, 51.0254571]},
            "properties": {
                "osm_type": "W", "osm_id": 23290301, "osm_key": "building",
                "osm_value": "university", "type": "house", "name": "Andreas-Pfitzmann-Bau",
                "housenumber": "46", "street": "Nöthnitzer Straße", "district": "Räcknitz",
                "city": "Dresden", "postcode": "01187", "state": "Sachsen",
                "country": "Allemagne", "countrycode": "DE",
                "extent": [13.722, 51.0258, 13.7239, 51.0249],
            },
        },
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [13.7381437, 51.0493286]},
            "properties": {
                "osm_type": "R", "osm_id": 191645, "osm_key": "place", "osm_value": "city",
                "type": "city", "name": "Dresden", "state": "Sachsen", "country": "Allemagne",
                "countrycode": "DE",
            },
        },
    ],
}  # fmt: skip
GOOGLE_AUTOCOMPLETE = {
    "suggestions": [
        {
            "placePrediction": {
                "place": "places/ChIJD7fiBh9u5kcRYJSMaMOCCwQ",
                "placeId": "ChIJD7fiBh9u5kcRYJSMaMOCCwQ",
                "text": {"text": "3 Rue Félix Poulat, Grenoble, France", "matches": []},
                "structuredFormat": {"mainText": {"text": "3 Rue Félix Poulat"}},
                "types": ["street_address", "geocode"],
            }
        },
        {"queryPrediction": {"text": {"text": "rue felix poulat restaurants"}}},
    ]
}
GOOGLE_PLACE = {
    "id": "ChIJD7fiBh9u5kcRYJSMaMOCCwQ",
    "formattedAddress": "3 Rue Félix Poulat, 38000 Grenoble, France",
    "addressComponents": [
        {"longText": "3", "shortText": "3", "types": ["street_number"]},
        {"longText": "Rue Félix Poulat", "shortText": "Rue F. Poulat", "types": ["route"]},
        {"longText": "Grenoble", "shortText": "Grenoble", "types": ["locality", "political"]},
        {"longText": "France", "shortText": "FR", "types": ["country", "political"]},
        {"longText": "38000", "shortText": "38000", "types": ["postal_code"]},
    ],
    "location": {"latitude": 45.1905161, "longitude": 5.7274899},
}
GOOGLE_GEOCODE = {
    "status": "OK",
    "results": [
        {
            "formatted_address": "3 Rue Félix Poulat, 38000 Grenoble, France",
            "place_id": "ChIJD7fiBh9u5kcRYJSMaMOCCwQ",
            "types": ["street_address"],
            "geometry": {
                "location": {"lat": 45.1905161, "lng": 5.7274899}, "location_type": "ROOFTOP",
            },
            "address_components": [
                {"long_name": "3", "short_name": "3", "types": ["street_number"]},
                {"long_name": "Rue Félix Poulat", "short_name": "Poulat", "types": ["route"]},
                {"long_name": "Grenoble", "short_name": "Grenoble", "types": ["locality"]},
                {"long_name": "France", "short_name": "FR", "types": ["country", "political"]},
                {"long_name": "38000", "short_name": "38000", "types": ["postal_code"]},
            ],
        }
    ],
}  # fmt: skip
KEY = "the right key"


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    body: Any


Answer = tuple[int, dict[str, str], bytes]
Behaviour = Callable[[Asked], Awaitable[Answer]]


def says(what: Any, status: int = 200, **headers: str) -> Behaviour:
    async def answer(_asked: Asked) -> Answer:
        body = what if isinstance(what, bytes) else json.dumps(what).encode()
        return status, {n.replace("_", "-"): v for n, v in headers.items()}, body

    return answer


async def as_usual(asked: Asked) -> Answer:
    """What each of them answers to a question that it knows."""
    if asked.path.startswith(("/v1/places", "/maps/api")):
        key = asked.headers.get("x-goog-api-key") or asked.params.get("key")
        if key != KEY:
            return 403, {}, json.dumps({"error": {"status": "PERMISSION_DENIED"}}).encode()
    known: dict[str, Any] = {
        "/completion/": IGN_COMPLETION,
        "/search": IGN_SEARCH,
        "/api/": PHOTON,
        "/v1/places:autocomplete": GOOGLE_AUTOCOMPLETE,
        f"/v1/places/{GOOGLE_PLACE['id']}": GOOGLE_PLACE,
        "/maps/api/geocode/json": GOOGLE_GEOCODE,
    }
    found = known.get(asked.path)
    return (404, {}, b"{}") if found is None else (200, {}, json.dumps(found).encode())


@dataclass
class Geocoder:
    """A server; *behave* says what it does, *asked* is what it was asked."""

    url: str = ""
    behave: Behaviour = as_usual
    asked: list[Asked] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator[Geocoder]:
        geocoder = cls()
        server = await asyncio.start_server(geocoder._serve, "127.0.0.1", 0)
        geocoder.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield geocoder
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (asked := await _read(reader)) is not None:
                self.asked.append(asked)
                status, headers, body = await self.behave(asked)
                lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}"]
                lines += [f"{name}: {value}" for name, value in headers.items()]
                writer.write("\r\n".join([*lines, "", ""]).encode() + body)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # whoever asked has had enough
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Asked | None:
    line = await reader.readline()
    if not line:
        return None
    method, target, _ = line.decode().split()
    headers: dict[str, str] = {}
    while (line := await reader.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode().partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    parts = urlsplit(target)
    params = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return Asked(method, parts.path, params, headers, json.loads(body) if body else None)
