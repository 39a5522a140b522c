"""Listings in HTML as people write them by hand, or with whatever made their site."""

import json
from collections.abc import Sequence

from tests.scraper.sample_site import Page, answer
from tests.scraper.suggestible_projects import THEMES, Project, Shape, page, paged, projects


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


def tables_by_theme() -> Shape:
    """A table for each theme, and its columns headed by cells like the others."""
    heads = "<tr><td>Nom</td><td>Commune</td><td>Contact</td></tr>"
    tables = ""
    for theme in THEMES:
        rows = "".join(
            f"<tr><td>{p.name}</td><td>{p.town}</td><td>contact@{p.slug}.example</td></tr>"
            for p in projects() if p.theme == theme
        )  # fmt: skip
        tables += f"<h2>{theme}</h2><table><tbody>{heads}{rows}</tbody></table>"
    return Shape({"/": page(f"<main><h1>Annuaire</h1>{tables}</main>")}, "/", _contacts())


def table_with_groups() -> Shape:
    """One table with a line for each theme, and heads in bold."""
    rows = "<tr><td><b>Structure</b></td><td><b>Lieu</b></td><td><b>Écrire à</b></td></tr>"
    for theme in THEMES:
        rows += f'<tr><td colspan="3">{theme}</td></tr>'
        rows += "".join(
            f"<tr><td>{p.name}</td><td>{p.town}</td><td>contact@{p.slug}.example</td></tr>"
            for p in projects() if p.theme == theme
        )  # fmt: skip
    records = [dict(zip(["Structure", "Lieu", "Écrire à"], one.values(), strict=True)) for one in _contacts()]
    return Shape({"/": page(f'<div id="contenu"><h1>Annuaire</h1><table>{rows}</table></div>')}, "/", records)


def _contacts() -> list[dict[str, str]]:
    return [{"Nom": p.name, "Commune": p.town, "Contact": f"contact@{p.slug}.example"} for p in projects()]


def terms() -> Shape:
    """One definition list: a term for each project, and what it is."""
    items = "".join(f"<dt>{p.name}</dt><dd>{p.text}</dd>" for p in projects())
    records = [{"titre": p.name, "description": p.text} for p in projects()]
    return Shape({"/glossaire": page(f"<main><h1>Projets</h1><dl>{items}</dl></main>")}, "/glossaire", records)


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


def labelled_pages() -> Shape:
    """Pages that label what they say in cells, by classes, in bold and in lines, each under a heading."""
    items = "".join(f'<li class="projet"><h3><a href="/p/{p.slug}">{p.name}</a></h3></li>' for p in projects())
    pages: dict[str, Page] = {"/": page(f'<main><h1>Projets</h1><ul class="projets">{items}</ul></main>')}
    for p in projects():
        pages[f"/p/{p.slug}"] = page(
            f"<main><h1>{p.name}</h1><table><tr><td>Ville</td><td>{p.town}</td></tr></table>"
            f'<div class="info"><div class="info-titre">Thème</div><div class="info-valeur">{p.theme}</div></div>'
            f'<div class="entry-content"><p>{p.text}</p><h3>Infos pratiques</h3><p><strong>Adresse</strong> : '
            f"{p.number} rue du Port<br><strong>Code postal</strong> : {p.postcode}</p>"
            f'<p><a href="/{p.slug}">Voir le site</a></p></div><h3>Contact</h3><ul><li>Courriel : '
            f'<a href="mailto:x">x@{p.slug}.example</a>'
            f"</li></ul></main>"
        )
    records = [
        {"titre": p.name, "Ville": p.town, "Thème": p.theme, "Adresse": f"{p.number} rue du Port",
         "Code postal": p.postcode, "Courriel": f"x@{p.slug}.example", "description": p.text}
        for p in projects()
    ]  # fmt: skip
    return Shape(pages, "/", records)


def folded() -> Shape:
    """What opens at a click, as HTML has it."""
    items = "".join(f"<details><summary>{p.name}</summary><p>{p.text}</p></details>" for p in projects())
    return Shape(
        {"/": page(f"<main>{items}</main>")}, "/", [{"titre": p.name, "description": p.text} for p in projects()]
    )


def gallery() -> Shape:
    """Figures in a row."""
    items = "".join(
        f'<figure><a href="/p/{p.slug}"><img src="/i/{p.slug}.jpg" alt=""></a><figcaption><strong>{p.name}</strong> — '
        f"{p.town}</figcaption></figure>"
        for p in projects()
    )
    records = [
        {"titre": p.name, "image": f"{{site}}/i/{p.slug}.jpg", "lien": f"{{site}}/p/{p.slug}"} for p in projects()
    ]
    return Shape({"/": page(f'<main><div class="galerie">{items}</div></main>')}, "/", records)


def bold_labels() -> Shape:
    """Several labels in one paragraph, with their colons within and without, and columns of nothing."""
    items = "".join(
        f"<li><h3>{p.name}</h3><p><b>Town:</b> {p.town}<br><b>Topic</b>: {p.theme}<br><b>Code</b> : <a "
        f'href="/x">{p.postcode}</a></p></li>'
        for p in projects()
    )
    records = [{"titre": p.name, "Town": p.town, "Topic": p.theme, "Code": p.postcode} for p in projects()]
    return Shape({"/": page(f"<div><h1>Our projects</h1><ul>{items}</ul></div>")}, "/", records)


def headings_and_paragraphs() -> Shape:
    """Nothing wraps an item: its heading, its picture, its date, its text and its link stand in a row."""
    items = "".join(
        f'<h2>{p.name}</h2><p><img src="/i/{p.slug}.jpg" alt=""></p><p><em>{p.date}</em></p><p>{p.text}</p>'
        f'<p><a href="/p/{p.slug}">Lire la suite</a></p>'
        for p in projects()
    )
    pages: dict[str, Page] = {"/": page(f"<div><h1>Projets</h1><p>Ceux que nous aidons.</p>{items}</div>")}
    pages |= {f"/p/{p.slug}": page(f"<main><h1>{p.name}</h1><p>Ville : {p.town}</p></main>") for p in projects()}
    records = [
        {"titre": p.name, "image": f"{{site}}/i/{p.slug}.jpg", "date": p.date, "description": p.text,
         "Ville": p.town}
        for p in projects()
    ]  # fmt: skip
    return Shape(pages, "/", records)


def headings_and_labels() -> Shape:
    """The same with labels, and no text for some."""
    items = "".join(
        f"<h4>{p.name}</h4>{f'<p>{p.text}</p>' if p.number % 5 else ''}"
        f"<dl><dt>Ville</dt><dd>{p.town}</dd><dt>Thème</dt><dd>{p.theme}</dd></dl>"
        for p in projects()
    )
    records = [
        {"titre": p.name, "Ville": p.town, "Thème": p.theme, **({"description": p.text} if p.number % 5 else {})}
        for p in projects()
    ]
    return Shape({"/": page(f"<main><h1>Projets</h1>{items}</main>")}, "/", records)


def lines_of_text() -> Shape:
    """Labels and values in lines of one text, the last of them a link."""
    items = "".join(
        f"<li><h3>{p.name}</h3>Ville : {p.town}<br>Tél. : 01 40 12 34 {50 + p.number}<br>\nThème : {p.theme}<br>"
        f'Site : <a href="https://{p.slug}.example/">{p.slug}.example</a></li>'
        for p in projects()
    )
    records = [
        {"titre": p.name, "Ville": p.town, "Tél.": f"01 40 12 34 {50 + p.number}", "Thème": p.theme,
         "Site": f"{p.slug}.example", "lien": f"https://{p.slug}.example/"}
        for p in projects()
    ]  # fmt: skip
    return Shape({"/": page(f"<main><h1>Projets</h1><ul>{items}</ul></main>")}, "/", records)


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
