"""Turning raw rows into projects: the same mapping in our recipe and in petl, on the same rows."""
