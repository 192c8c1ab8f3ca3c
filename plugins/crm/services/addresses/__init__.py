"""Addresses: what is suggested for what is typed, and where a postcode is."""
