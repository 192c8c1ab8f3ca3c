"""What is done with mails, one file per subject."""
