"""Typed clients of the other services' HTTP APIs: each call carries the token of the person who asked."""
