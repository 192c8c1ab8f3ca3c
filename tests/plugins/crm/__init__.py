"""Tests of the contact's file."""
