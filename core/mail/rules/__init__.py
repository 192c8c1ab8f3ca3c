"""What mails must be like: pure functions on values."""
