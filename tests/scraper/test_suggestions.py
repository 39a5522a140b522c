"""The law of suggestions: what is proposed for an address, saved and run as it is, brings the site's records."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from moisson_shared.contracts.spider_suggestion import SpiderSuggestion
from tests.scraper.running_scraper import PARTNER, Scraper, polite, running_scraper, shown
from tests.scraper.sample_files import ods, ods_sheet
from tests.scraper.sample_site import Page, SampleSite, answer, json_answer, sample_site
from tests.scraper.suggestible_data import as_object, csv_file, graphql_json
from tests.scraper.suggestible_listings import cards
from tests.scraper.suggestible_projects import Shape, page, projects
from tests.scraper.suggestible_sites import SHAPES
from tests.scraper.suggestible_systems import tailwind, wordpress
from tests.scraper.test_tables import workbook


@pytest.fixture
async def site() -> AsyncIterator[SampleSite]:
    async with sample_site() as site:
        yield site


@pytest.fixture
async def scraper(tmp_path: Path, site: SampleSite) -> AsyncIterator[Scraper]:
    async with running_scraper(tmp_path, site, rendering="off") as scraper:
        yield scraper


async def suggestion(scraper: Scraper, site: SampleSite, path: str, **order: Any) -> SpiderSuggestion:
    """What a member of the partner is told."""
    asked = {"address": f"{site.url}{path}", "partner": PARTNER, "politeness": polite(), **order}
    told = await scraper.send("POST", "/v1/spiders/suggest", scraper.people.member, json=asked)
    assert told.status_code == 200, told.text
    return SpiderSuggestion.model_validate_json(told.content)


async def run_as_it_is(scraper: Scraper, told: SpiderSuggestion) -> list[dict[str, Any]]:
    """The records of the draft, texts with single blanks."""
    assert told.draft is not None, told.notes
    draft = told.draft.model_dump(mode="json")
    await scraper.save(draft)
    run = await scraper.crawl(draft["id"])
    assert run.state == "done", shown(run)
    assert run.complete == (told.source_kind != "feed"), shown(run)
    return [{name: tidy(value) for name, value in r.values.items()} for r in await scraper.records(draft["id"])]


def tidy(value: Any) -> Any:
    if isinstance(value, list):
        return [tidy(part) for part in value]
    return " ".join(value.split()) if isinstance(value, str) else value


def at_home(value: Any, site: SampleSite) -> Any:
    """The expected records with the address of this start."""
    return json.loads(json.dumps(value).replace("{site}", site.url))


def served(shape: Shape, site: SampleSite) -> None:
    site.pages |= {path: _with_address(body, site) for path, body in shape.pages.items()}


def _with_address(body: Page, site: SampleSite) -> Page:
    if not isinstance(body, bytes) or b"{site}" not in body:
        return body
    head, _, content = body.replace(b"{site}", site.url.encode()).partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-Length")]
    return b"\r\n".join([*lines, b"Content-Length: %d" % len(content)]) + b"\r\n\r\n" + content


@pytest.mark.parametrize("shapes", [SHAPES[at::4] for at in range(4)], ids=["first", "second", "third", "fourth"])
async def test_a_suggestion_run_as_it_is_brings_the_records_of_the_site(
    tmp_path: Path, shapes: tuple[Callable[[], Shape], ...]
) -> None:
    async with AsyncExitStack() as stack:
        sites = [await stack.enter_async_context(sample_site()) for _ in shapes]
        scraper = await stack.enter_async_context(running_scraper(tmp_path, *sites, rendering="off"))
        for shape, site in zip(shapes, sites, strict=True):
            made = shape()
            served(made, site)
            told = await suggestion(scraper, site, made.start, id=shape.__name__.replace("_", "-"))
            assert told.source_kind == made.kind, (shape.__name__, told.notes)
            found = await run_as_it_is(scraper, told)
            assert in_order(found) == in_order(at_home(made.records, site)), shape.__name__
            assert len(site.asked) < 60


ROWS: list[list[object]] = [[number, f"Projet {number}", f"Ville {number % 3}"] for number in range(1, 8)]
TABLE: list[list[object]] = [["id", "titre", "ville"], *ROWS]
OBJECTS: list[dict[str, Any]] = [dict(zip(["id", "titre", "ville"], row, strict=True)) for row in ROWS]
TEXT = [{name: str(value) for name, value in one.items()} for one in OBJECTS]


def lines(delimiter: str) -> str:
    return "".join(delimiter.join(map(str, row)) + "\n" for row in TABLE)


def as_xml(records: list[dict[str, Any]]) -> str:
    inside = "".join(f"<projet>{''.join(f'<{k}>{v}</{k}>' for k, v in one.items())}</projet>" for one in records)
    return f'<?xml version="1.0"?><projets>{inside}</projets>'


FILES: dict[str, tuple[bytes | str, list[dict[str, Any]]]] = {
    "projets.xlsx": (workbook([["Recensement"], [], *TABLE]), OBJECTS),
    "projets.ods": (ods(ods_sheet([], "Vide"), ods_sheet(TABLE, "Projets")), OBJECTS),
    "projets.tsv": (lines("\t"), TEXT),
    "export": (lines("|"), TEXT),
    "projets.csv": (lines(";").encode("utf-16"), TEXT),
    "projets.ndjson": ("\n".join(map(json.dumps, OBJECTS)), OBJECTS),
    "projets.xml": (as_xml(OBJECTS), TEXT),
    "projets.rdf": (as_xml(OBJECTS).replace("projets>", "rdf:RDF>"), TEXT),
    "projets.json": (json.dumps({"meta": {"total": 7}, "projets": OBJECTS}), OBJECTS),
}


async def test_a_file_of_any_format_is_proposed_and_read(scraper: Scraper, site: SampleSite) -> None:
    for number, (name, (body, records)) in enumerate(FILES.items()):
        site.pages[f"/{name}"] = answer(body, content_type="application/octet-stream")
        told = await suggestion(scraper, site, f"/{name}", id=f"essor-{number}")
        assert told.source_kind in {"file", "json"}, (name, told.notes)
        assert in_order(await run_as_it_is(scraper, told)) == in_order(records), name


def in_order(records: list[dict[str, Any]]) -> list[str]:
    """Whatever order records and fields came in."""
    return sorted(json.dumps(record, sort_keys=True, ensure_ascii=False) for record in records)


async def test_a_page_without_a_list_has_no_draft_but_a_reason(scraper: Scraper, site: SampleSite) -> None:
    site.pages["/"] = page(
        "<main><h1>Bienvenue</h1><p>Le réseau réunit des initiatives de toute la région depuis vingt ans.</p>"
        "<p>Chaque année, elles se retrouvent pour une fête et publient ensemble un rapport.</p></main>"
    )
    told = await suggestion(scraper, site, "/")
    assert told.draft is None
    assert told.source_kind == "unknown"
    assert told.confidence == 0
    assert "give the address of the page that lists them" in told.notes[0]
    assert [one.code for one in told.reasons] == ["no-list", "browser-would-help"]
    assert tuple(one.message for one in told.reasons) == told.notes


async def test_a_page_that_only_scripts_fill_says_so(scraper: Scraper, site: SampleSite) -> None:
    site.pages["/"] = answer('<html><body><div id="root"></div><script src="/bundle.js"></script></body></html>')
    told = await suggestion(scraper, site, "/")
    assert told.draft is None
    assert "made by scripts" in told.notes[0]
    (missing,) = [note for note in told.notes if "A browser might show" in note]
    assert "rendering is switched off (its operator can set MOISSON_SCRAPER_RENDERING to auto)." in missing


async def test_data_that_a_script_asks_for_is_found(scraper: Scraper, site: SampleSite) -> None:
    script = '<script>fetch("/api/projets.json").then(show)</script>'
    site.pages |= {"/": answer(f'<html><body><div id="app"></div>{script}</body></html>')}
    site.pages["/api/projets.json"] = json_answer([as_object(p) for p in projects()])
    told = await suggestion(scraper, site, "/")
    assert told.source_kind == "json"
    assert len(await run_as_it_is(scraper, told)) == 14


async def test_a_list_whose_way_on_cannot_be_written_says_so(scraper: Scraper, site: SampleSite) -> None:
    served(graphql_json(), site)
    told = await suggestion(scraper, site, graphql_json().start)
    assert [one.code for one in told.reasons] == ["paging-in-variables"]
    site.pages["/api"] = json_answer({"total": 90, "projets": [as_object(p) for p in projects()]})
    told = await suggestion(scraper, site, "/api")
    assert told.draft is not None
    assert [one.code for one in told.reasons] == ["way-on-not-found"]


async def test_the_page_of_one_project_is_a_listing_of_one(scraper: Scraper, site: SampleSite) -> None:
    others = "".join(f'<li class="voisin"><a href="/p/{n}">Projet voisin {n}</a></li>' for n in range(3))
    site.pages["/p/9"] = page(
        "<main><article><h1>Vélos du canal</h1>"
        "<dl><dt>Ville</dt><dd>Nantes</dd><dt>Porteur</dt><dd>Les rayons</dd></dl>"
        "<p>On y répare ensemble des vélos, on en prête, on en transforme, et l’on apprend à s’en servir en ville.</p>"
        f"<h2>Projets voisins</h2><ul>{others}</ul></article></main>"
    )
    told = await suggestion(scraper, site, "/p/9")
    assert [one.code for one in told.reasons] == ["one-thing"]
    assert told.reasons[0].message in told.notes
    assert told.confidence < 0.6
    (record,) = await run_as_it_is(scraper, told)
    assert record["titre"] == "Vélos du canal"
    assert (record["Ville"], record["Porteur"]) == ("Nantes", "Les rayons")


async def test_what_is_told_of_a_suggestion(scraper: Scraper, site: SampleSite) -> None:
    served(wordpress(), site)
    site.pages["/robots.txt"] = answer(f"User-agent: *\nSitemap: {site.url}/sitemap.xml", content_type="text/plain")
    told = await suggestion(scraper, site, "/projets", id="essor-wp", name="Les projets")
    assert told.draft is not None
    assert (told.draft.id, told.draft.name, told.draft.partner) == ("essor-wp", "Les projets", PARTNER)
    assert told.confidence > 0.9
    fields = {field.name: field for field in told.fields}
    assert fields["titre"].samples[0] == "La Cantine des voisins"
    assert fields["titre"].filled == 1
    assert fields["titre"].selector == ".entry-title"
    assert fields["description"].place == "detail"
    assert all(0 < field.confidence <= 1 and field.why.endswith(".") for field in told.fields)
    assert {other.address for other in told.alternatives} == {
        f"{site.url}/feed/",
        f"{site.url}/wp-json/wp/v2/posts",
        f"{site.url}/sitemap.xml",
    }
    assert told.preview is not None
    assert told.preview.items == 6
    assert told.preview.records[0].values["titre"] == "La Cantine des voisins"
    assert told.preview.next_address == f"{site.url}/projets/page/2/"
    listing, following, details = 1, 1, 2
    assert len(site.asked) == listing + following + details + 2, site.targets()  # robots.txt: rules, then sitemaps


async def test_what_a_tile_is_made_of_says_more_than_classes_of_its_looks(scraper: Scraper, site: SampleSite) -> None:
    served(tailwind(), site)
    told = await suggestion(scraper, site, "/")
    selectors = {field.name: field.selector for field in told.fields if field.place == "listing"}
    assert selectors == {"titre": "h3", "image": "img", "description": "p"}


async def test_nothing_is_stored(scraper: Scraper, site: SampleSite) -> None:
    served(cards(), site)
    await suggestion(scraper, site, "/projets")
    answer_of = await scraper.send("GET", "/v1/spiders", scraper.people.admin)
    assert answer_of.json()["items"] == []


@pytest.mark.parametrize(("who", "status"), [("stranger", 403), ("reader", 403), ("steward", 200), ("admin", 200)])
async def test_who_may_ask(scraper: Scraper, site: SampleSite, who: str, status: int) -> None:
    served(csv_file(), site)
    asked = {"address": f"{site.url}/projets.csv", "partner": PARTNER, "politeness": polite()}
    told = await scraper.send("POST", "/v1/spiders/suggest", getattr(scraper.people, who), json=asked)
    assert told.status_code == status, told.text
    assert bool(site.asked) == (status == 200)


async def test_nobody_may_not_ask(scraper: Scraper, site: SampleSite) -> None:
    asked = {"address": f"{site.url}/", "partner": PARTNER}
    assert (await scraper.send("POST", "/v1/spiders/suggest", {}, json=asked)).status_code == 401


async def test_pages_that_are_off_limits_are_not_looked_at(scraper: Scraper, site: SampleSite) -> None:
    served(cards(), site)
    site.pages["/robots.txt"] = answer("User-agent: *\nDisallow: /projets", content_type="text/plain")
    told = await suggestion(scraper, site, "/projets")
    assert told.draft is None
    assert "robots.txt" in told.notes[0]
    assert [one.code for one in told.reasons] == ["robots"]
    assert set(site.targets()) == {"/robots.txt"}


async def test_an_address_that_must_not_be_fetched_is_not(scraper: Scraper, site: SampleSite) -> None:
    asked = {"address": "http://169.254.169.254/latest", "partner": PARTNER, "politeness": polite()}
    answer_of = await scraper.send("POST", "/v1/spiders/suggest", scraper.people.member, json=asked)
    told = SpiderSuggestion.model_validate_json(answer_of.content)
    assert told.draft is None
    assert "must not be fetched" in told.notes[0]


HOSTILE = {
    "deep": "<div>" * 5000 + "x",
    "wide": "<main>" + "<li class='a'><a href='/x'>x</a></li>" * 5000 + "</main>",
    "too-wide": "<p>" + "<b>x</b>" * 50_000,
    "nested": "<div class='c'>" * 200 + "<li class='card'><h2>t</h2><a href='/x'>l</a></li>" * 1000,
    "classes": "".join(
        f"<div class='{' '.join(f'c{a}-{b}' for b in range(50))}'><a href='/{a}'>{a}</a></div>" for a in range(500)
    ),
    "headings": "<main>" + "<h2><a href='/x'>t</a></h2><p>Ville : x</p><p><b>y</b></p>" * 6000 + "</main>",
    "quotes": "".join(
        f'<dl><dt>l\'"{n}:</dt><dd>x</dd></dl><p><b>l\'"é :</b> x{n} <a href="//[">o</a></p>' for n in range(50)
    ),
    "numbers": "".join(f"<a href='?page={n}{'9' * 30}&p={{page}}'>{n}</a>" for n in range(300)),
    "long-names": "".join(
        f"<div class='{'k' * 79}' data-{'a' * 300}-lat='1'><div class='{'m' * 79}'>" * 20
        + f"<a title='{'x' * 5000} suivant' href='/{'y' * 1990}?page={n}'>{n}</a></div>" * 3
        for n in range(9)
    ),
    "json": json.dumps(
        {"k" * 3000: [{"": 1, "v" * 3000: {"\0": n, "'": n}, "a b": n, "a": {"b": n}} for n in range(9)]}
    ),
    "long-json": json.dumps(
        {"d": [{"": 1, "v" * 3000: {"\0": n, "'\\": n}, "a b": n, "a": {"b": n}} for n in range(9)]}
    ),
    "sitemap": '<?xml version="1.0"?><urlset>'
    + "".join(f"<url><loc>{{site}}/{'z' * 1900}/{n}</loc></url>" for n in range(9))
    + "</urlset>",
    "feed": '<rss version="2.0"><channel>' + "<item><title/></item>" * 9 + "</channel></rss>",
    "csv": ";;;\n" * 9,
    "not-html": "<" + "\x00\ufffd" * 1000,
}


async def test_pages_that_mean_harm_are_answered_all_the_same(scraper: Scraper, site: SampleSite) -> None:
    for name, body in HOSTILE.items():
        whole = body if body.startswith(("{", "<?xml", "<rss", ";")) else f"<html><body>{body}</body></html>"
        site.pages[f"/{name}"] = answer(whole.replace("{site}", site.url))
        async with asyncio.timeout(30):
            told = await suggestion(scraper, site, f"/{name}")
        assert told.draft is not None or told.notes, name


async def test_two_suggestions_are_made_at_a_time(scraper: Scraper, site: SampleSite) -> None:
    served(csv_file(), site)
    site.delay = 0.3
    asked = {"address": f"{site.url}/projets.csv", "partner": PARTNER, "politeness": polite()}
    calls = (scraper.send("POST", "/v1/spiders/suggest", scraper.people.member, json=asked) for _ in range(3))
    answers = await asyncio.gather(*calls)
    assert sorted(told.status_code for told in answers) == [200, 200, 429]
