"""Where the demo plays: French communes with their postcode and position, by region."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files

#: Regions by the prefix of numbers that are set aside for fiction: no telephone rings there.
_PREFIXES = {
    "01 99 00": ("Île-de-France",),
    "02 61 91": ("Bretagne", "Centre-Val de Loire", "Normandie", "Pays de la Loire"),
    "03 53 01": ("Bourgogne-Franche-Comté", "Grand Est", "Hauts-de-France"),
    "04 65 71": ("Auvergne-Rhône-Alpes", "Corse", "Provence-Alpes-Côte d'Azur"),
    "05 36 49": ("Nouvelle-Aquitaine", "Occitanie"),
}
STREETS = (
    "rue de la République",
    "avenue Jean-Jaurès",
    "boulevard Gambetta",
    "place du Marché",
    "rue Victor-Hugo",
    "rue Pasteur",
    "rue des Lilas",
    "avenue de la Gare",
    "chemin des Vignes",
    "allée des Platanes",
    "rue du Général-de-Gaulle",
    "rue Émile-Zola",
    "impasse du Moulin",
    "rue de l'Église",
    "cours Mirabeau",
    "rue Saint-Martin",
    "boulevard Voltaire",
    "rue des Tanneurs",
    "place de l'Hôtel-de-Ville",
)


@dataclass(frozen=True, slots=True)
class Place:
    region: str
    postcode: str
    town: str
    latitude: Decimal
    longitude: Decimal

    @property
    def country(self) -> str:
        return "FR"

    @property
    def prefix(self) -> str:
        """How telephone numbers begin here."""
        return next(prefix for prefix, regions in _PREFIXES.items() if self.region in regions)


@cache
def places() -> tuple[Place, ...]:
    with (files("core.demo") / "places.csv").open(encoding="utf-8") as file:
        return tuple(
            Place(
                row["region"],
                row["postcode"],
                row["town"],
                Decimal(row["latitude"]),
                Decimal(row["longitude"]),
            )
            for row in csv.DictReader(file)
        )


@cache
def places_in(region: str) -> tuple[Place, ...]:
    return tuple(place for place in places() if place.region == region)
