"""What is written to a version: how much at once, any text as an id, every value as it was, and what does not fit."""

import pytest

from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.errors import Invalid, TooLarge
from moisson_shared.contracts.project import Project
from moisson_shared.contracts.search import SearchQuery
from moisson_shared.querying.visibility import SourceLevels, index_layout
from tests.contracts.search_corpus import CORPUS, OPEN, PRIVATE, SCHEMA, THEMES, a_place, a_project, layout, manifest
from tests.contracts.search_engines import SearchIndex, ids


async def test_500_at_once_are_taken_and_501_are_not(index: SearchIndex) -> None:
    version = await index.writer.begin(layout())
    await index.writer.write(CORPUS, version, [a_project(f"{number:03}") for number in range(500)])
    await index.writer.write(CORPUS, version, [])
    with pytest.raises(TooLarge):
        await index.writer.write(CORPUS, version, [a_project(f"{number:03}") for number in range(501)])
    await index.writer.seal(manifest(version, 500))
    assert await ids(index, manifest(version, 500)) == [f"{number:03}" for number in range(500)]


@pytest.mark.parametrize(
    "project_id", ["é à", "日本", "🦊", "a/b?c#d", "..", " ", "manifest", "x" * 3000, "tab\there", "nul\0", '"', "|"]
)
async def test_any_text_is_an_id(index: SearchIndex, project_id: str) -> None:
    made = await index.publish([a_project(project_id, title=project_id), a_project("other")])
    project = await index.reader.get(made, project_id, OPEN)
    assert project is not None
    assert project.id == project_id
    assert set(await ids(index)) == {project_id, "other"}
    assert await index.reader.get(made, f"{project_id}x", OPEN) is None


async def test_a_project_comes_back_as_it_was(index: SearchIndex) -> None:
    written = a_project(
        "a",
        title="L’été — où ? œuvre\n\t«ça»",
        summary="long " * 200_000,
        themes=("EMP", "ÉDU"),
        keywords=("x" * 5000, "y"),
        founded="2016-05",
        staff=-3,
        budget=0.1,
        active=False,
        places=(a_place(0), a_place(1, east=0.5)),
    ).model_copy(update={"url": "https://exemple.fr/é"})
    made = await index.publish([written])
    assert await index.reader.get(made, "a", PRIVATE) == written
    found = await index.reader.search(made, SearchQuery(filters={"keywords": ("x" * 5000,)}, text="ete long"), OPEN)
    assert found.total == 1


async def test_of_two_with_one_id_the_last_holds(index: SearchIndex) -> None:
    version = await index.writer.begin(layout())
    await index.writer.write(CORPUS, version, [a_project("a", title="Un"), a_project("a", title="Deux")])
    await index.writer.write(CORPUS, version, [a_project("b", title="Trois")])
    await index.writer.write(CORPUS, version, [a_project("b", title="Quatre")])
    await index.writer.seal(manifest(version, 2))
    page = await index.reader.search(manifest(version, 2), SearchQuery(), OPEN)
    assert [hit.project.fields["title"] for hit in page.hits] == ["Deux", "Quatre"]


UNFIT: list[tuple[Project, str]] = [
    (a_project("a").model_copy(update={"corpus": "autre"}), "/corpus"),
    (a_project("a", nothing="x"), "/fields/nothing"),
    (a_project("a", staff="many"), "/fields/staff"),
    (a_project("a", budget=True), "/fields/budget"),
    (a_project("a", budget=10**400), "/fields/budget"),
    (a_project("a", founded="last year"), "/fields/founded"),
    (a_project("a", active="yes"), "/fields/active"),
    (a_project("a", level=AccessLevel.COLLECTIVE), "/level"),
    (a_project("a", summary="x", field_levels={"summary": AccessLevel.COMMONS}), "/fields/summary"),
]


@pytest.mark.parametrize(("project", "pointer"), UNFIT, ids=lambda value: str(value)[:20])
async def test_a_project_that_does_not_fit_is_refused_and_nothing_of_its_batch_is_written(
    index: SearchIndex, project: Project, pointer: str
) -> None:
    of = index_layout(CORPUS, SCHEMA, (THEMES,), [SourceLevels()])
    version = await index.writer.begin(of)
    with pytest.raises(Invalid) as refused:
        await index.writer.write(CORPUS, version, [a_project("b"), project])
    assert pointer in [fault.pointer for fault in refused.value.faults]
    await index.writer.seal(manifest(version, 0, of))
    assert await ids(index, manifest(version, 0, of)) == []
