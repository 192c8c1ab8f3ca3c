"""Persons in spreadsheets: rows of their own, and the primary person in a contact's row."""

from plugins.people.sheets.columns import PERSONS, PRIMARY

__all__ = ["PERSONS", "PRIMARY"]
