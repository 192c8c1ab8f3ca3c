"""Why rows are refused, as reports say it to people: in French and English."""

from __future__ import annotations

import re

#: By the code of a problem. *cell* is what stands there; the rest is read from the API's message.
_FRENCH = {
    "AMBIGUOUS_PARENT": "plusieurs contacts ont la référence « {cell} » : rendez-la unique d'abord",
    "AMBIGUOUS_REFERENCE": "plusieurs contacts ont la référence « {cell} » : rendez-la unique "
    "d'abord",
    "CELL_ERROR": "la cellule contient une erreur, pas une valeur",
    "CHANGED_SINCE": "quelqu'un a modifié la fiche depuis la vérification : vérifiez de nouveau",
    "CYCLE": "les rattachements se referment en boucle",
    "DIGITS_LOST": "« {cell} » a perdu des chiffres : mettez la colonne au format texte et "
    "saisissez le numéro de nouveau",
    "DUPLICATE_IN_FILE": "la ligne {row} concerne la même fiche : n'en gardez qu'une",
    "DUPLICATE_OPTION": "une option est donnée deux fois",
    "FORMULA_WITHOUT_VALUE": "la formule n'a pas été calculée : ouvrez le fichier dans un tableur "
    "et enregistrez-le",
    "GROUP_MISSING": "un contact doit être dans un groupe",
    "HEADERS_AGAIN": "la ligne répète les en-têtes",
    "INVALID_BOOLEAN": "« {cell} » n'est ni oui ni non",
    "INVALID_CHARACTERS": "il y a un caractère de contrôle, par exemple un retour à la ligne",
    "INVALID_COUNTRY": "« {cell} » n'est pas un pays",
    "INVALID_DATE": "« {cell} » n'est pas un jour comme 31/01/2026",
    "INVALID_EMAIL": "« {cell} » n'est pas une adresse e-mail",
    "INVALID_ID": "« {cell} » n'est pas un identifiant",
    "INVALID_LANGUAGE": "« {cell} » n'est pas une langue comme fr ou fr-BE",
    "INVALID_LINK": "« {cell} » n'est pas un lien : siège et agence, bailleur et locataire, site "
    "facturé au parent, autre",
    "INVALID_NUMBER": "« {cell} » n'est pas un nombre",
    "INVALID_PHONE": "« {cell} » n'est pas un numéro de téléphone",
    "INVALID_POSITION": "il faut une latitude de -90 à 90 et une longitude de -180 à 180",
    "INVALID_URL": "« {cell} » n'est pas une adresse comme https://example.com",
    "INVALID_WEBSITE": "« {cell} » n'est pas une adresse comme https://example.com",
    "MANDATORY_MISSING": "il faut une valeur",
    "NAME_EMPTY": "un contact doit avoir un nom",
    "NOT_AN_INTEGER": "« {cell} » n'est pas un nombre entier",
    "NOT_FOUND": "« {cell} » n'existe pas",
    "NOT_WRITTEN": "la base de données refuse cette ligne : vérifiez de nouveau",
    "NO_PARENT": "un contact sans parent n'a pas de lien",
    "OUT_OF_BOUNDS": "« {cell} » est hors des limites du champ",
    "PARENT_REFUSED": "son parent, ligne {row}, est refusé",
    "PERSON_EMPTY": "une personne doit avoir un prénom, un nom ou une adresse e-mail",
    "PERSON_UNATTACHED": "une personne sans contact n'est la principale d'aucun",
    "REFERENCE_NEEDED": "la référence dit de quel contact il s'agit : elle ne peut être vidée",
    "ROW_TOO_LONG": "la ligne a plus de cellules que d'en-têtes : mettez entre guillemets les "
    "textes qui contiennent le séparateur",
    "TOO_DEEP": "l'arbre aurait {many} niveaux ; {most} sont admis",
    "TOO_LONG": "il y a {many} caractères ; {most} sont admis",
    "TOO_MANY_DECIMALS": "« {cell} » a trop de décimales",
    "TOO_MANY_DIGITS": "« {cell} » a trop de chiffres",
    "TWO_PRIMARIES": "la ligne {row} désigne une autre personne principale du contact : n'en "
    "gardez qu'une",
    "UNKNOWN_CONTACT": "aucun contact n'a la référence « {cell} »",
    "UNKNOWN_GROUP": "il n'y a pas de groupe « {cell} » : créez-le d'abord",
    "UNKNOWN_KEY": "le groupe du contact n'a pas ce champ",
    "UNKNOWN_OPTION": "« {cell} » n'est pas une option du champ",
    "UNKNOWN_OWNER": "aucun utilisateur, ou plusieurs, ne s'appelle « {cell} »",
    "UNKNOWN_PARENT": "il n'y a pas de contact « {cell} », ni de ligne qui le crée",
    "UNKNOWN_UID": "il n'y a pas de personne « {cell} »",
    "WRONG_TYPE": "« {cell} » n'est pas du type du champ",
}
CODES = frozenset(_FRENCH)
_ROW = re.compile(r"\b[Rr]ow (\d+)")
_MANY = re.compile(r"ha(?:s|ve) (\d+) \w+[^;]*; (\d+) are allowed")
_LONGEST = 60


def reason(language: str, code: str, message: str, header: str | None, cell: str) -> str:
    """Why, for somebody who reads *language*; what a module refuses itself is in the API's words.

    *header* is of the column it is about, if it is about one.
    """
    if language != "fr" or code not in _FRENCH:
        return message if header is None else f"{header}: {message}"
    row, many = _ROW.search(message), _MANY.search(message)
    said = _FRENCH[code].format(
        cell=cell[:_LONGEST],
        row=row[1] if row else "?",
        many=many[1] if many else "?",
        most=many[2] if many else "?",
    )
    return f"{said[0].upper()}{said[1:]}." if header is None else f"{header} : {said}."
