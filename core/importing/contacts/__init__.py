"""Rows of contacts: what they would do, and doing it for hundreds at a time."""
