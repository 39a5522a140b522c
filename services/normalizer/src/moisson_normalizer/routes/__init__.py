"""The normalizer over HTTP: each router parses, checks rights, calls the domain, and writes JSON."""
