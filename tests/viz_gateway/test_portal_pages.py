"""The public pages over HTTP: what stands in them, that addresses carry the whole state, and what the api is asked."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.viz_gateway.fake_api import FakeApi
from tests.viz_gateway.running_gateway import Running, running_gateway
from tests.viz_gateway.sample_corpus import sample_projects


class _Links(HTMLParser):
    """The visible text and the targets of links."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data + " "


def read(html: str) -> _Links:
    parser = _Links()
    parser.feed(html)
    return parser


@pytest.mark.parametrize(("accepted", "target"), [("fr", "/fr/cis"), ("en-GB,fr;q=0.2", "/en/cis"), ("de", "/fr/cis")])
async def test_the_root_leads_to_the_portal_in_the_readers_language(
    gateway: Running, accepted: str, target: str
) -> None:
    response = await gateway.get("/", **{"Accept-Language": accepted})
    assert (response.status_code, response.headers["location"]) == (302, target)


async def test_the_list_shows_projects_totals_and_facets(gateway: Running) -> None:
    response = await gateway.get("/fr/cis")
    page = read(response.text)
    assert response.status_code == 200
    assert "42 projets" in page.text
    assert response.text.count('<article class="card">') == 20
    assert "Épicerie solidaire" in page.text
    assert "Les Bâtisseurs du commun" in page.text
    assert '<html lang="fr">' in response.text
    for name in ("themes", "audience", "open", "region", "partner"):
        assert f'id="facet-{name}"' in response.text
    assert re.search(r'name="open" value="true".*?<span class="facet-label">oui</span>', response.text, re.DOTALL)


async def test_the_same_page_in_english(gateway: Running) -> None:
    response = await gateway.get("/en/cis")
    page = read(response.text)
    assert "42 projects" in page.text
    assert "Employment" in page.text
    assert '<html lang="en">' in response.text
    assert '<link rel="alternate" hreflang="fr" href="/fr/cis">' in response.text


@pytest.mark.parametrize(
    ("public_url", "alternates", "canonical"),
    [
        (None, ["/fr/cis/map?themes=SAN", "/en/cis/map?themes=SAN"], []),
        (
            "https://carte.example/",
            ["https://carte.example/fr/cis/map?themes=SAN", "https://carte.example/en/cis/map?themes=SAN"],
            ["https://carte.example/fr/cis/map"],
        ),
    ],
)
async def test_addresses_for_others_never_come_from_the_host_of_a_request(
    tmp_path: Path, public_url: str | None, alternates: list[str], canonical: list[str]
) -> None:
    async with running_gateway(tmp_path, public_url=public_url) as gateway:
        response = await gateway.get("/fr/cis/map?themes=SAN", Host="evil.example")

    assert response.status_code == 200
    assert "evil.example" not in response.text
    assert re.findall(r'<link rel="alternate"[^>]*href="([^"]+)"', response.text) == alternates
    assert re.findall(r'<link rel="canonical" href="([^"]+)"', response.text) == canonical


async def test_facets_narrow_and_stay_disjunctive(gateway: Running) -> None:
    response = await gateway.get("/fr/cis?themes=SAN&themes=CUL")
    page = read(response.text)
    assert "14 projets" in page.text
    assert response.text.count('name="themes" value="SAN" checked') == 1
    assert 'name="themes" value="EMP"' in response.text
    assert "/fr/cis?themes=CUL" in page.links
    asked = next(items for path, items, _ in gateway.api.asked if path.endswith("/projects"))
    assert ("themes", "SAN") in asked
    assert ("facets", "themes,audience,open,region,partner") in asked


@pytest.mark.parametrize(("regions", "cut"), [(100, False), (101, True)])
@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        ("/fr/cis", "Seules les 100 valeurs les plus fréquentes sont proposées ici"),
        ("/en/cis", "Only the 100 most frequent values are offered here"),
        ("/fr/cis/map", "Seules les 100 valeurs les plus fréquentes sont proposées ici"),
    ],
)
async def test_a_facet_that_was_cut_says_so(tmp_path: Path, regions: int, cut: bool, page: str, sentence: str) -> None:
    project = sample_projects()[0]
    place = project.places[0]
    places = [place.model_copy(update={"fields": {"region": f"Pays {number}"}}) for number in range(regions)]
    api = FakeApi(
        projects=tuple(project.model_copy(update={"id": f"p{n}", "places": (p,)}) for n, p in enumerate(places))
    )
    async with running_gateway(tmp_path, api) as gateway:
        html = (await gateway.get(page)).text

    facet = html[html.index('id="facet-region"') :].partition("</fieldset>")[0]
    assert facet.count("facet-value") == 100
    assert (sentence in facet) is cut
    # On the map page the places in words say it too.
    assert html.count(sentence) == cut * (2 if page.endswith("/map") else 1)


async def test_found_words_are_marked(gateway: Running) -> None:
    response = await gateway.get("/fr/cis?q=vélo")
    assert "<mark>vélo</mark>" in response.text
    assert "« vélo »" in response.text
    assert 'value="vélo"' in response.text


async def test_pages_follow_each_other_and_lead_back(gateway: Running) -> None:
    seen: list[str] = []
    address = "/fr/cis?sort=title"
    trail = [address]
    while True:
        html = (await gateway.get(address)).text
        seen += re.findall(r"/projects/(p\d+)", html)
        found = re.search(r'rel="next" href="([^"]+)"', html)
        if found is None:
            break
        address = found.group(1).replace("&amp;", "&")
        trail.append(address)
    assert len(trail) == 3
    assert len(set(seen)) == 42
    html = (await gateway.get(trail[2])).text
    found = re.search(r'rel="prev" href="([^"]+)"', html)
    assert found is not None
    assert found.group(1).replace("&amp;", "&") == trail[1]
    assert 'start="41"' in html


async def test_nothing_found_is_helpful(gateway: Running) -> None:
    page = read((await gateway.get("/fr/cis?q=zzz&themes=EMP")).text)
    assert "Rien n’a poussé ici." in page.text
    assert "/fr/cis?themes=EMP" in page.links
    assert "/fr/cis?q=zzz" in page.links
    assert "Aucun projet" in page.text


async def test_a_project_shows_fields_places_source_and_the_way_back(gateway: Running) -> None:
    response = await gateway.get("/fr/cis/projects/p004?q=jardin&themes=HAB&page=2&after=c20")
    page = read(response.text)
    assert "Habiter autrement" in page.text
    assert "mai 2018" in page.text
    assert "Marseille, Provence-Alpes-Côte d’Azur" in page.text
    assert "https://tissage.example/projets/4" in page.links
    assert "mailto:bonjour@projet-4.example" in page.links
    assert "/fr/cis?q=jardin&themes=HAB&page=2&after=c20" in page.links
    assert "/fr/cis?themes=HAB" in page.links
    assert '"@type": "Project"' in response.text
    assert 'rel="noopener noreferrer' in response.text


async def test_the_licence_of_the_partner_is_named(gateway: Running) -> None:
    assert "Licence\u00a0: " in (await gateway.get("/fr/cis/projects/p003")).text.replace(
        "Licence : ", "Licence\u00a0: "
    )


async def test_the_map_passes_the_search_on_and_answers_geojson(gateway: Running) -> None:
    response = await gateway.get("/fr/cis/map.geojson?themes=SAN&sort=title&page=2&after=x&url=http://evil.example")
    assert response.headers["content-type"] == "application/geo+json"
    assert response.json()["projects"] == 7
    assert gateway.api.asked[-1][1] == [("themes", "SAN"), ("lang", "fr")]


async def test_the_map_page_lists_places_for_those_without_script(gateway: Running) -> None:
    response = await gateway.get("/fr/cis/map?themes=SAN")
    page = read(response.text)
    assert 'data-address="/fr/cis/map.geojson?themes=SAN"' in response.text
    assert "/fr/cis?region=Bretagne&themes=SAN" in page.links
    assert "demande JavaScript" in page.text


async def test_a_signed_in_reader_asks_in_their_own_name(gateway: Running) -> None:
    await gateway.sign_in("steward")
    response = await gateway.get("/fr/cis")
    assert gateway.api.asked[-1][2] == "Bearer access-0"
    assert response.headers["cache-control"] == "no-store"


async def test_an_anonymous_reader_sends_no_token(gateway: Running) -> None:
    await gateway.get("/fr/cis")
    assert {token for _, _, token in gateway.api.asked} == {None}


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/robots.txt", "/favicon.ico"])
async def test_machines_get_their_answers(gateway: Running, path: str) -> None:
    assert (await gateway.get(path)).status_code in {200, 302}


async def test_a_neighbour_that_is_away_only_degrades(gateway: Running) -> None:
    gateway.api.down = True
    response = await gateway.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"status": "degraded", "degraded": ["api"]})


async def test_static_files_are_kept_for_good_and_come_compressed(gateway: Running) -> None:
    html = (await gateway.get("/fr/cis")).text
    found = re.search(r'href="(/static/site-[^"]+\.css)"', html)
    assert found is not None
    response = await gateway.get(found.group(1), **{"Accept-Encoding": "gzip"})
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["content-encoding"] == "gzip"
    assert "font-face" in response.text


@pytest.mark.parametrize("name", ["..%2Fapp.py", "manifest.json", "licences", "%2e%2e/%2e%2e/app.py", "x.css"])
async def test_nothing_but_built_files_is_served(gateway: Running, name: str) -> None:
    response = await gateway.get(f"/static/{name}")
    assert response.status_code == 404 or name == "manifest.json"
    assert "import" not in response.text
