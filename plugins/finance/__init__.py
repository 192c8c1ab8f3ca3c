"""Finance: documents with exact totals, the terms given to a contact, and its account."""
