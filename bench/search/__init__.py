"""Searching: the adapter against bare tantivy, and the API's route against a bare Starlette route."""
