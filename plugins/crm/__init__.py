"""The contact's file: flags, suspensions, notes, opportunities, and the Overview."""
