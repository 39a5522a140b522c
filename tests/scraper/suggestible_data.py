"""The same projects as data: APIs with their ways of paging, files, feeds, sitemaps."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from tests.scraper.sample_site import Asked, answer, json_answer
from tests.scraper.suggestible_projects import Project, Shape, page, projects


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


def airtable_json() -> Shape:
    """An offset that is a text, and nothing where the list ends."""
    found = [as_object(p) for p in projects()]

    def api(asked: Asked) -> bytes:
        at = int(dict(parse_qsl(asked.target.partition("?")[2])).get("offset", "itr/rec0").partition("rec")[2])
        more = {"offset": f"itr/rec{at + 5}"} if at + 5 < len(found) else {}
        return json_answer({"records": found[at : at + 5], **more})

    return Shape({"/v0/projets": api}, "/v0/projets", found, "json")


def graphql_json() -> Shape:
    """Edges with their nodes; the cursor would go into the variables of the query, so the first answer is all."""
    found = [as_object(p) for p in projects()[:5]]
    edges = [{"node": one, "cursor": f"c{one['id']}"} for one in found]
    answered = {"data": {"projets": {"edges": edges, "pageInfo": {"endCursor": "c5", "hasNextPage": True}}}}
    return Shape({"/graphql": json_answer(answered)}, "/graphql?query=%7Bprojets%7Bid%7D%7D", found, "json")


def guarded_json() -> Shape:
    """Behind the prefix that keeps scripts of other sites from including the answer."""
    found = [as_object(p) for p in projects()]
    body = f")]}}'\n{json.dumps(found)}"
    return Shape({"/api": answer(body, content_type="application/json")}, "/api", found, "json")
