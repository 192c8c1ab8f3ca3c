"""Tests of module zero and its kit."""
