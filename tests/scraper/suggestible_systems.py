"""Listings in HTML as well-known systems and vocabularies write them."""

import json
from collections.abc import Sequence

from tests.scraper.sample_site import Page
from tests.scraper.suggestible_projects import PER_PAGE, THEMES, Project, Shape, page, paged, projects


def wordpress() -> Shape:
    """A WordPress archive: articles with numbered classes, dates for machines, pages in the path."""

    def listing(part: Sequence[Project], number: int, last: int) -> bytes:
        items = "".join(
            f'<article id="post-{100 + p.number}" class="post-{100 + p.number} post type-post status-publish hentry '
            f'category-{p.theme.lower()}"><header class="entry-header">'
            f'<h2 class="entry-title"><a href="/2024/{p.slug}/" '
            f'rel="bookmark">{p.name}</a></h2><span class="posted-on">Publié le <a href="/2024/{p.slug}/">'
            f'<time class="entry-date published" datetime="{p.date}">5 du mois</time></a></span>'
            f'<span class="byline"> par <span class="author vcard"><a class="url fn n" href="/author/marie/">Marie'
            f'</a></span></span><span class="cat-links"><a href="/c/{p.theme}/">{p.theme}</a></span></header>'
            f'<div class="entry-summary"><p>{p.text}</p></div></article>'
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
        {"titre": p.name, "date": p.date, "porteur": "Marie", "catégorie": p.theme, "résumé": p.text,
         "identifiant": f"post-{100 + p.number}",
         "description": f"{p.text} On peut y venir chaque jour à {p.town}."}
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


def joomla() -> Shape:
    """Joomla's blog: what looks like a header of the page is one of an item, and a button says nothing of it."""
    items = "".join(
        f'<div class="item column-{p.number % 2 + 1}"><div class="page-header"><h2><a '
        f'href="/index.php/{p.slug}">{p.name}</a></h2></div><p>{p.text}</p><p class="readmore"><a class="btn" '
        f'href="/index.php/{p.slug}">Lire la suite...</a></p></div>'
        for p in projects()
    )
    records = [{"titre": p.name, "description": p.text, "lien": f"{{site}}/index.php/{p.slug}"} for p in projects()]
    return Shape({"/": page(f'<div class="blog"><h1>Projets</h1>{items}</div>')}, "/", records)


def webflow() -> Shape:
    """Each item is a link around parts that only their place tells apart."""
    items = "".join(
        f'<div class="collection-item w-dyn-item"><a href="/p/{p.slug}" class="link-block"><div '
        f'class="div-block-1"></div><h4 class="heading-7">{p.name}</h4>'
        f'<div class="text-block-2">{p.town}</div><div class="text-block-3">{p.postcode}</div></a></div>'
        for p in projects()
    )
    records = [
        {"titre": p.name, "texte": p.town, "code postal": p.postcode, "lien": f"{{site}}/p/{p.slug}"}
        for p in projects()
    ]
    return Shape({"/": page(f'<div class="section"><div class="w-dyn-items">{items}</div></div>')}, "/", records)


def spip() -> Shape:
    """SPIP: an offset in the address, and two texts on each page that share a class."""

    def listing(offset: int) -> bytes:
        items = "".join(
            f'<li class="item hentry"><h3 class="h3 entry-title"><a href="spip.php?article{p.number}">{p.name}</a></h3>'
            f'<p class="info-publi">par <span class="auteurs">Équipe {p.number}</span></p><a class="lire-la-suite" '
            f'href="spip.php?article{p.number}">Lire la suite<span class="lire-la-suite-titre"> de {p.name}</span></a>'
            "</li>"
            for p in projects()[offset : offset + 5]
        )
        links = "".join(
            f'<li><a href="spip.php?rubrique3&amp;debut_articles={at}#pagination_articles">{at // 5 + 1}</a></li>'
            for at in (0, 5, 10) if at != offset
        )  # fmt: skip
        return page(
            f'<div class="main"><div class="menu articles"><h2>Articles</h2><ul class="liste-items">{items}</ul></div>'
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


def tailwind() -> Shape:
    """Tiles whose classes say how they look and nothing else; each is one link."""
    items = "".join(
        f'<a href="/p/{p.slug}" class="block p-4 rounded-lg hover:shadow-lg bg-white"><img '
        f'class="w-full h-32 object-cover" '
        f'src="/i/{p.slug}.jpg"><h3 class="mt-2 text-lg font-bold leading-6">{p.name}</h3>'
        f'<p class="mt-1 tracking-tight">{p.text}</p></a>'
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


def media() -> Shape:
    """Bootstrap's media objects: a text stands beside its heading without an element of its own."""
    items = "".join(
        f'<div class="media"><a class="pull-left" href="/p/{p.slug}"><img class="media-object" '
        f'src="/i/{p.slug}.jpg"></a>'
        f'<div class="media-body"><h4 class="media-heading"><a href="/p/{p.slug}">{p.name}</a></h4>{p.text}<br>'
        f'<div class="date"><time datetime="{p.date}">{p.number} du mois</time></div></div></div>'
        for p in projects()
    )
    records = [
        {"titre": p.name, "description": p.text, "date": p.date, "image": f"{{site}}/i/{p.slug}.jpg",
         "lien": f"{{site}}/p/{p.slug}"}
        for p in projects()
    ]  # fmt: skip
    return Shape({"/": page(f'<div class="container">{items}</div>')}, "/", records)


def hcard() -> Shape:
    """Cards in the classes of hCard, beneath a subtitle."""
    items = "".join(
        f'<div class="vcard"><a class="fn org url" href="https://{p.slug}.example/">{p.name}</a>'
        f'<h6 class="card-subtitle">{p.theme}</h6><div class="adr">'
        f'<span class="street-address">{p.number} rue du Port</span> <span '
        f'class="postal-code">{p.postcode}</span> <span class="locality">{p.town}</span></div></div>'
        for p in projects()
    )
    records = [
        {"titre": p.name, "sous-titre": p.theme, "adresse": f"{p.number} rue du Port", "code postal": p.postcode,
         "ville": p.town, "lien": f"https://{p.slug}.example/"}
        for p in projects()
    ]  # fmt: skip
    return Shape({"/": page(f"<main>{items}</main>")}, "/", records)


def microdata() -> Shape:
    """Items that say what they are, in sections by theme."""
    sections = ""
    for theme in THEMES:
        items = "".join(
            f'<li itemscope itemtype="https://schema.org/Organization"><a itemprop="url" href="/org/{p.slug}">'
            f'<span itemprop="name">{p.name}</span></a>, <span itemprop="addressLocality">{p.town}</span>'
            f'<meta itemprop="latitude" content="47.{p.number}"></li>'
            for p in projects() if p.theme == theme
        )  # fmt: skip
        sections += f"<section><h2>{theme}</h2><ul>{items}</ul></section>"
    ordered = [p for theme in THEMES for p in projects() if p.theme == theme]
    records = [
        {"titre": p.name, "ville": p.town, "latitude": f"47.{p.number}", "lien": f"{{site}}/org/{p.slug}"}
        for p in ordered
    ]
    return Shape({"/": page(f"<main>{sections}</main>")}, "/", records)


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


def dsfr() -> Shape:
    """Tiles of the French State's design system, numbered on the page."""
    items = "".join(
        f'<div class="fr-col-12 fr-col-md-4"><div class="fr-card fr-enlarge-link" id="card-{at}">'
        f'<div class="fr-card__body">'
        f'<h3 class="fr-card__title"><a href="/s/{p.slug}">{p.name}</a></h3><p class="fr-card__desc">{p.text}</p>'
        f'<p class="fr-card__detail fr-icon-map-pin-2-line">{p.town}</p><p class="fr-card__start"><a class="fr-tag" '
        f'rel="tag" href="/t/{p.theme}">{p.theme}</a></p></div></div></div>'
        for at, p in enumerate(projects())
    )
    records = [
        {"titre": p.name, "description": p.text, "texte": p.town, "catégorie": p.theme, "lien": f"{{site}}/s/{p.slug}"}
        for p in projects()
    ]
    return Shape({"/": page(f'<main><div class="fr-grid-row fr-grid-row--gutters">{items}</div></main>')}, "/", records)


def css_modules() -> Shape:
    """Classes made by a bundler: file, name and a digest, or nothing but a digest."""
    items = "".join(
        f'<li class="List_item__3xK2a css-1q2w3e"><a class="Card_root__9sQlp sc-bdVaJa" href="/p/{p.slug}"><span '
        f'class="Card_title__Qw9Zx">{p.name}</span><span class="Card_city__Lk3j2">{p.town}</span><span '
        f'class="css-9z8y7x">{p.text}</span></a></li>'
        for p in projects()
    )
    records = [
        {"titre": p.name, "ville": p.town, "description": p.text, "lien": f"{{site}}/p/{p.slug}"} for p in projects()
    ]
    return Shape({"/": page(f'<main><ul class="List_root__pL0oK">{items}</ul></main>')}, "/", records)
