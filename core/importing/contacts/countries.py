"""Names of countries in French and English, as people write them instead of codes."""

from __future__ import annotations

from core.contacts.rules import COUNTRIES
from core.kit.keys import sort_key

_NAMES = """
FR France | BE Belgique, Belgium | CH Suisse, Switzerland | LU Luxembourg | MC Monaco
DE Allemagne, Germany | ES Espagne, Spain | IT Italie, Italy | PT Portugal | AD Andorre, Andorra
NL Pays-Bas, Netherlands, The Netherlands, Hollande | AT Autriche, Austria | IE Irlande, Ireland
GB Royaume-Uni, United Kingdom, UK, Grande-Bretagne, Great Britain, Angleterre, England
DK Danemark, Denmark | SE Suède, Sweden | NO Norvège, Norway | FI Finlande, Finland
PL Pologne, Poland | CZ Tchéquie, Czechia, République tchèque, Czech Republic
SK Slovaquie, Slovakia | HU Hongrie, Hungary | RO Roumanie, Romania | BG Bulgarie, Bulgaria
GR Grèce, Greece | HR Croatie, Croatia | SI Slovénie, Slovenia | MA Maroc, Morocco
DZ Algérie, Algeria | TN Tunisie, Tunisia | SN Sénégal, Senegal | CI Côte d'Ivoire, Ivory Coast
CM Cameroun, Cameroon | US États-Unis, United States, USA, Etats-Unis d'Amérique
CA Canada | RE La Réunion, Réunion | GP Guadeloupe | MQ Martinique | GF Guyane, Guyane française
YT Mayotte | NC Nouvelle-Calédonie | PF Polynésie française
"""
_CODES = {
    sort_key(name): entry[:2]
    for line in _NAMES.strip().splitlines()
    for entry in line.split(" | ")
    for name in entry[3:].split(", ")
}


def code(text: str) -> str:
    """The code of the country that is named; *text* itself if it is a code, or no country."""
    if text.upper() in COUNTRIES:
        return text.upper()
    return _CODES.get(sort_key(text), text)
