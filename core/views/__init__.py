"""Saved views of lists, and which tab of a contact opens first."""
