"""Moisson: the public search API, accounts and tokens."""
