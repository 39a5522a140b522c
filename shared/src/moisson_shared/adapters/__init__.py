"""The only place that knows a database or opens a connection."""
