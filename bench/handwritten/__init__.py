"""What one would write by hand for this data: a statement per operation that returns JSON."""
