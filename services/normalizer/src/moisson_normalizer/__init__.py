"""Moisson: turns raw records into one schema and publishes the search index."""
