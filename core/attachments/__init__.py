"""Files attached to a contact, and to what modules keep of it."""
