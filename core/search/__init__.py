"""Contacts are found by what people remember of them."""
