"""Nothing above the caller's level can be told from the answers: they are the same, byte for byte, with and without it.

A secret is planted at each level in each field, in coordinates, in whole places and in whole projects; then everything
that the port offers is asked from below.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.corpus import IndexLayout, Manifest
from moisson_shared.contracts.errors import Invalid
from moisson_shared.contracts.project import FieldValue, Place, Point, Project
from moisson_shared.contracts.schema import FieldType, SchemaField, Scope
from moisson_shared.contracts.search import BoundingBox, FacetRequest, SearchQuery, SortKey
from moisson_shared.querying.visibility import SourceLevels, index_layout
from tests.contracts.search_corpus import CORPUS, OPEN, SCHEMA, THEMES, a_place, a_project
from tests.contracts.search_engines import ENGINES, SearchIndex, an_address, index_at

LEVELS = [level for level in AccessLevel if level is not OPEN]
SECRETS: dict[FieldType, FieldValue] = {
    FieldType.TEXT: "Le secret mirabelle de la réserve",
    FieldType.KEYWORD: "mirabelle",
    FieldType.CONCEPT: "ÉDU",
    FieldType.NUMBER: 77.25,
    FieldType.INTEGER: 77,
    FieldType.DATE: "1977-07-07",
    FieldType.BOOLEAN: True,
    FieldType.URL: "https://mirabelle.fr/",
    FieldType.EMAIL: "mirabelle@exemple.fr",
    FieldType.PHONE: "+33177777777",
}
PLACE = Point(latitude=-49.35, longitude=70.22)
BOX = BoundingBox(west=70, south=-50, east=71, north=-49)


@pytest.fixture(params=ENGINES)
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SearchIndex]:
    async with index_at(an_address(request.param, tmp_path)) as index:
        yield index


def bystanders() -> list[Project]:
    """Open projects, so that counts, scores and orders have something to change."""
    return [
        a_project(
            f"b{number}",
            title=("Une mirabelle ouverte", "Le secret des abeilles", "La réserve")[number % 3],
            summary="Jardin " * (number + 1),
            themes=("EMP", "ÉDU")[: 1 + number % 2],
            staff=70 + number,
            budget=float(number * 20),
            founded="1977",
            status="association",
            active=number % 2 == 0,
            places=(a_place(number),),
        )
        for number in range(8)
    ]


def secret_value(field: SchemaField) -> FieldValue:
    value = SECRETS[field.type]
    return (value,) if field.many and not isinstance(value, tuple) else value


def a_keeper(level: AccessLevel, *, planted: bool, only: str | None = None) -> Project:
    """A visible project whose source shares its fields from `level` on only: all but the title, or `only` one."""
    names = [
        field for field in SCHEMA.fields if only in (None, field.name) and (only is not None or field.name != "title")
    ]
    inside = {field.name: secret_value(field) for field in names if field.scope is Scope.PROJECT}
    around = {field.name: secret_value(field) for field in names if field.scope is Scope.PLACE}
    keeper = a_project(
        "keeper",
        title="Un gardien du secret",
        field_levels={field.name: level for field in names},
        places=(a_place(1), *((Place(fields=around),) if planted and around else ())),
    )
    return keeper.model_copy(update={"fields": {**keeper.fields, **(inside if planted else {})}}) if inside else keeper


def the_layout(schema_points: AccessLevel = OPEN) -> IndexLayout:
    """One source for each level, for its projects and for all its fields."""
    names = [field.name for field in SCHEMA.fields]
    sources = [SourceLevels(level, dict.fromkeys(names, other)) for level in AccessLevel for other in AccessLevel]
    return index_layout(CORPUS, SCHEMA.model_copy(update={"point_level": schema_points}), (THEMES,), sources)


def probes() -> list[SearchQuery]:
    """Every way to ask, also by names that a level does not know."""
    fields = SCHEMA.fields
    asked: list[dict[str, Any]] = [
        *({"text": text, "highlight": True} for text in ("mirabelle", "secret", '"secret mirabelle"', "réserve", "le")),
        *({"text": text} for text in ("éducation environnement", "+33177777777", "77", "jardin")),
        *({"filters": {field.name: [_written(secret_value(field))]}} for field in fields if field.filterable),
        *({"ranges": {name: {"least": 77, "most": 77.5}}} for name in ("staff", "budget", "grants", "margin")),
        *({"ranges": {name: {"least": "1977-07", "most": "1977-08"}}} for name in ("founded", "events")),
        *({"facets": [{"field": field.name}]} for field in fields if field.facet),
        *(
            {"sort": [{"field": field.name, "descending": descending}], "size": size}
            for field in fields
            if field.sort
            for descending in (False, True)
            for size in (3, 100)
        ),
        {"bbox": BOX.model_dump()},
        {"text": "secret", "bbox": BOX.model_dump()},
        {"facets": [{"field": "partner"}, {"field": "source"}], "text": "mirabelle", "filters": {"partner": ["atlas"]}},
    ]
    return [SearchQuery.model_validate({"size": 100, **parts}) for parts in asked]


def _written(value: FieldValue) -> str:
    value = value[0] if isinstance(value, tuple) else value
    return str(value).lower() if isinstance(value, bool) else str(value)


async def answers(index: SearchIndex, manifest: Manifest, level: AccessLevel, about: str = "") -> list[str]:
    """All that this level is told about a version; or all that may tell `about` one field."""
    asked = [query for query in probes() if not about or query.text or about in query.model_dump_json()]
    told = await asyncio.gather(*(_answer(index, manifest, query, level) for query in asked))
    for project_id in ("keeper", "hidden", "nobody"):
        project = await index.reader.get(manifest, project_id, level)
        told.append(project.model_dump_json() if project else "nobody")
    return told


async def _answer(index: SearchIndex, manifest: Manifest, query: SearchQuery, level: AccessLevel) -> str:
    try:
        told = (await index.reader.search(manifest, query, level)).model_dump_json()
        if not query.sort and not query.facets:
            told += (await index.reader.map(manifest, query, level, 100)).model_dump_json()
    except Invalid as refused:
        told = f"{refused} {refused.faults}"
    return told


async def assert_hidden(
    index: SearchIndex, secret: Project, without: list[Project], level: AccessLevel, of: IndexLayout
) -> None:
    """All below a level are told the same with and without the secret; that level itself is told more."""
    bare = await index.publish([*bystanders(), *without], of)
    planted = await index.publish([*bystanders(), secret], of)
    for asking in AccessLevel:
        if asking < level:
            assert await answers(index, planted, asking) == await answers(index, bare, asking), asking
    assert await answers(index, planted, level) != await answers(index, bare, level)


@pytest.mark.parametrize("level", LEVELS)
async def test_the_values_of_all_fields(index: SearchIndex, level: AccessLevel) -> None:
    await assert_hidden(index, a_keeper(level, planted=True), [a_keeper(level, planted=False)], level, the_layout())


@pytest.mark.parametrize(
    "name", [field.name for field in SCHEMA.fields if field.level is OPEN and field.name != "title"]
)
async def test_the_value_of_each_field_by_itself(index: SearchIndex, name: str) -> None:
    level, below = AccessLevel.COLLECTIVE, AccessLevel.COMMONS
    planted, bare = [
        await index.publish([*bystanders(), a_keeper(level, planted=planted, only=name)], the_layout())
        for planted in (True, False)
    ]
    assert await answers(index, planted, below, name) == await answers(index, bare, below, name)
    assert await answers(index, planted, level, name) != await answers(index, bare, level, name)


@pytest.mark.parametrize("level", LEVELS)
async def test_a_whole_project(index: SearchIndex, level: AccessLevel) -> None:
    hidden = a_keeper(OPEN, planted=True).model_copy(
        update={"id": "hidden", "level": level, "places": (Place(point=PLACE, fields={"city": "Mirabelle"}),)}
    )
    await assert_hidden(index, hidden, [], level, the_layout())


@pytest.mark.parametrize("level", LEVELS)
async def test_coordinates(index: SearchIndex, level: AccessLevel) -> None:
    bare = a_project("keeper", places=(Place(fields={"city": "Lyon"}),))
    secret = a_project("keeper", places=(Place(point=PLACE, fields={"city": "Lyon"}),))
    of = the_layout(schema_points=level)
    without = await index.publish([*bystanders(), bare], of)
    planted = await index.publish([*bystanders(), secret], of)
    for below in AccessLevel:
        if below < level:
            assert await answers(index, planted, below) == await answers(index, without, below), below
    page = await index.reader.search(planted, SearchQuery(bbox=BOX), level)
    assert [hit.project.id for hit in page.hits] == ["keeper"]
    assert [each.point for each in (await index.reader.map(planted, SearchQuery(bbox=BOX), level, 9)).points] == [PLACE]


@pytest.mark.parametrize("level", LEVELS)
async def test_what_is_open_from_a_level_on_is_found_from_it_on(index: SearchIndex, level: AccessLevel) -> None:
    manifest = await index.publish([*bystanders(), a_keeper(level, planted=True)], the_layout())
    for asking in AccessLevel:
        for parts in ({"text": "mirabelle jardin"}, {"filters": {"keywords": ["mirabelle"]}}):
            query = SearchQuery.model_validate({**parts, "facets": [FacetRequest(field="keywords")]})
            page = await index.reader.search(manifest, query, asking)
            seen = asking >= level and "filters" in parts
            assert [hit.project.id for hit in page.hits if hit.project.id == "keeper"] == ["keeper"] * seen
        ordered = await index.reader.search(
            manifest, SearchQuery(sort=(SortKey(field="founded", descending=True),), size=9), asking
        )
        assert len(ordered.hits) == 9


async def test_levels_themselves_and_the_group_key_stay_inside(index: SearchIndex) -> None:
    manifest = await index.publish([a_keeper(AccessLevel.COMMONS, planted=True)], the_layout())
    for level in AccessLevel:
        project = await index.reader.get(manifest, "keeper", level)
        assert project is not None
        assert project.field_levels == {}
        assert project.provenance == {}
        assert project.group_key == ("cle-keeper" if level is AccessLevel.PRIVATE else "")
