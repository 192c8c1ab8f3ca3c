"""A module whose jobs and listeners tests can stop half-way, or let fail."""
