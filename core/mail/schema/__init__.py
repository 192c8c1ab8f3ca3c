"""Mails in the API."""
