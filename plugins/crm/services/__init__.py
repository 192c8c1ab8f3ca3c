"""What is done with the contact's file."""
