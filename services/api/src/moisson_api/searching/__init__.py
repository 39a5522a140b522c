"""Public search: from a query string to a `SearchQuery`, and from a page of hits to JSON."""
