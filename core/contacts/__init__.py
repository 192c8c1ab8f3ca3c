"""Contacts and their groups."""
