"""Persons as recipients of mails, and as what mails speak of."""
