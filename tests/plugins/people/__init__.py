"""Persons: tests of the people module."""
