"""Paths of the scraper's things, their ids quoted."""

from urllib.parse import quote


def in_path(part: str) -> str:
    """One part of a path, whatever it holds."""
    return quote(part, safe="")


def partner_path(partner: str) -> str:
    """A partner."""
    return f"/v1/partners/{in_path(partner)}"


def spider_path(spider: str) -> str:
    """A spider."""
    return f"/v1/spiders/{in_path(spider)}"


def run_path(run: str) -> str:
    """A run."""
    return f"/v1/runs/{in_path(run)}"
