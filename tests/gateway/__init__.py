"""Tests of the composition root: serving, commands, endpoint."""
