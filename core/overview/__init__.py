"""The Overview of a contact, which modules fill."""
