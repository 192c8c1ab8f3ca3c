"""Who appears in the demo: two companies, their customers, suppliers and prospects."""

from __future__ import annotations

from dataclasses import dataclass

AGENCIES, SITES = 3, 5


@dataclass(frozen=True)
class Customer:
    """A head office with branches in three regions; *code* begins the references of its tree."""

    code: str
    name: str
    domain: str
    segment: str
    #: What its sites are called; the town is added.
    sites: tuple[str, ...]
    regions: tuple[str, str, str]


@dataclass(frozen=True)
class Cast:
    """A tenant's contacts.

    The first customer's head office is flagged, the second one's is on stop with all below it;
    *sample* is the first customer's first site, of which there is everything.
    """

    slug: str
    customers: tuple[Customer, ...]
    suppliers: tuple[str, ...]
    prospects: tuple[str, ...]

    @property
    def flagged(self) -> str:
        return self.customers[0].code

    @property
    def suspended(self) -> str:
        return self.customers[1].code

    @property
    def sample(self) -> str:
        return f"{self.customers[0].code}-1-1-1"


HORIZON = Cast(
    slug="horizon",
    customers=(
        Customer(
            "BEL",
            "Foncière Belle-Rive",
            "belle-rive.example",
            "Bureaux et logements",
            (
                "Résidence Les Tilleuls",
                "Immeuble Le Belvédère",
                "Résidence Les Jardins de Flore",
                "Tour Vauban",
                "Immeuble Pasteur",
                "Résidence Le Clos Fleuri",
                "Galerie des Arcades",
            ),
            ("Bretagne", "Île-de-France", "Auvergne-Rhône-Alpes"),
        ),
        Customer(
            "HLO",
            "Habitat Loire-Océan",
            "loire-ocean.example",
            "Logement social",
            (
                "Résidence Jean-Moulin",
                "Résidence Les Marronniers",
                "Cité Lucie-Aubrac",
                "Résidence Le Hameau du Lac",
                "Foyer Ambroise-Croizat",
            ),
            ("Pays de la Loire", "Centre-Val de Loire", "Nouvelle-Aquitaine"),
        ),
        Customer(
            "AUB",
            "Groupe Saint-Aubin Santé",
            "saint-aubin.example",
            "Santé",
            (
                "Clinique Saint-Aubin",
                "EHPAD Les Glycines",
                "Centre de rééducation du Parc",
                "Clinique des Ormes",
            ),
            ("Normandie", "Hauts-de-France", "Grand Est"),
        ),
        Customer(
            "LIT",
            "Hôtels du Littoral",
            "hotels-littoral.example",
            "Hôtellerie",
            (
                "Hôtel de la Plage",
                "Hôtel Bellevue",
                "Hôtel des Voyageurs",
                "Résidence hôtelière Azur",
                "Hôtel du Vieux-Port",
            ),
            ("Provence-Alpes-Côte d'Azur", "Occitanie", "Corse"),
        ),
        Customer(
            "MON",
            "Institut Montaigne-Lamarck",
            "montaigne-lamarck.example",
            "Enseignement",
            (
                "Lycée Lamarck",
                "Collège Montaigne",
                "Internat des Cèdres",
                "Campus du Ru",
                "École primaire Jules-Verne",
            ),
            ("Bourgogne-Franche-Comté", "Grand Est", "Île-de-France"),
        ),
    ),
    suppliers=(
        "Ascenseurs & Pièces de l'Ouest",
        "Thermique Distribution",
        "Robinetterie Lemaire",
        "Brûleurs du Nord",
        "Câbles et Poulies Ferrand",
        "Fumisterie Castel",
    ),
    prospects=(
        "Copropriété du Quai des Brumes",
        "Thermes de la Fontaine-Chaude",
        "Maison de retraite L'Oustal",
        "Théâtre des Deux-Rives",
    ),
)

ATELIER = Cast(
    slug="atelier",
    customers=(
        Customer(
            "GAL",
            "Galeries Vernet",
            "galeries-vernet.example",
            "Commerce",
            (
                "Boutique Vernet",
                "Corner Vernet Homme",
                "Atelier de retouche",
                "Entrepôt Vernet",
                "Boutique Vernet Maison",
            ),
            ("Île-de-France", "Occitanie", "Provence-Alpes-Côte d'Azur"),
        ),
        Customer(
            "BRU",
            "Brasseries Bruant",
            "brasseries-bruant.example",
            "Restauration",
            ("Brasserie Bruant", "Café du Passage", "Bistrot des Halles", "Le Comptoir Bruant"),
            ("Hauts-de-France", "Grand Est", "Normandie"),
        ),
    ),
    suppliers=("Menuiserie Kerdoncuff", "Verrerie du Lac", "Luminaires Baptiste"),
    prospects=("Librairie des Quatre-Vents", "Pharmacie centrale Duroc", "Chocolaterie Aubert"),
)
