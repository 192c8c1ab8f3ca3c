"""Persons: whom to reach at a contact, and who is the first to be asked."""
