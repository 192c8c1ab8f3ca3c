"""Jobs: the record of what ran at night, and the work that people start and watch."""
