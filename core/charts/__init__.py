"""The nightly snapshot behind a contact's charts."""
