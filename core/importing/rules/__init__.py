"""What cells mean, and which columns are meant for which fields: pure functions on values."""
