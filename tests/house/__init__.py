"""Tests of what holds for all modules."""
