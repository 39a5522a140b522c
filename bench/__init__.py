"""Ratios against named peers, measured side by side in one run. Nothing here is a test: figures, not verdicts."""
