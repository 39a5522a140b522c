"""Both engines give the same, right answers: each checked against a count by hand or by brute force."""

import random
from pathlib import Path

import pytest

from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.search import BoundingBox, FacetRequest, SearchQuery, SortKey, ValueRange
from tests.contracts.search_corpus import (
    COLLECTIVE,
    COMMONS,
    OPEN,
    PRIVATE,
    SCHEMA,
    THEMES,
    a_project,
    the_corpus,
)
from tests.contracts.search_engines import ENGINES, SearchIndex, a_query, an_address, ask, index_at, live
from tests.contracts.search_oracle import Oracle

FACETS = {
    OPEN: ("themes", "keywords", "status", "founded", "staff", "active", "region", "city", "partner", "source"),
    COLLECTIVE: ("phone", "door_code"),
    PRIVATE: ("email",),
}
SORTS = {
    OPEN: ("title", "main_theme", "status", "founded", "budget", "staff", "active"),
    COMMONS: ("partners_note",),
    COLLECTIVE: ("phone",),
    PRIVATE: ("email", "margin"),
}
ORACLE = Oracle(the_corpus(), SCHEMA, THEMES)


CASES = [
    (a_query(), OPEN, 36),
    (a_query(), COMMONS, 48),
    (a_query(), PRIVATE, 60),
    (a_query(text="bibliotheque"), OPEN, 6),
    (a_query(text="BIBLIOTHÈQUES"), OPEN, 6),
    (a_query(text="energie"), OPEN, 22),
    (a_query(text="ETE"), OPEN, 6),
    (a_query(text="l’été"), OPEN, 6),
    (a_query(text="d'œuvre"), OPEN, 8),
    (a_query(text="cheval"), OPEN, 0),
    (a_query(text="chevaux"), PRIVATE, 6),
    (a_query(text="travail"), OPEN, 16),
    (a_query(text="jobs"), OPEN, 16),
    (a_query(text="de la"), OPEN, 5),
    (a_query(text="les écoles"), OPEN, 13),
    (a_query(text='"jardin potager"'), OPEN, 6),
    (a_query(text='"potager jardin"'), OPEN, 0),
    (a_query(text='"partagé vélo"'), OPEN, 0),
    (a_query(text="zzz"), PRIVATE, 0),
    (a_query(text="???"), OPEN, 36),
    (a_query(text='" AND title:* OR ("'), OPEN, 0),
    (a_query(filters={"themes": ["CUL"]}), OPEN, 12),
    (a_query(filters={"themes": ["CUL", "LOG"], "region": ["Bretagne"]}), OPEN, 2),
    (a_query(filters={"themes": ["cul"]}), PRIVATE, 0),
    (a_query(filters={"partner": ["atlas"]}), PRIVATE, 36),
    (a_query(filters={"source": ["cercle"]}), COLLECTIVE, 0),
    (a_query(filters={"active": ["true"]}), OPEN, 12),
    (a_query(filters={"staff": ["3"]}), OPEN, 3),
    (a_query(filters={"budget": ["1000.5"]}), OPEN, 2),
    (a_query(filters={"founded": ["2016-05"]}), OPEN, 6),
    (a_query(ranges={"founded": {"least": "2016", "most": "2016"}}), OPEN, 16),
    (a_query(ranges={"founded": {"least": "2016-05-18", "most": "2016-05-20"}}), OPEN, 11),
    (a_query(ranges={"events": {"least": "2013", "most": "2013-03"}}), OPEN, 0),
    (a_query(ranges={"grants": {"least": 5, "most": 99}}), PRIVATE, 0),
    (a_query(ranges={"budget": {"least": 2000}}), OPEN, 20),
    (a_query(ranges={"budget": {"most": 2001}}), OPEN, 6),
    (a_query(bbox={"west": 2, "south": 48, "east": 3, "north": 49}), OPEN, 7),
    (a_query(bbox={"west": 160, "south": -30, "east": -170, "north": 0}), OPEN, 10),
    (a_query(bbox={"west": -180, "south": -90, "east": 180, "north": 90}), PRIVATE, 60),
]


@pytest.mark.parametrize(("query", "level", "total"), CASES, ids=lambda value: str(value)[:60])
async def test_finds_exactly_what_matches(
    corpus: SearchIndex, query: SearchQuery, level: AccessLevel, total: int
) -> None:
    page = await ask(corpus, query, level)
    assert {hit.project.id for hit in page.hits} == ORACLE.found(query, level)
    assert page.total == total


@pytest.mark.parametrize("level", list(AccessLevel))
@pytest.mark.parametrize("seed", range(12))
async def test_any_query_answers_like_a_count_by_hand(corpus: SearchIndex, seed: int, level: AccessLevel) -> None:
    chance = random.Random(f"{seed} {level}")
    for _ in range(4):
        query = _random_query(chance, level)
        page = await ask(corpus, query, level)
        ids = [hit.project.id for hit in page.hits]
        assert page.total == len(ids) == len(ORACLE.found(query, level))
        if query.sort or not query.text:
            assert ids == ORACLE.ordered(query, level)
        else:
            assert set(ids) == ORACLE.found(query, level)
            assert ids == [
                hit.project.id for hit in sorted(page.hits, key=lambda hit: (-(hit.score or 0), hit.project.id))
            ]
        for request in query.facets:
            counts = [(count.value, count.count) for count in page.facets[request.field]]
            assert counts == ORACLE.facet(query, request.field, level, request.size), request
        found = await corpus.reader.map(await live(corpus), query, level, 1000)
        assert sorted(
            (point.project_id, point.point.latitude, point.point.longitude) for point in found.points
        ) == ORACLE.map(query, level)


def _random_query(chance: random.Random, level: AccessLevel) -> SearchQuery:
    facets = [name for least, names in FACETS.items() if least <= level for name in names]
    sorts = [name for least, names in SORTS.items() if least <= level for name in names]
    anyone = ORACLE_PROJECTS[chance.randrange(len(ORACLE_PROJECTS))]
    filters = {}
    for name in chance.sample(facets, chance.randrange(3)):
        values = ORACLE.values(anyone, name, level) if name not in {"partner", "source"} else [anyone.partner]
        written = [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
        if written:
            filters[name] = [*written[:2], "rien"][: chance.randrange(1, 3)] if name != "active" else written
    filters = {
        name: [v for v in values if v != "rien"] if name in {"staff", "founded"} else values
        for name, values in filters.items()
    }
    ranges = {}
    if chance.random() < 0.3:
        ranges["founded"] = ValueRange(least=chance.choice(["2011", "2016-02", "2016-05-17", None]), most="2019-02-10")
    if chance.random() < 0.3:
        ranges["budget"] = ValueRange(least=chance.randrange(5000))
    if level is PRIVATE and chance.random() < 0.3:
        ranges["margin"] = ValueRange(most=-2.5)
    box = None
    if chance.random() < 0.3:
        south, west = chance.uniform(-30, 48), chance.uniform(-180, 180)
        box = BoundingBox(west=west, south=south, east=chance.uniform(-180, 180), north=chance.uniform(south, 60))
    return SearchQuery(
        text=chance.choice(
            ["", "", "vélo", "énergie citoyenne", '"jardin partagé"', "la réparation des vélos", "contact3", "A1 Paris"]
        ),
        filters={name: tuple(values) for name, values in filters.items() if values},
        ranges=ranges,
        bbox=box,
        sort=tuple(
            SortKey(field=name, descending=chance.random() < 0.5) for name in chance.sample(sorts, chance.randrange(4))
        ),
        size=100,
        facets=tuple(FacetRequest(field=name, size=chance.choice([2, 50])) for name in facets),
    )


ORACLE_PROJECTS = the_corpus()

WALKS = [
    (),
    (SortKey(field="title"),),
    (SortKey(field="active", descending=True), SortKey(field="founded")),
    (SortKey(field="status"), SortKey(field="budget", descending=True), SortKey(field="title", descending=True)),
    (SortKey(field="founded", descending=True),),
    (SortKey(field="staff"), SortKey(field="phone", descending=True)),
    (SortKey(field="margin"), SortKey(field="email")),
]


@pytest.mark.parametrize("size", [1, 7, 30])
@pytest.mark.parametrize("sort", WALKS, ids=str)
async def test_a_walk_by_cursors_gives_each_project_once_in_order(
    corpus: SearchIndex, sort: tuple[SortKey, ...], size: int
) -> None:
    query = SearchQuery(sort=sort, size=size)
    assert await _walk(corpus, query, PRIVATE) == ORACLE.ordered(query, PRIVATE)


@pytest.mark.parametrize("text", ["énergie", "emploi", "de", "culture paris"])
async def test_a_walk_by_relevance_gives_each_project_once(corpus: SearchIndex, text: str) -> None:
    query = SearchQuery(text=text, size=3)
    whole = await ask(corpus, SearchQuery(text=text, size=100), PRIVATE)
    assert await _walk(corpus, query, PRIVATE) == [hit.project.id for hit in whole.hits]


async def _walk(index: SearchIndex, query: SearchQuery, level: AccessLevel) -> list[str]:
    walked: list[str] = []
    after = None
    while True:
        page = await ask(index, query.model_copy(update={"after": after}), level)
        walked += [hit.project.id for hit in page.hits]
        assert len(walked) <= 60
        after = page.next
        if after is None:
            return walked
        assert len(page.hits) == query.size


@pytest.mark.parametrize("engine", ENGINES)
async def test_words_in_the_title_weigh_more(engine: str, tmp_path: Path) -> None:
    async with index_at(an_address(engine, tmp_path)) as index:
        await index.publish(
            [
                a_project("a", title="Une maison", summary="On y parle de vélo"),
                a_project("b", title="Le vélo", summary="On y parle de tout"),
                a_project("c", title="Une maison", summary="On y parle de vélo"),
            ]
        )
        page = await ask(index, SearchQuery(text="vélos"))
    assert [hit.project.id for hit in page.hits] == ["b", "a", "c"]
    scores = [hit.score or 0 for hit in page.hits]
    assert scores[0] > scores[1] == scores[2] > 0


async def test_a_facet_sets_its_own_selection_aside(corpus: SearchIndex) -> None:
    requests = (FacetRequest(field="themes"), FacetRequest(field="region"))
    query = SearchQuery(filters={"themes": ("CUL",)}, facets=requests, size=0)
    page = await ask(corpus, query)
    assert page.hits == ()
    assert page.next is None
    assert page.total == 12
    assert {each.value: each.count for each in page.facets["themes"]}["ENE"] == 16
    assert sum(each.count for each in page.facets["region"]) <= 12 * 4
    assert list(page.facets) == ["themes", "region"]


async def test_highlights_show_what_was_found(corpus: SearchIndex) -> None:
    page = await ask(corpus, SearchQuery(text="bibliotheques", highlight=True, size=1, sort=(SortKey(field="title"),)))
    passages = page.hits[0].highlights
    marked = {name: [each.text[a:b] for each in found for a, b in each.marks] for name, found in passages.items()}
    assert marked == {"title": ["Bibliothèque"], "summary": ["bibliothèques"]}
    assert len(passages["summary"][0].text) <= 300


async def test_the_map_is_cut_at_its_limit_and_says_by_how_much(corpus: SearchIndex) -> None:
    everything = await corpus.reader.map(await live(corpus), SearchQuery(), PRIVATE, 1000)
    cut = await corpus.reader.map(await live(corpus), SearchQuery(), PRIVATE, 5)
    assert cut.points == everything.points[:5]
    assert (cut.places, cut.projects) == (everything.places, everything.projects) == (len(everything.points), 60)
    assert cut.truncated == everything.places - 5
