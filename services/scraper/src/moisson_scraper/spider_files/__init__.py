"""Spiders as files that people keep and edit: YAML and JSON, and the JSON Schema that their editors read."""
