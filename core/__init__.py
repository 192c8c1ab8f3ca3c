"""Module zero, always on: contacts, their hierarchy and custom fields, and what every module leans on."""
