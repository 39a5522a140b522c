"""A secret is planted at each level in each type of field, and looked for from below in every way the api offers.

Two apis share one store and differ in their index only: one has the secret. Whatever a caller below asks, both give the
same bytes. The same questions from above find it, so the questions are good.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from moisson_shared.contracts.access import AccessLevel, Role
from moisson_shared.contracts.project import FieldValue, Place, Point, Project
from moisson_shared.contracts.schema import ConceptScheme, FieldType, Schema, SchemaField, Scope
from tests.api.running_api import Api, bearer, running_api
from tests.api.sample_corpus import CORPUS, OPEN, PRIVATE, SCHEMA, a_project, publish, sample_layout, sample_projects

SEARCH = f"/v1/corpora/{CORPUS}/projects"
MAP = f"/v1/corpora/{CORPUS}/map"
SECRET: dict[FieldType, FieldValue] = {
    FieldType.TEXT: "zanzibarine secrète",
    FieldType.KEYWORD: "zanzibarine",
    FieldType.CONCEPT: "S1",
    FieldType.NUMBER: 4321.5,
    FieldType.INTEGER: 4321,
    FieldType.DATE: "1789-07-14",
    FieldType.BOOLEAN: True,
    FieldType.URL: "https://zanzibarine.example/",
    FieldType.IMAGE: "https://zanzibarine.example/a.png",
    FieldType.EMAIL: "zanzibarine@exemple.fr",
    FieldType.PHONE: "+33140000000",
}
RANGED = {FieldType.NUMBER, FieldType.INTEGER, FieldType.DATE}
NO_FACET = {FieldType.TEXT, FieldType.NUMBER, FieldType.URL, FieldType.IMAGE}
OPEN_NAMES = ("title", "description", "themes", "year", "started", "active", "region", "website")
BELOW = [(level, seeker) for seeker in AccessLevel for level in AccessLevel if seeker < level]


def secret_field(kind: FieldType, scope: Scope, level: AccessLevel) -> SchemaField:
    return SchemaField(
        name=f"{scope}_{kind}",
        type=kind,
        labels={"fr": f"{scope} {kind}"},
        scheme=ConceptScheme(taxonomy="internal", level="steps") if kind is FieldType.CONCEPT else None,
        scope=scope,
        level=level,
        facet=kind not in NO_FACET,
        filter=kind is not FieldType.TEXT,
        sort=scope is Scope.PROJECT,
        search_weight=3,
    )


def secret_fields(level: AccessLevel) -> tuple[SchemaField, ...]:
    return tuple(secret_field(kind, scope, level) for kind in FieldType for scope in Scope)


@dataclass(frozen=True)
class Planting:
    """Where the secret is: the schema of both indexes, and the projects without it and with it."""

    schema: Schema
    without: list[Project]
    planted: list[Project]


def in_fields(level: AccessLevel) -> Planting:
    """Fields of the level by schema, of a project and of its place."""
    schema = SCHEMA.model_copy(update={"fields": (*SCHEMA.fields, *secret_fields(level))})
    bare = a_project(50, "Un projet ordinaire", places=(Place(fields={"region": "Corse"}),))
    place = {f"{Scope.PLACE}_{kind}": value for kind, value in SECRET.items()}
    fields = {**bare.fields, **{f"{Scope.PROJECT}_{kind}": value for kind, value in SECRET.items()}}
    full = bare.model_copy(update={"fields": fields, "places": (Place(fields={"region": "Corse", **place}),)})
    return Planting(schema, [*sample_projects(), bare], [*sample_projects(), full])


def by_source(level: AccessLevel) -> Planting:
    """Open fields that the source of one project has restricted."""
    schema = SCHEMA.model_copy(update={"fields": (*SCHEMA.fields, *secret_fields(OPEN))})
    bare = a_project(50, "Un projet ordinaire")
    secrets = {f"{Scope.PROJECT}_{kind}": value for kind, value in SECRET.items()}
    restricted = {"fields": {**bare.fields, **secrets}, "field_levels": dict.fromkeys(secrets, level)}
    return Planting(schema, [*sample_projects(), bare], [*sample_projects(), bare.model_copy(update=restricted)])


def in_project(level: AccessLevel) -> Planting:
    """A whole project of the level."""
    schema = SCHEMA.model_copy(update={"fields": (*SCHEMA.fields, *secret_fields(OPEN))})
    fields = {"themes": ("EMP",), "year": 1789, **{f"{Scope.PROJECT}_{kind}": value for kind, value in SECRET.items()}}
    place = Place(point=Point(latitude=-6.16, longitude=39.2), fields={"region": "Zanzibar"})
    whole = a_project(50, "Un projet zanzibarine", level=level, fields=fields, places=(place,), partner="emmaus")
    return Planting(schema, sample_projects(), [*sample_projects(), whole])


def in_points(level: AccessLevel) -> Planting:
    """Coordinates of the level by schema."""
    schema = SCHEMA.model_copy(update={"fields": (*SCHEMA.fields, *secret_fields(OPEN)), "point_level": level})
    bare = a_project(50, "Un projet ordinaire", places=(Place(fields={"region": "Zanzibar"}),))
    place = Place(point=Point(latitude=-6.16, longitude=39.2), fields={"region": "Zanzibar"})
    with_point = bare.model_copy(update={"places": (place,)})
    return Planting(schema, [*sample_projects(), bare], [*sample_projects(), with_point])


def by_schema(level: AccessLevel) -> Planting:
    """Fields and coordinates of the level, together."""
    fields, points = in_fields(level), in_points(level)
    schema = fields.schema.model_copy(update={"point_level": level})
    place = fields.planted[-1].places[0].model_copy(update={"point": points.planted[-1].places[0].point})
    return Planting(
        schema, fields.without, [*sample_projects(), fields.planted[-1].model_copy(update={"places": (place,)})]
    )


def by_project(level: AccessLevel) -> Planting:
    """Restricted values of one project, and another one that is hidden as a whole."""
    source, project = by_source(level), in_project(level)
    hidden = project.planted[-1].model_copy(update={"id": "p51"})
    return Planting(source.schema, source.without, [*source.planted, hidden])


TOGETHER = {"schema": by_schema, "project": by_project}
WAYS = {"fields": in_fields, "source": by_source, "project": in_project, "points": in_points}


def questions() -> list[str]:
    """Every address that might tell, each way of asking on its own."""
    asked = ["/v1/corpora", f"/v1/corpora/{CORPUS}", f"{SEARCH}/p50", MAP, f"{SEARCH}?facets=all&size=100"]
    boxes = ["bbox=39,-7,40,-6", "bbox=-180,-90,180,90", "bbox=39.2,-6.16,39.2,-6.16", "bbox=39,-90,-39,90"]
    words = [
        "zanzibarine",
        "%22zanzibarine+secrete%22",
        "rappeler",
        "ordinaire",
        "projet",
        "exemple.fr",
        "4321",
        "1789",
    ]
    for question in [*boxes, *(f"q={word}" for word in words), "partner=emmaus", "themes=EMP", "year.max=1800"]:
        asked += [f"{SEARCH}?{question}&size=100&facets=all&highlight=true", f"{MAP}?{question}"]
    for kind, secret in SECRET.items():
        text = str(secret).lower() if isinstance(secret, bool) else str(secret)
        value = text.replace("+", "%2B").replace(" ", "+")
        for name in (f"{Scope.PROJECT}_{kind}", f"{Scope.PLACE}_{kind}"):
            asked += [f"{SEARCH}?{name}={value}", f"{MAP}?{name}={value}", f"{SEARCH}?{name}=nothing"]
            asked += [f"{SEARCH}?{name}={value}&facets=all&facet_size=1", f"{SEARCH}?facets={name}&size=0"]
            asked += [
                f"{SEARCH}?sort={name}&size=100",
                f"{SEARCH}?sort=-{name}&size=3",
                f"{SEARCH}?q=projet&sort={name}",
            ]
            if kind in RANGED:
                asked += [f"{SEARCH}?{name}.min={value}", f"{SEARCH}?{name}.max={value}", f"{MAP}?{name}.min={value}"]
    asked += [f"{SEARCH}?sort={name}&size=3" for name in ("title", "-year", "started")]
    return asked


@dataclass
class Pair:
    """The two apis, and the session of whoever looks."""

    without: Api
    planted: Api
    seeker: dict[str, str]

    async def ask(self, question: str) -> tuple[tuple[int, bytes, str | None], tuple[int, bytes, str | None]]:
        """Both answers: status, body and entity tag; with one request id, which errors repeat."""
        headers = {**self.seeker, "X-Request-Id": "the-same-id"}
        answers = [await api.client.get(question, headers=headers) for api in (self.without, self.planted)]
        first, second = [(each.status_code, each.content, each.headers.get("etag")) for each in answers]
        return first, second

    async def walk(self, question: str) -> list[str]:
        """The questions of all further pages; both apis give the same cursors, or they would differ before."""
        pages = []
        page = (await self.without.client.get(question, headers=self.seeker)).json()
        while page.get("next"):
            pages.append(f"{question}&cursor={page['next']}")
            page = (await self.without.client.get(pages[-1], headers=self.seeker)).json()
        return pages


async def seeker_of(api: Api, level: AccessLevel) -> dict[str, str]:
    roles = {AccessLevel.COMMONS: Role.USER, AccessLevel.COLLECTIVE: Role.PARTNER, PRIVATE: Role.STEWARD}
    if level is OPEN:
        return {}
    admin = await api.first_admin()
    draft: dict[str, Any] = {"roles": [roles[level]]}
    if level is AccessLevel.COLLECTIVE:
        draft["partners"] = ["ffe"]
    await api.account(admin, "seeker@moisson.example", **draft)
    return bearer(await api.login("seeker@moisson.example"))


async def a_pair(
    stack: AsyncExitStack,
    folder: Path,
    planting: Planting,
    level: AccessLevel,
    without_schema: Schema | None = None,
) -> Pair:
    """Both apis; their schemas are the same unless the one without the secret gets its own."""
    indexed = ((without_schema or planting.schema, planting.without), (planting.schema, planting.planted))
    urls = [f"tantivy://{folder}/{name}" for name in ("without", "planted")]
    for url, (schema, projects) in zip(urls, indexed, strict=True):
        await publish(url, projects, sample_layout(schema))
    apis = [await stack.enter_async_context(running_api(folder, search_url=url)) for url in urls]
    return Pair(apis[0], apis[1], await seeker_of(apis[0], level))


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as entered:
        yield entered


@pytest.mark.parametrize("way", TOGETHER)
@pytest.mark.parametrize(("level", "seeker"), BELOW)
async def test_from_below_there_is_no_difference(
    stack: AsyncExitStack, tmp_path: Path, way: str, level: AccessLevel, seeker: AccessLevel
) -> None:
    pair = await a_pair(stack, tmp_path, TOGETHER[way](level), seeker)
    asked = [*questions(), f"{SEARCH}/p51"]
    for question in [
        *asked,
        *await pair.walk(f"{SEARCH}?size=4&sort=-year"),
        *await pair.walk(f"{SEARCH}?q=projet&size=1"),
    ]:
        without, planted = await pair.ask(question)
        assert without == planted, question


@pytest.mark.parametrize("way", WAYS)
async def test_from_above_the_questions_find_it(stack: AsyncExitStack, tmp_path: Path, way: str) -> None:
    pair = await a_pair(stack, tmp_path, WAYS[way](PRIVATE), PRIVATE)
    differing = set()
    for question in questions():
        without, planted = await pair.ask(question)
        if without != planted:
            differing.add(question)
    expected = {
        "fields": [
            *(
                f"{SEARCH}?{Scope.PROJECT}_{kind}={str(SECRET[kind]).lower()}"
                for kind in (FieldType.BOOLEAN, FieldType.NUMBER)
            ),
            *(
                f"{SEARCH}?facets={scope}_{kind}&size=0"
                for scope in Scope
                for kind in FieldType
                if kind not in NO_FACET
            ),
            *(f"{SEARCH}?sort=-{Scope.PROJECT}_{kind}&size=3" for kind in FieldType),
            f"{SEARCH}?{Scope.PLACE}_{FieldType.DATE}.min=1789-07-14",
            f"{SEARCH}?q=zanzibarine&size=100&facets=all&highlight=true",
            f"{SEARCH}?q=rappeler&size=100&facets=all&highlight=true",
            f"{SEARCH}/p50",
        ],
        "source": [f"{SEARCH}?{Scope.PROJECT}_{FieldType.KEYWORD}=zanzibarine", f"{SEARCH}/p50"],
        "project": [f"{SEARCH}/p50", MAP, "/v1/corpora", f"{MAP}?bbox=39,-7,40,-6", f"{SEARCH}?facets=all&size=100"],
        "points": [MAP, f"{MAP}?bbox=39,-7,40,-6", f"/v1/corpora/{CORPUS}", f"{SEARCH}/p50"],
    }
    assert set(expected[way]) <= differing


@pytest.mark.parametrize("seeker", [OPEN, AccessLevel.COMMONS, AccessLevel.COLLECTIVE])
async def test_a_hidden_field_is_answered_like_one_that_does_not_exist(
    stack: AsyncExitStack, tmp_path: Path, seeker: AccessLevel
) -> None:
    hidden = in_fields(PRIVATE)
    pair = await a_pair(stack, tmp_path, hidden, seeker, without_schema=SCHEMA)
    forms = (
        "{}=1",
        "{}.min=1",
        "{}.max=x",
        "sort={}",
        "sort=-{}",
        "facets={}",
        "facets=all,{}",
        "{}=",
        "{}s=1",
        "{}.x=1",
    )
    asked = [f"{SEARCH}?{form.format(field.name)}" for form in forms for field in secret_fields(PRIVATE)]
    for question in [*asked, *questions()]:
        without, planted = await pair.ask(question)
        assert without == planted, question
    assert (await pair.ask(asked[0]))[0][0] == 422


@pytest.mark.parametrize("seeker", [OPEN, AccessLevel.COMMONS, AccessLevel.COLLECTIVE])
async def test_the_description_names_nothing_from_above(
    stack: AsyncExitStack, tmp_path: Path, seeker: AccessLevel
) -> None:
    pair = await a_pair(stack, tmp_path, in_fields(PRIVATE), seeker)
    for path in ("/v1/corpora", f"/v1/corpora/{CORPUS}"):
        said = (await pair.planted.client.get(path, headers=pair.seeker)).text
        for word in ("rappeler", "internal", *(field.name for field in secret_fields(PRIVATE))):
            assert word not in said
