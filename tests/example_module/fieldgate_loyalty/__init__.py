"""Visits that earn points: a pretend third-party module, as small as a whole one can be."""
