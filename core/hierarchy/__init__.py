"""Who hangs below whom."""
