"""What is done with financial documents, accounts and terms."""
