"""Invented directories in the shapes that French sites have, each with the records that a good spider finds in it.

`Shape` is a site: its pages by path, where to begin, and what is expected of every record. All have the same projects.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from tests.scraper.sample_site import Asked, Page, answer, json_answer

Rows = list[dict[str, Any]]
PER_PAGE = 6


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


_NAMES = (
    "La Cantine des voisins", "Vélos du canal", "Atelier du second souffle", "Jardin des remparts", "Café des aidants",
    "Ressourcerie du pont", "Théâtre en chantier", "École de la deuxième chance", "Épicerie du village",
    "Énergie de la vallée", "Maison des langues", "Radio du quartier", "Pédibus des écoles", "Ferme des collines",
)  # fmt: skip
_TOWNS = (("Nantes", "44000"), ("Lyon", "69003"), ("Brest", "29200"), ("Corte", "20250"), ("Lille", "59000"))
_THEMES = ("Alimentation", "Mobilité", "Emploi")
_WORDS = ("partage", "réemploi", "bénévolat", "culture")


def projects(count: int = 14) -> list[Project]:
    """The first of them."""
    return [
        Project(
            number,
            _NAMES[number - 1],
            *_TOWNS[number % 5],
            _THEMES[number % 3],
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


def cards() -> Shape:
    """Cards with a page each and a next link; the page has a definition list."""

    def listing(part: Sequence[Project], number: int, last: int) -> bytes:
        items = "".join(
            f'<li class="card card--projet"><h2 class="card__title"><a href="/projets/{p.slug}">{p.name}</a></h2>'
            f'<p class="card__meta"><span class="card__ville">{p.town}</span>, '
            f'<span class="card__theme">{p.theme}</span>'
            f'</p><a class="btn btn-primary" href="/projets/{p.slug}">Lire la suite</a></li>'
            for p in part
        )
        following = f'<a class="pager-next" href="?page={number + 1}">Suivant ›</a>' if number < last else ""
        return page(
            f'<main><h1>Nos projets</h1><ul class="cards">{items}</ul><nav class="pager">{following}</nav></main>'
        )

    def fiche(p: Project) -> bytes:
        words = "".join(f"<li>{word}</li>" for word in p.words)
        return page(
            f'<main><article class="fiche"><h1>{p.name}</h1><div class="presentation"><p>{p.text}</p></div>'
            f"<dl><dt>Code postal</dt><dd>{p.postcode}</dd><dt>Mots-clés :</dt><dd><ul>{words}</ul></dd></dl></article>"
            '<aside><h2>Voir aussi</h2><a href="/projets/projet-a">La Cantine des voisins</a></aside></main>'
        )

    records = [
        {"titre": p.name, "ville": p.town, "theme": p.theme, "presentation": p.text, "Code postal": p.postcode,
         "Mots-clés": list(p.words)}
        for p in projects()
    ]  # fmt: skip
    return Shape(paged("/projets", listing) | {f"/projets/{p.slug}": fiche(p) for p in projects()}, "/projets", records)


def table() -> Shape:
    """A table with a header row and no class names."""
    rows = "".join(
        f"<tr><td>{p.number}</td><td>{p.name}</td><td>{p.town}</td><td>{p.theme}</td></tr>" for p in projects()
    )
    heads = "<tr><th>N°</th><th>Nom du projet</th><th>Commune</th><th>Thématique</th></tr>"
    records = [
        {"N°": str(p.number), "Nom du projet": p.name, "Commune": p.town, "Thématique": p.theme} for p in projects()
    ]
    return Shape({"/liste": page(f"<main><h1>Liste</h1><table>{heads}{rows}</table></main>")}, "/liste", records)


def definition_lists() -> Shape:
    """Blocks with a heading and a definition list each, all on one page."""
    items = "".join(
        f'<div class="structure"><h3>{p.name}</h3><dl><dt>Ville :</dt><dd>{p.town}</dd>'
        f"<dt>Thème :</dt><dd>{p.theme}</dd>"
        f"<dt>Code postal :</dt><dd>{p.postcode}</dd></dl></div><hr>"
        for p in projects()
    )
    records = [{"titre": p.name, "Ville": p.town, "Thème": p.theme, "Code postal": p.postcode} for p in projects()]
    return Shape({"/": page(f'<div id="contenu"><h1>Les structures</h1>{items}</div>')}, "/", records)


def terms() -> Shape:
    """One definition list: a term for each project, and what it is."""
    items = "".join(f"<dt>{p.name}</dt><dd>{p.text}</dd>" for p in projects())
    records = [{"titre": p.name, "description": p.text} for p in projects()]
    return Shape({"/glossaire": page(f"<main><h1>Projets</h1><dl>{items}</dl></main>")}, "/glossaire", records)


def wordpress() -> Shape:
    """A WordPress archive: articles with numbered classes, dates for machines, pages in the path."""

    def listing(part: Sequence[Project], number: int, last: int) -> bytes:
        items = "".join(
            f'<article id="post-{100 + p.number}" class="post-{100 + p.number} post type-post status-publish hentry '
            f'category-{p.theme.lower()}"><header class="entry-header">'
            f'<h2 class="entry-title"><a href="/2024/{p.slug}/" '
            f'rel="bookmark">{p.name}</a></h2><time class="entry-date published" datetime="{p.date}">5 du mois</time>'
            f'</header><div class="entry-summary"><p>{p.text}</p></div></article>'
            for p in part
        )
        links = "".join(
            f'<a class="page-numbers" href="/projets/page/{n}/">{n}</a>' for n in range(1, last + 1) if n != number
        )
        following = f'<a class="next page-numbers" href="/projets/page/{number + 1}/">→</a>' if number < last else ""
        return page(
            f'<div id="primary" class="content-area"><main class="site-main">{items}'
            f'<nav class="navigation pagination"><div class="nav-links">{links}{following}</div></nav></main></div>'
            '<aside class="widget-area"><section class="widget"><h2>Articles récents</h2><ul>'
            '<li><a href="/2024/projet-a/">La Cantine des voisins</a></li><li><a href="/2024/projet-b/">Vélos</a></li>'
            "</ul></section></aside>",
            head='<link rel="alternate" type="application/rss+xml" title="Flux" href="/feed/">'
            '<link rel="https://api.w.org/" href="/wp-json/">',
        )

    def post(p: Project) -> bytes:
        return page(
            f'<main class="site-main"><article class="post">'
            f'<h1 class="entry-title">{p.name}</h1><div class="entry-content">'
            f"<p>{p.text}</p><p>On peut y venir chaque jour à {p.town}.</p></div></article></main>"
        )

    pages = paged("/projets", listing)
    pages |= {f"/projets/page/{number}/": pages[f"/projets?page={number}"] for number in (1, 2, 3)}
    pages |= {f"/2024/{p.slug}/": post(p) for p in projects()}
    records = [
        {"titre": p.name, "date": p.date, "résumé": p.text, "identifiant": f"post-{100 + p.number}",
         "description": f"{p.text}On peut y venir chaque jour à {p.town}."}
        for p in projects()
    ]  # fmt: skip
    return Shape(pages, "/projets", records)


def drupal() -> Shape:
    """Drupal views: fields in fields, pages counted from 0."""

    def listing(part: Sequence[Project], number: int, last: int) -> bytes:
        items = "".join(
            f'<div class="views-row views-row-{at} {"views-row-odd" if at % 2 else "views-row-even"}">'
            f'<div class="views-field views-field-title">'
            f'<span class="field-content"><a href="/node/{p.number}">{p.name}</a>'
            f'</span></div><div class="views-field views-field-field-ville">'
            f'<div class="field-content">{p.town}</div></div>'
            f'<div class="views-field views-field-field-thematique">'
            f'<div class="field-content">{p.theme}</div></div></div>'
            for at, p in enumerate(part, 1)
        )
        links = "".join(
            f'<li class="pager-item"><a href="/annuaire?page={n}" title="Aller à la page {n + 1}">{n + 1}</a></li>'
            for n in range(last) if n != number
        )  # fmt: skip
        return page(
            f'<div id="main"><div class="view view-annuaire"><div class="view-content">{items}</div>'
            f'<ul class="pager">{links}</ul></div></div>'
        )

    def node(p: Project) -> bytes:
        return page(
            f'<div id="main"><h1 class="page-title">{p.name}</h1><div class="node node-projet">'
            f'<div class="field field--name-field-code"><div class="field__label">Code postal</div>'
            f'<div class="field__item">{p.postcode}</div></div>'
            f'<div class="field field--name-body"><div class="field__item"><p>{p.text}</p></div></div></div></div>'
        )

    found = projects()
    parts = [found[at : at + PER_PAGE] for at in range(0, len(found), PER_PAGE)]
    pages = {f"/annuaire?page={number}": listing(part, number, len(parts)) for number, part in enumerate(parts)}
    pages["/annuaire"] = pages["/annuaire?page=0"]
    pages |= {f"/annuaire?page={number}": page('<div id="main"><p>Aucun résultat.</p></div>') for number in (3, 4)}
    pages |= {f"/node/{p.number}": node(p) for p in found}
    records = [
        {"titre": p.name, "ville": p.town, "thematique": p.theme, "Code postal": p.postcode, "description": p.text}
        for p in found
    ]
    return Shape(pages, "/annuaire", records)


def bootstrap() -> Shape:
    """Cards in rows of three, with images and badges."""

    def card(p: Project) -> str:
        badges = "".join(f'<span class="badge bg-secondary">{word}</span>' for word in p.words)
        return (
            f'<div class="col-md-4 mb-3"><div class="card h-100">'
            f'<img class="card-img-top" src="/img/{p.slug}.jpg" alt="">'
            f'<div class="card-body"><h5 class="card-title">{p.name}</h5>'
            f'<p class="card-text">{p.text}</p>{badges}</div>'
            f'<div class="card-footer"><a class="btn btn-link stretched-link" '
            f'href="https://{p.slug}.example/">Voir le site</a></div></div></div>'
        )

    found = projects(12)
    rows = "".join(f'<div class="row">{"".join(map(card, found[at : at + 3]))}</div>' for at in range(0, 12, 3))
    records = [
        {"titre": p.name, "image": f"{{site}}/img/{p.slug}.jpg", "description": p.text, "mots-clés": list(p.words),
         "lien": f"https://{p.slug}.example/"}
        for p in found
    ]  # fmt: skip
    return Shape({"/": page(f'<div class="container">{rows}</div>')}, "/", records)


def blog() -> Shape:
    """News with advertisements between them, and an offset in the addresses."""

    def listing(part: Sequence[Project], offset: int) -> bytes:
        items = ""
        for at, p in enumerate(part):
            items += (
                f'<div class="news"><h3><a href="/actu/{p.slug}.html">{p.name}</a></h3><p class="date">5 mars 2024</p>'
                f'<p class="chapo">{p.text}</p></div>'
            )
            if at % 2:
                items += '<div class="pub"><a href="https://annonces.example/"><img src="/pub.png"> Offre</a></div>'
        links = "".join(f'<a href="/actus?start={at}">{at // 6 + 1}</a> ' for at in (0, 6, 12) if at != offset)
        return page(f'<div class="content"><h1>Actualités</h1>{items}<p class="pages">{links}</p></div>')

    found = projects()
    pages = {f"/actus?start={at}": listing(found[at : at + 6], at) for at in (0, 6, 12, 18)}
    pages["/actus"] = pages["/actus?start=0"]
    pages |= {f"/actu/{p.slug}.html": page(f"<main><h1>{p.name}</h1></main>") for p in found}
    records = [
        {"titre": p.name, "date": "5 mars 2024", "description": p.text, "lien": f"{{site}}/actu/{p.slug}.html"}
        for p in found
    ]
    return Shape(pages, "/actus", records)


def links_only() -> Shape:
    """Nothing but links to pages, which label what they say in bold."""
    items = "".join(f'<li><a href="fiche.php?id={p.number}">{p.name}</a></li>' for p in projects())
    pages = {"/annuaire/": page(f'<div id="page"><h1>Tous les projets</h1><ul>{items}</ul></div>')}
    for p in projects():
        pages[f"/annuaire/fiche.php?id={p.number}"] = page(
            f'<div id="page"><h1>{p.name}</h1><p><strong>Commune :</strong> {p.town}</p>'
            f"<p><strong>Thème</strong> : {p.theme}</p><p>{p.text}</p></div>"
        )
    records = [{"titre": p.name, "Commune": p.town, "Thème": p.theme, "description": p.text} for p in projects()]
    return Shape(pages, "/annuaire/", records)


def map_and_list() -> Shape:
    """A map whose data stand in a script, and the list beside it with positions in attributes."""
    data = [{"id": p.number, "nom": p.name, "lat": 47.1, "lng": -1.5} for p in projects()]
    items = "".join(
        f'<li class="lieu" data-id="{p.number}" data-lat="47.{p.number}" data-lng="-1.{p.number}"><strong class="nom">'
        f'{p.name}</strong><span class="adresse">{p.number} rue du Port, {p.postcode} {p.town}</span></li>'
        for p in projects()
    )
    script = f'<script type="application/json" id="carte-data">{json.dumps(data)}</script>'
    records = [
        {"nom": p.name, "adresse": f"{p.number} rue du Port, {p.postcode} {p.town}", "identifiant": str(p.number),
         "latitude": f"47.{p.number}", "longitude": f"-1.{p.number}"}
        for p in projects()
    ]  # fmt: skip
    body = f'<main><div id="carte"></div>{script}<ul class="lieux">{items}</ul></main>'
    return Shape({"/carte": page(body)}, "/carte", records)


def microdata() -> Shape:
    """Items that say what they are, in sections by theme."""
    sections = ""
    for theme in _THEMES:
        items = "".join(
            f'<li itemscope itemtype="https://schema.org/Organization"><a itemprop="url" href="/org/{p.slug}">'
            f'<span itemprop="name">{p.name}</span></a>, <span itemprop="addressLocality">{p.town}</span></li>'
            for p in projects() if p.theme == theme
        )  # fmt: skip
        sections += f"<section><h2>{theme}</h2><ul>{items}</ul></section>"
    ordered = [p for theme in _THEMES for p in projects() if p.theme == theme]
    records = [{"titre": p.name, "ville": p.town, "lien": f"{{site}}/org/{p.slug}"} for p in ordered]
    return Shape({"/": page(f"<main>{sections}</main>")}, "/", records)


# Data.


def as_object(p: Project) -> dict[str, Any]:
    return {"id": p.number, "nom": p.name, "ville": p.town, "themes": list(p.words)}


def plain_json() -> Shape:
    """An array."""
    found = [as_object(p) for p in projects()]
    return Shape({"/api/projets": json_answer(found)}, "/api/projets", found, "json")


def csv_file() -> Shape:
    """Semicolons, as a French spreadsheet writes them."""
    lines = "".join(f"{p.number};{p.name};{p.town};{p.postcode}\r\n" for p in projects())
    body = f"Référence;Intitulé;Commune;CP\r\n{lines}".encode("cp1252")
    records = [
        {"Référence": str(p.number), "Intitulé": p.name, "Commune": p.town, "CP": p.postcode} for p in projects()
    ]
    pages = {"/projets.csv": answer(body, content_type="text/csv; charset=windows-1252")}
    return Shape(pages, "/projets.csv", records, "file")


def offered_csv() -> Shape:
    """A page that lists nothing and offers the file."""
    shape = csv_file()
    welcome = page('<main><h1>Données</h1><p>Nos projets en <a href="/projets.csv">un fichier CSV</a>.</p></main>')
    return Shape({**shape.pages, "/": welcome}, "/", shape.records, "file")


def rss() -> Shape:
    """A feed."""
    items = "".join(
        f"<item><title>{p.name}</title><link>{{site}}/{p.slug}</link><guid>{p.slug}</guid>"
        f"<description>{p.text}</description></item>"
        for p in projects()
    )
    body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Actus</title>{items}</channel></rss>'
    records = [{"title": p.name, "link": f"{{site}}/{p.slug}", "id": p.slug, "summary": p.text} for p in projects()]
    return Shape({"/feed": answer(body, content_type="application/rss+xml")}, "/feed", records, "feed")


def sitemap() -> Shape:
    """A sitemap with pages of several kinds."""
    others = "".join(f"<url><loc>{{site}}/{name}</loc></url>" for name in ("", "contact", "equipe"))
    urls = "".join(f"<url><loc>{{site}}/projets/{p.slug}</loc></url>" for p in projects())
    body = f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{others}{urls}</urlset>'
    pages = {"/sitemap.xml": answer(body, content_type="application/xml")}
    for p in projects():
        pages[f"/projets/{p.slug}"] = page(
            f'<main><h1>{p.name}</h1><p class="ville">{p.town}</p><div class="description"><p>{p.text}</p></div></main>'
        )
    records = [{"titre": p.name, "ville": p.town, "description": p.text} for p in projects()]
    return Shape(pages, "/sitemap.xml", records, "sitemap")


def geojson() -> Shape:
    """Features of a map."""
    features = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [-1.5, 47.2]},
         "properties": {"nom": p.name, "ville": p.town}}
        for p in projects()
    ]  # fmt: skip
    document = {"type": "FeatureCollection", "features": features}
    records = [
        {"nom": p.name, "ville": p.town, "geometry": {"type": "Point", "coordinates": [-1.5, 47.2]}} for p in projects()
    ]
    pages = {"/carte.geojson": answer(json.dumps(document), content_type="application/geo+json")}
    return Shape(pages, "/carte.geojson", records, "file")


def enveloped(**ways: Any) -> Callable[[Asked], bytes]:
    """An API whose answers have `per` objects each: `ways` name what stands around them, made of the place."""
    found = [as_object(p) for p in projects()]
    size = ways.pop("per", 5)
    place: Callable[[dict[str, str]], int] = ways.pop("place")

    def one(asked: Asked) -> bytes:
        at = place(dict(parse_qsl(asked.target.partition("?")[2])))
        around = {name: way(at, at + size < len(found)) for name, way in ways.items()}
        return json_answer({**around, "resultats": found[at : at + size]})

    return one


def cursor_json() -> Shape:
    """A cursor in the answer."""
    api = enveloped(
        meta=lambda at, more: {"next_cursor": f"c{at + 5}" if more else None},
        place=lambda asked: int(asked.get("cursor", "c0")[1:]),
    )
    return Shape({"/api": api}, "/api", [as_object(p) for p in projects()], "json")


def next_address_json() -> Shape:
    """The address of the next answer."""
    api = enveloped(
        count=lambda at, more: 14,
        next=lambda at, more: f"/api?depart={at + 5}" if more else None,
        place=lambda asked: int(asked.get("depart", "0")),
    )
    return Shape({"/api": api}, "/api", [as_object(p) for p in projects()], "json")


def page_json() -> Shape:
    """Pages by number."""
    api = enveloped(
        page=lambda at, more: at // 5 + 1, total_pages=lambda at, more: 3,
        place=lambda asked: 5 * (int(asked.get("page", "1")) - 1),
    )  # fmt: skip
    return Shape({"/api": api}, "/api", [as_object(p) for p in projects()], "json")


def offset_json() -> Shape:
    """An offset, and only the number of all."""
    api = enveloped(
        total=lambda at, more: 14, offset=lambda at, more: at, place=lambda asked: int(asked.get("offset", "0"))
    )
    return Shape({"/api": api}, "/api", [as_object(p) for p in projects()], "json")


def load_more() -> Shape:
    """A button that loads more of the list by script."""
    found = projects()

    def part(at: int) -> str:
        items = "".join(
            f'<div class="vignette"><h3>{p.name}</h3><p class="ville">{p.town}</p></div>' for p in found[at : at + 5]
        )
        button = f'<button class="plus" data-url="/suite?de={at + 5}">Voir plus de projets</button>'
        return items + (button if at + 5 < len(found) else "")

    pages: dict[str, Page] = {f"/suite?de={at}": answer(part(at)) for at in (5, 10)}
    pages["/"] = page(f'<main><h1>Projets</h1><div class="grille">{part(0)}</div></main>')
    return Shape(pages, "/", [{"titre": p.name, "ville": p.town} for p in found])


def json_ld() -> Shape:
    """Cards without anything, and pages that say all in JSON-LD."""
    items = "".join(f'<a class="tuile" href="/p/{p.slug}"><span class="nom">{p.name}</span></a>' for p in projects())
    pages: dict[str, Page] = {"/": page(f'<main><div class="tuiles">{items}</div></main>')}
    for p in projects():
        said = {
            "@context": "https://schema.org", "@type": "NGO", "name": p.name, "foundingDate": str(1990 + p.number),
            "address": {"@type": "PostalAddress", "addressLocality": p.town, "postalCode": p.postcode},
        }  # fmt: skip
        head = f'<script type="application/ld+json">{json.dumps(said)}</script>'
        pages[f"/p/{p.slug}"] = page(f"<main><h1>{p.name}</h1></main>", head=head)
    records = [
        {"nom": p.name, "date": str(1990 + p.number), "ville": p.town, "code postal": p.postcode} for p in projects()
    ]
    return Shape(pages, "/", records)


def accordion() -> Shape:
    """Bootstrap's accordion: headings that are buttons, and labels without markup."""
    items = "".join(
        f'<div class="accordion-item"><h2 class="accordion-header" id="h{p.number}"><button class="accordion-button '
        f'collapsed" data-bs-target="#c{p.number}">{p.name}</button></h2><div id="c{p.number}" class="collapse"><div '
        f'class="accordion-body"><p>{p.text}</p><ul><li>Ville : {p.town}</li><li>Code postal : {p.postcode}</li></ul>'
        "</div></div></div>"
        for p in projects()
    )
    records = [{"titre": p.name, "description": p.text, "Ville": p.town, "Code postal": p.postcode} for p in projects()]
    return Shape({"/": page(f'<div class="accordion" id="acc">{items}</div>')}, "/", records)


def tailwind() -> Shape:
    """Tiles whose classes say how they look and nothing else; each is one link."""
    items = "".join(
        f'<a href="/p/{p.slug}" class="block p-4 rounded-lg hover:shadow-lg bg-white"><img class="w-full h-32" '
        f'src="/i/{p.slug}.jpg"><h3 class="mt-2 text-lg font-bold">{p.name}</h3><p class="mt-1">{p.text}</p></a>'
        for p in projects()
    )
    pages: dict[str, Page] = {"/": page(f'<section class="mx-auto"><div class="grid gap-4">{items}</div></section>')}
    for p in projects():
        table = f"<tr><th>Commune</th><td>{p.town}</td></tr><tr><th>Code postal</th><td>{p.postcode}</td></tr>"
        pages[f"/p/{p.slug}"] = page(f"<main><h1>{p.name}</h1><table>{table}</table></main>")
    records = [
        {"titre": p.name, "image": f"{{site}}/i/{p.slug}.jpg", "description": p.text, "Commune": p.town,
         "Code postal": p.postcode}
        for p in projects()
    ]  # fmt: skip
    return Shape(pages, "/", records)


def spip() -> Shape:
    """SPIP: an offset in the address, and two texts on each page that share a class."""

    def listing(offset: int) -> bytes:
        items = "".join(
            f'<li class="item hentry"><h3 class="h3 entry-title"><a href="spip.php?article{p.number}">{p.name}</a></h3>'
            f'<p class="info-publi">par <span class="auteurs">Équipe {p.number}</span></p></li>'
            for p in projects()[offset : offset + 5]
        )
        links = "".join(
            f'<li><a href="spip.php?rubrique3&amp;debut_articles={at}#pagination_articles">{at // 5 + 1}</a></li>'
            for at in (0, 5, 10) if at != offset
        )  # fmt: skip
        return page(
            f'<div class="main"><h2>Articles</h2><ul class="liste-items">{items}</ul>'
            f'<nav class="pagination"><ul>{links}</ul></nav></div>'
        )

    pages: dict[str, Page] = {f"/spip.php?rubrique3&debut_articles={at}": listing(at) for at in (0, 5, 10)}
    pages |= {"/spip.php?rubrique3": listing(0), "/spip.php?rubrique3&debut_articles=15": page("<p>Rien.</p>")}
    for p in projects():
        pages[f"/spip.php?article{p.number}"] = page(
            f'<div class="main"><h1 class="crayon entry-title">{p.name}</h1><div class="chapo surlignable"><p>{p.text}'
            f'</p></div><div class="texte surlignable">'
            f"<p>Le texte de {p.name}, écrit par celles et ceux qui y sont.</p>"
            "</div></div>"
        )
    records = [
        {"titre": p.name, "auteurs": f"Équipe {p.number}", "description": p.text, "texte": f"Le texte de {p.name}, "
         "écrit par celles et ceux qui y sont."}
        for p in projects()
    ]  # fmt: skip
    return Shape(pages, "/spip.php?rubrique3", records)


def bold_labels() -> Shape:
    """Two labels in one paragraph, and columns of nothing."""
    items = "".join(
        f"<li><h3>{p.name}</h3><p><b>Town:</b> {p.town}<br><b>Topic:</b> {p.theme}</p></li>" for p in projects()
    )
    records = [{"titre": p.name, "Town": p.town, "Topic": p.theme} for p in projects()]
    return Shape({"/": page(f"<div><h1>Our projects</h1><ul>{items}</ul></div>")}, "/", records)


def no_classes() -> Shape:
    """Nested divisions without a single class, in a form as old servers write them."""
    items = "".join(
        f'<div><div><a href="/voir?ref={p.number}"><img src="/i/{p.number}.png"></a></div><div><b>{p.name}</b></div>'
        f"<div>Ville : {p.town}</div></div>"
        for p in projects()
    )
    body = f'<form action="/"><div><h1>Projets</h1></div><div>{items}</div></form>'
    pages: dict[str, Page] = {"/": page(body)}
    records = [
        {
            "titre": p.name,
            "image": f"{{site}}/i/{p.number}.png",
            "Ville": p.town,
            "lien": f"{{site}}/voir?ref={p.number}",
        }
        for p in projects()
    ]
    return Shape(pages, "/", records)


SHAPES: tuple[Callable[[], Shape], ...] = (
    cards, table, definition_lists, terms, wordpress, drupal, bootstrap, blog, links_only, map_and_list, microdata,
    load_more, json_ld, no_classes, accordion, tailwind, spip, bold_labels,
    plain_json, cursor_json, next_address_json, page_json, offset_json, csv_file, offered_csv, rss, sitemap, geojson,
)  # fmt: skip
