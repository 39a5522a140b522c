"""The three sample partners as documents: card, spider and recipe, with the addresses of this start filled in.

Also what is expected of them: the projects that must be found at the end.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from starlette.applications import Starlette

from moisson_standalone.demo.sites.archipel import archipel_site, read_initiatives
from moisson_standalone.demo.sites.moulin import moulin_site, read_places
from moisson_standalone.demo.sites.tilleul import read_directory, tilleul_site

FOLDER = Path(__file__).with_name("partners")
SITE = "{site}"
"""Stands in the documents for the address of the partner's site."""


@dataclass(frozen=True, slots=True)
class SamplePartner:
    """One partner: its id, its site, the titles to be found, and the port of the site unless told otherwise."""

    id: str
    site: Callable[[], Starlette]
    titles: Callable[[], frozenset[str]]

    def document(self, name: str, site_address: str) -> dict[str, Any]:
        """`partner`, `spider` or `recipe`, for a site at this address."""
        text = (FOLDER / self.id / f"{name}.json").read_text(encoding="utf-8")
        document: dict[str, Any] = orjson.loads(text.replace(SITE, site_address))
        return document


def _tilleul_titles() -> frozenset[str]:
    """Cards whose page is gone, is closed by robots.txt or has no name never become projects."""
    return frozenset(e.title for e in read_directory() if e.title and not e.missing_page and not e.draft)


def _archipel_titles() -> frozenset[str]:
    return frozenset(initiative["nom"] for initiative in read_initiatives() if initiative["nom"])


def _moulin_titles() -> frozenset[str]:
    return frozenset(row["Intitulé"] for row in read_places() if row["Intitulé"] != "null")


SAMPLE_PARTNERS = (
    SamplePartner("tilleul", tilleul_site, _tilleul_titles),
    SamplePartner("archipel", archipel_site, _archipel_titles),
    SamplePartner("moulin", moulin_site, _moulin_titles),
)
