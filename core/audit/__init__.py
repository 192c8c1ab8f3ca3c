"""Who changed what, as the API shows it."""
