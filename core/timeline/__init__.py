"""What happened with a contact, over all modules, newest first."""
