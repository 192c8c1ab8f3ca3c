"""Module zero, always on: contacts, their tree and fields, and what every module leans on."""
