"""Spreadsheets that people send are checked row by row, applied, and can be undone."""
