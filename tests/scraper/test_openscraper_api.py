"""OpenScraper's data API over raw records: the page about it, example by example; levels; CSV; statistics."""

import csv
import io
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from moisson_scraper.openscraper.data_model import FieldType
from moisson_scraper.openscraper.data_query import (
    _FLAGS,
    _LISTS,
    _NEVER,
    _NUMBERS,
    _TYPES,
    MOST_IDS,
    folded,
    read_query,
)
from moisson_scraper.openscraper.field_types import type_of
from moisson_scraper.openscraper.match_record import holds_all, may_hold
from moisson_scraper.openscraper.shown_record import safe_cell
from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.contracts.errors import Invalid
from tests.scraper.openscraper_site import HIDDEN, OPEN, PAGE, PROJECTS, ROOT, Reader, filled_reader
from tests.scraper.running_scraper import html_spider, running_scraper
from tests.scraper.sample_site import directory, sample_site

pytestmark = pytest.mark.asyncio(loop_scope="module")
ROW = re.compile(r"^\| (.+) \| `([^`]+)` \| (\d+) \|$", re.MULTILINE)
EXAMPLES = [(query, int(gives)) for _, query, gives in ROW.findall(PAGE.read_text(encoding="utf-8"))]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reader(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Reader]:
    async with filled_reader(tmp_path_factory.mktemp("compat")) as filled:
        yield filled


def lines_of(answer: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


async def test_every_example_of_the_page_gives_what_it_says(reader: Reader) -> None:
    assert len(EXAMPLES) > 35
    for query, gives in EXAMPLES:
        answer = await reader.ask("/api/data", query)
        if gives == 422:
            assert answer.status_code == 422, query
            assert answer.json()["faults"][0]["pointer"] == f"/query/{query.partition('=')[0]}"
        elif "export_as_csv" in query:
            assert len(lines_of(answer)) == gives, query
        else:
            assert len(answer.json()["query_results"]) == answer.json()["query_log"]["count_results"] == gives, query


async def test_every_parameter_has_its_example() -> None:
    shown = {name for query, _ in EXAMPLES for name in re.findall(r"(?:^|&)(\w+)=", query)}
    assert shown >= {*_FLAGS, *_LISTS, *_NUMBERS, *_TYPES, *_NEVER, "shuffle_seed"}


async def test_more_ids_than_are_looked_up_are_refused_and_not_left_out() -> None:
    for name in ("spider_id", "item_id"):
        ids = [f"id-{number}" for number in range(MOST_IDS + 1)]
        assert getattr(read_query([(name, " ".join(ids[1:] * 2))], visitor=True), f"{name[:-3]}s") == tuple(ids[1:])
        with pytest.raises(Invalid) as refused:
            read_query([(name, " ".join(ids))], visitor=True)
        assert [fault.pointer for fault in refused.value.faults] == [f"/query/{name}"]


async def test_the_answer_has_its_old_shape(reader: Reader) -> None:
    answer = (await reader.ask("/api/data", "page_n=2&results_per_page=3")).json()
    assert list(answer) == ["status", "query_log", "fields_open_level", "spiders_dict", "query_results"]
    log = answer["query_log"]
    assert (log["page_n"], log["page_n_max"], log["count_results"], log["count_results_tot"]) == (2, 2, 1, 4)
    assert (log["auth_level"], log["complete"], log["cut_by"]) == ("opendata", True, None)
    assert log["uri"] == f"{ROOT}/api/data?page_n=2&results_per_page=3"
    assert "query_mongo" not in log
    assert answer["spiders_dict"] == {OPEN: {"name": "API", "partner": "essor"}}
    told = {field["field_name"]: field["field_type"] for field in answer["fields_open_level"]["fields_returned"]}
    assert told["ville"] == "adress"
    assert {"secret", "mail"}.isdisjoint(told)


async def test_values_are_lists_in_their_order_and_types(reader: Reader) -> None:
    by_id = {record["id"][0]: record for record in await reader.found("")}
    assert by_id[1]["mots"] == ["mobilité", "vélo"]
    assert (by_id[1]["prix"], by_id[1]["titre"]) == ([12], ["Vélos pour tous"])
    assert by_id[3]["_id (field)"] == ["x"]
    assert by_id[3]["_id"].startswith(f"{OPEN}/")
    assert (await reader.found(f"item_id={by_id[3]['_id']}")) == [by_id[3]]
    assert [(by_id[n]["page_n"], by_id[n]["item_n"]) for n in (1, 2, 3, 4)] == [(1, 1), (1, 2), (1, 3), (1, 4)]
    # What an API is called with is for those only who may read the spider.
    assert by_id[1]["link_src"] is None
    member = await reader.found("item_id=" + by_id[1]["_id"], reader.scraper.people.member)
    assert member[0]["link_src"].endswith("/open")


async def test_records_say_where_in_the_listing_they_stood(tmp_path: Path) -> None:
    kept = open_documents(f"sqlite://{tmp_path}/scraper.sqlite")
    async with (
        sample_site(directory(5, per_page=2)) as site,
        running_scraper(tmp_path, site, documents=kept) as scraper,
    ):
        reader = Reader(scraper, kept)
        await scraper.save(html_spider(site))

        async def stood() -> list[tuple[str, str, int, int]]:
            names = ("link_data", "link_src", "page_n", "item_n")
            shown = [tuple(record[name] for name in names) for record in await reader.found("")]
            return sorted((link.removeprefix(site.url), src.removeprefix(site.url), *n) for link, src, *n in shown)

        places = [("", 1, 1), ("", 1, 2), ("?page=2", 2, 1), ("?page=2", 2, 2), ("?page=3", 3, 1)]
        expected = [(f"/projets/{n}", f"/projets{page}", *where) for n, (page, *where) in enumerate(places, 1)]
        for _ in range(2):  # a record that is as it was stays where it was met
            await scraper.crawl("essor-projets")
            assert await stood() == expected
        rows = lines_of(await reader.ask("/dataset/view", "export_as_csv=true&all_results=true"))
        assert {row["link_src"].removeprefix(site.url) for row in rows} == {f"/projets{page}" for page, *_ in places}

        gone = (await reader.found("results_per_page=1"))[0]["_id"]
        deleted = await scraper.send("DELETE", "/v1/spiders/essor-projets", scraper.people.admin)
        assert deleted.status_code == 204
        for query in ("", "spider_id=essor-projets", f"item_id={gone}", "search_for=projet"):
            assert await reader.found(query) == []
            assert lines_of(await reader.ask("/dataset/view", f"export_as_csv=true&{query}")) == []
        assert (await reader.ask("/api/stats")).json()["counts_stats"] == {"spiders_stats": {}, "tags_stats": []}


async def test_what_a_caller_does_not_reach_is_nowhere(reader: Reader) -> None:
    people = reader.scraper.people
    hidden = (await reader.found("search_for=caches", people.admin))[0]["_id"]
    reach = {
        "anonymous": ({}, 4, {"mail": 0, "secret": 0}),
        "user": (people.reader, 4, {"mail": 1, "secret": 0}),
        "its member": (people.member, 5, {"mail": 1, "secret": 1}),
        "another partner": (people.stranger, 5, {"mail": 1, "secret": 0}),
        "steward": (people.steward, 5, {"mail": 1, "secret": 1}),
    }
    for name, (who, records, fields) in reach.items():
        found = await reader.found("", who)
        assert len(found) == records, name
        for field, times in fields.items():
            assert sum(field in record for record in found) == times, (name, field)
        assert len(await reader.found("search_for=nimes", who)) == 1 + fields["secret"], name
        assert len(await reader.found(f"item_id={hidden}", who)) == records - 4, name
        assert len(await reader.found(f"spider_id={HIDDEN}", who)) == records - 4, name
        assert len(await reader.found("shuffle_seed=1&search_in_tags=velo", who)) == records - 3, name
        infos = (await reader.ask("/api/infos", "get_all_spiders=true", who)).json()
        assert (HIDDEN in infos["spiders"]["spiders_dict"]) == (records == 5), name
        assert infos["counts"]["data"] == records, name
        assert ("secret" in infos["datamodel"]["data_model_custom_dict"]) == bool(fields["secret"]), name
        stats = (await reader.ask("/api/stats", "", who)).json()
        assert (stats["counts_simple"]["data"], len(stats["counts_stats"]["spiders_stats"])) == (records, records - 3)
        tags = {tag["tag_name"]: tag["count"] for one in stats["counts_stats"]["tags_stats"] for tag in one["stats"]}
        assert ("caché" in tags) == (records == 5), name
        assert tags["vélo"] == records - 3, name
        everything = await reader.ask("/dataset/view", "all_results=true&export_as_csv=true", who)
        assert len(lines_of(everything)) == records, name
        assert ("secret" in everything.text.partition("\r\n")[0]) == bool(fields["secret"]), name


async def test_a_shuffle_is_the_same_for_its_seed_and_leaves_nothing_out(reader: Reader) -> None:
    orders = {}
    for seed in ("1", "2", "3", "x", "y"):
        pages = [await reader.found(f"shuffle_seed={seed}&results_per_page=2&page_n={page}") for page in (1, 2, 3)]
        orders[seed] = [record["_id"] for page in pages for record in page]
        assert len(set(orders[seed])) == 4
        whole = await reader.found(f"shuffle_seed={seed}")
        assert [record["_id"] for record in whole] == orders[seed]
    assert len({tuple(order) for order in orders.values()}) > 1


async def test_ids_are_shuffled_and_exported_as_everything_else_is(reader: Reader) -> None:
    ids = "+".join(record["_id"] for record in await reader.found(""))
    for seed in ("1", "2"):
        found = await reader.found(f"item_id={ids}&shuffle_seed={seed}")
        assert found == await reader.found(f"shuffle_seed={seed}")
    export = f"export_as_csv=true&all_results=true&results_per_page=1&item_id={ids}"
    assert len(lines_of(await reader.ask("/api/data", export))) == len(PROJECTS)


async def test_the_csv_has_every_column_in_every_line_and_no_formula(reader: Reader) -> None:
    answer = await reader.ask("/dataset/view", "export_as_csv=true")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(answer.text, newline="")))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert rows[0][:5] == ["_id", "spider_id", "spider_name", "link_src", "link_data"]
    by_id = {row["id"]: row for row in lines_of(answer)}
    assert by_id["1"]["note"] == "'=1+1"
    assert by_id["4"]["note"] == '["- a", "b\\nc"]'
    assert by_id["3"]["titre"] == 'Jardin, "le grand"'
    assert by_id["1"]["mots"] == '["mobilité", "vélo"]'
    assert by_id["4"]["ville"] == ""
    assert (await reader.ask("/dataset/view")).status_code == 422


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1", "'=1"),
        ("+33 6", "'+33 6"),
        ("-2,5", "-2,5"),
        ("@x", "'@x"),
        (" =1", "' =1"),
        ("a=1", "a=1"),
        ("\tx", "'\tx"),
    ],
)
async def test_a_cell_is_never_calculated(text: str, cell: str) -> None:
    assert safe_cell(text) == cell


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("Nîmes", FieldType.TEXT),
        ("https://a.example/x", FieldType.URL),
        ("https://a.example/x.JPG?s=1", FieldType.IMAGE),
        ("a@b.fr", FieldType.EMAIL),
        ("2024-05-01T10:00", FieldType.DATE),
        (3, FieldType.INTEGER),
        (3.5, FieldType.FLOAT),
        (True, FieldType.TEXT),
        (["a"], FieldType.TAGS),
        ({"a": 1}, FieldType.TEXT),
    ],
)
async def test_a_value_without_a_data_model_is_typed_by_its_look(value: object, kind: FieldType) -> None:
    assert type_of(value) is kind


@given(st.text(), st.text())
async def test_a_text_that_is_passed_over_holds_no_such_word(before: str, after: str) -> None:
    for text in (before + after, f"Œuvré {before}", "ﬁl ＶÉＬＯ 𝐀"):
        for word in folded(text).split():
            assert may_hold(text, word)
            assert may_hold(text, word[1:])
            assert holds_all([before, text], [word])
            assert not holds_all([text], [word, f"{word}x" * 9])


async def test_infos_and_statistics_tell_their_parts(reader: Reader) -> None:
    assert set((await reader.ask("/api/infos", "only_dm_list=true")).json()) == {"status", "datamodel"}
    assert set((await reader.ask("/api/infos", "only_spiders_list=true")).json()) == {"status", "spiders"}
    assert set((await reader.ask("/api/stats", "only_counts_simple=true")).json()) == {"status", "counts_simple"}
    stats = (await reader.ask("/api/stats", "only_spiders_stats=true")).json()
    assert stats == {"status": "ok", "counts_stats": {"spiders_stats": {OPEN: len(PROJECTS)}}}
    (note, tags) = sorted(
        (await reader.ask("/api/stats", "only_tags_stats=true")).json()["counts_stats"]["tags_stats"],
        key=lambda one: str(one["field_name"]) != "note",
    )
    assert (note["field_name"], tags["field_name"], tags["complete"]) == ("note", "mots", True)
    first = tags["stats"][0]
    assert (first["tag_name"], first["count"], first["in_spiders"]) == ("mobilité", 2, [OPEN])
    assert len(first["in_items"]) == 2
    for path, query in (("/api/infos", "token=x"), ("/api/stats", "page_n=1"), ("/api/infos", "only_dm_list=maybe")):
        assert (await reader.ask(path, query)).status_code == 422


async def test_an_empty_installation_answers(reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> None:
    async with running_scraper(tmp_path_factory.mktemp("empty")) as scraper:
        empty = replace(reader, scraper=scraper)
        assert await empty.found("search_for=velo&shuffle_seed=3") == []
        assert (await empty.ask("/api/infos")).json()["counts"]["data"] == 0
        assert (await empty.ask("/api/stats")).json()["counts_stats"] == {"spiders_stats": {}, "tags_stats": []}
        assert len(lines_of(await empty.ask("/dataset/view", "export_as_csv=true"))) == 0


async def test_anybody_may_read_and_no_cookie_is_asked_for(reader: Reader) -> None:
    public = await reader.ask("/api/data")
    assert public.headers.get_list("access-control-allow-origin") == ["*"]
    assert "X-Moisson-Cut-By" in public.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in public.headers
    assert public.headers["cache-control"].startswith("public")
    asked = {"Origin": "https://front.example", "Access-Control-Request-Method": "GET"}
    asked["Access-Control-Request-Headers"] = "authorization"
    preflight = await reader.scraper.send("OPTIONS", f"{ROOT}/api/data", {}, headers=asked)
    assert preflight.status_code == 204
    assert "Authorization" in preflight.headers["access-control-allow-headers"]
    for refused in (await reader.ask("/api/data", "x=1"), await reader.ask("/api/data", "", {"Authorization": "no"})):
        assert (refused.status_code >= 400, refused.headers.get_list("access-control-allow-origin")) == (True, ["*"])
    elsewhere = await reader.scraper.send("OPTIONS", "/v1/spiders", {}, headers=asked)
    assert "access-control-allow-origin" not in elsewhere.headers
    own = await reader.ask("/api/data", "", reader.scraper.people.member)
    assert own.headers["cache-control"] == "private, no-store"
