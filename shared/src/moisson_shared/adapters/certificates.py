"""The certificate authorities that are trusted, read once: they take a thirtieth of a second, and megabytes."""

import ssl
from functools import cache

import httpx


@cache
def trusted_certificates() -> ssl.SSLContext:
    """One for all clients of a process, which do not change it; the environment does not either."""
    return httpx.create_ssl_context(trust_env=False)
