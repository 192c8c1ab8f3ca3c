"""Missions: the work that is planned and done for contacts."""
