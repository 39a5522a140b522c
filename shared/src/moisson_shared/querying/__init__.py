"""The pure middle of search: one analysis, one visibility rule and one query tree for all engines."""
