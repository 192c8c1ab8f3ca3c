"""Mails: templates, mailings to many, what becomes of each mail, and who wants no more."""
