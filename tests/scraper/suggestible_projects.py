"""The invented projects that all suggestible sites list, and what these sites are made of.

`Shape` is a site: its pages by path, where to begin, and what is expected of every record.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.scraper.sample_site import Page, answer

PER_PAGE = 6
_NAMES = (
    "La Cantine des voisins", "Vélos du canal", "Atelier du second souffle", "Jardin des remparts", "Café des aidants",
    "Ressourcerie du pont", "Théâtre en chantier", "École de la deuxième chance", "Épicerie du village",
    "Énergie de la vallée", "Maison des langues", "Radio du quartier", "Pédibus des écoles", "Ferme des collines",
)  # fmt: skip
_TOWNS = (("Nantes", "44000"), ("Lyon", "69003"), ("Brest", "29200"), ("Corte", "20250"), ("Lille", "59000"))
THEMES = ("Alimentation", "Mobilité", "Emploi")
_WORDS = ("partage", "réemploi", "bénévolat", "culture")


@dataclass(frozen=True)
class Project:
    """One invented project."""

    number: int
    name: str
    town: str
    postcode: str
    theme: str
    text: str
    words: tuple[str, ...]

    @property
    def slug(self) -> str:
        return f"projet-{chr(96 + self.number)}"

    @property
    def date(self) -> str:
        return f"2024-{self.number % 12 + 1:02}-05"


def projects(count: int = 14) -> list[Project]:
    """The first of them."""
    return [
        Project(
            number,
            _NAMES[number - 1],
            *_TOWNS[number % 5],
            THEMES[number % 3],
            f"Depuis {2000 + number}, les habitants y mettent en commun leurs outils, leur temps et leurs savoirs.",
            (_WORDS[number % 4], _WORDS[(number + 1) % 4]),
        )
        for number in range(1, count + 1)
    ]


@dataclass
class Shape:
    """A site and what is expected of it."""

    pages: Mapping[str, Page]
    start: str
    records: list[dict[str, Any]]
    kind: str = "html"
    options: dict[str, Any] = field(default_factory=dict)


def page(body: str, title: str = "Annuaire", head: str = "") -> bytes:
    """A page with what pages have around their content."""
    return answer(
        f"""<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{title}</title>{head}</head><body>
        <header class="site-header"><a class="logo" href="/"><img src="/logo.png" alt=""></a>
        <nav class="main-menu"><ul><li><a href="/">Accueil</a></li><li><a href="/agenda">Agenda</a></li>
        <li><a href="/equipe">L’équipe</a></li><li><a href="/contact">Nous contacter</a></li>
        <li><a href="/adherer">Adhérer au réseau</a></li></ul></nav></header>
        {body}
        <footer class="site-footer"><ul><li><a href="/mentions">Mentions légales</a></li>
        <li><a href="/plan">Plan du site</a></li><li><a href="/presse">Espace presse</a></li></ul>
        <p>Réseau des initiatives, 12 rue des Lilas, 75011 Paris</p></footer></body></html>"""
    )


def paged(path: str, listing: Callable[[Sequence[Project], int, int], bytes], count: int = 14) -> dict[str, Page]:
    """A listing in parts: `path`, `path?page=2`, …"""
    found = projects(count)
    parts = [found[at : at + PER_PAGE] for at in range(0, count, PER_PAGE)]
    pages: dict[str, Page] = {
        f"{path}?page={number}": listing(part, number, len(parts)) for number, part in enumerate(parts, 1)
    }
    return pages | {path: pages[f"{path}?page=1"]}
