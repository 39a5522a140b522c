"""Moisson: the whole suite in one process, and its demo."""
