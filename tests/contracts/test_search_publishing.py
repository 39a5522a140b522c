"""Versions: built beside the live one, sealed, swapped in one step, rolled back, cloned, deleted, never half seen."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE

import pytest

from moisson_shared.contracts.corpus import Manifest
from moisson_shared.contracts.errors import CursorExpired, Invalid, NotFound, NotNow, Unavailable
from moisson_shared.contracts.schema import FieldType, SchemaField
from moisson_shared.contracts.search import FacetRequest, SearchQuery
from moisson_shared.contracts.taxonomy import Concept
from moisson_shared.querying.visibility import SourceLevels, index_layout
from tests.contracts.search_corpus import CORPUS, OPEN, PRIVATE, SCHEMA, THEMES, a_project, layout, manifest
from tests.contracts.search_engines import SearchIndex, ids, index_at


async def sealed(index: SearchIndex, *project_ids: str, clone: int | None = None) -> Manifest:
    version = await index.writer.begin(layout(), clone=clone)
    await index.writer.write(CORPUS, version, [a_project(each) for each in project_ids])
    made = manifest(version, len(project_ids))
    await index.writer.seal(made)
    return made


async def test_nothing_is_there_before_the_first_version(index: SearchIndex) -> None:
    assert await index.reader.live(CORPUS) is None
    assert await index.reader.corpora() == ()
    assert await index.reader.manifest(CORPUS, 1) is None
    assert await index.writer.versions(CORPUS) == ()
    await index.writer.discard(CORPUS, 7)
    await index.reader.check()
    await index.writer.check()


@pytest.mark.parametrize("corpus", ["nobody", "..", "../essai", "essai/v1", "", "*", "_all", "é", "a b", "a\0b"])
async def test_a_name_that_is_no_corpus_leads_nowhere(index: SearchIndex, corpus: str) -> None:
    await index.publish([a_project("a")])
    assert await index.reader.live(corpus) is None
    assert await index.reader.manifest(corpus, 1) is None


async def test_a_version_is_seen_when_it_is_published_and_not_before(index: SearchIndex) -> None:
    version = await index.writer.begin(layout())
    await index.writer.write(CORPUS, version, [a_project("a")])
    assert await index.reader.manifest(CORPUS, version) is None
    with pytest.raises(NotFound):
        await index.writer.publish(CORPUS, version)
    await index.writer.seal(manifest(version, 1))
    assert await index.reader.live(CORPUS) is None
    assert await index.reader.manifest(CORPUS, version) == manifest(version, 1)
    await index.writer.publish(CORPUS, version)
    assert await index.reader.live(CORPUS) == manifest(version, 1)
    assert await index.reader.corpora() == (manifest(version, 1),)
    assert await ids(index) == ["a"]


async def test_publishing_an_earlier_version_rolls_back(index: SearchIndex) -> None:
    first = await index.publish([a_project("a")])
    second = await index.publish([a_project("b")])
    assert await ids(index) == ["b"]
    assert await ids(index, first) == ["a"]
    await index.writer.publish(CORPUS, first.version)
    assert await index.reader.live(CORPUS) == first
    assert await ids(index) == ["a"]
    assert await index.writer.versions(CORPUS) == (second, first)


async def test_numbers_grow_and_are_never_given_twice(index: SearchIndex) -> None:
    first = await sealed(index, "a")
    second = await index.writer.begin(layout())
    await index.writer.discard(CORPUS, second)
    third = await sealed(index, "c")
    await index.writer.discard(CORPUS, third.version)
    async with index_at(index.url, keep=True) as later:
        fourth = await sealed(later, "d")
    assert [first.version, second, third.version, fourth.version] == [1, 2, 3, 4]
    assert await index.writer.versions(CORPUS) == (fourth, first)


async def test_a_sealed_version_cannot_be_written(index: SearchIndex) -> None:
    made = await sealed(index, "a")
    for refused in (
        index.writer.write(CORPUS, made.version, [a_project("b")]),
        index.writer.remove(CORPUS, made.version, ["a"]),
        index.writer.seal(made),
    ):
        with pytest.raises(NotNow):
            await refused
    assert await ids(index, made) == ["a"]


async def test_a_clone_changes_and_its_source_does_not(index: SearchIndex) -> None:
    first = await index.publish([a_project("a", title="Un"), a_project("b"), a_project("c"), a_project("d")])
    version = await index.writer.begin(layout(), clone=first.version)
    assert await index.reader.manifest(CORPUS, version) is None
    await index.writer.write(CORPUS, version, [a_project("a", title="Autre"), a_project("e")])
    await index.writer.remove(CORPUS, version, ["b", "nobody"])
    second = manifest(version, 4)
    await index.writer.seal(second)
    assert await ids(index, second) == ["a", "c", "d", "e"]
    assert await ids(index, first) == ["a", "b", "c", "d"]
    for made, title in ((first, "Un"), (second, "Autre")):
        project = await index.reader.get(made, "a", OPEN)
        assert project is not None
        assert project.fields == {"title": title}
        assert (await index.reader.search(made, SearchQuery(text=title), OPEN)).total == 1
    third = await sealed(index, "f", clone=version)
    await index.writer.publish(CORPUS, third.version)
    await index.writer.discard(CORPUS, first.version)
    await index.writer.discard(CORPUS, second.version)
    assert await ids(index) == ["a", "c", "d", "e", "f"]


async def test_a_project_that_becomes_hidden_in_a_clone_is_gone_from_below(index: SearchIndex) -> None:
    first = await index.publish([a_project("a"), a_project("b")])
    version = await index.writer.begin(layout(), clone=first.version)
    await index.writer.write(CORPUS, version, [a_project("a", level=PRIVATE)])
    await index.writer.seal(manifest(version, 2))
    assert await ids(index, manifest(version, 2)) == ["a", "b"]
    below = await index.reader.search(manifest(version, 2), SearchQuery(), OPEN)
    assert [hit.project.id for hit in below.hits] == ["b"]


async def test_only_an_equal_layout_can_be_cloned(index: SearchIndex) -> None:
    first = await sealed(index, "a")
    more = THEMES.model_copy(
        update={"concepts": (*THEMES.concepts, Concept(level="themes", code="NEW", labels={"fr": "Neuf"}))}
    )
    with pytest.raises(Invalid):
        await index.writer.begin(index_layout(CORPUS, SCHEMA, (more,), [SourceLevels()]), clone=first.version)
    with pytest.raises(NotFound):
        await index.writer.begin(layout(), clone=99)
    version = await index.writer.begin(layout())
    with pytest.raises(Invalid):
        await index.writer.seal(manifest(version, 0, index_layout(CORPUS, SCHEMA, (), [])))


async def test_an_index_of_another_analysis_is_neither_written_nor_read(index: SearchIndex) -> None:
    made = await index.publish([a_project("a")])
    older = layout().model_copy(update={"analysis": 0})
    with pytest.raises(Unavailable):
        await index.writer.begin(older)
    stale = made.model_copy(update={"layout": older})
    for asked in (index.reader.search(stale, SearchQuery(), OPEN), index.reader.map(stale, SearchQuery(), OPEN, 1)):
        with pytest.raises(Unavailable):
            await asked


async def test_many_facets_of_many_values_are_counted_exactly(index: SearchIndex) -> None:
    fields = tuple(
        SchemaField(name=f"words{number}", type=FieldType.KEYWORD, labels={"fr": "Mots"}, many=True, facet=True)
        for number in range(70)
    )
    schema = SCHEMA.model_copy(update={"fields": (SCHEMA.fields[0], *fields)})
    of = index_layout(CORPUS, schema, (), [SourceLevels()])
    values = tuple(f"v{number:04}" for number in range(1200))
    made = await index.publish([a_project("a", words0=values, words1=values), a_project("b", words0=("v1199",))], of)
    query = SearchQuery(facets=tuple(FacetRequest(field=field.name, size=1000) for field in fields))
    page = await index.reader.search(made, query, OPEN)
    first = [(each.value, each.count) for each in page.facets["words0"]]
    assert first == [("v1199", 2), *((f"v{number:04}", 1) for number in range(999))]
    assert [each.value for each in page.facets["words1"]] == [f"v{number:04}" for number in range(1000)]
    assert page.facets["words69"] == ()


async def test_the_live_version_cannot_be_discarded(index: SearchIndex) -> None:
    first = await index.publish([a_project("a")])
    with pytest.raises(NotNow):
        await index.writer.discard(CORPUS, first.version)
    assert await ids(index) == ["a"]


async def test_a_cursor_into_a_version_that_is_gone_has_expired(index: SearchIndex) -> None:
    first = await index.publish([a_project("a"), a_project("b")])
    page = await index.reader.search(first, SearchQuery(size=1), OPEN)
    await index.publish([a_project("c")])
    following = SearchQuery(size=1, after=page.next)
    assert [hit.project.id for hit in (await index.reader.search(first, following, OPEN)).hits] == ["b"]
    await index.writer.discard(CORPUS, first.version)
    for gone in (
        index.reader.search(first, following, OPEN),
        index.reader.map(first, SearchQuery(), OPEN, 10),
        index.reader.get(first, "a", OPEN),
    ):
        with pytest.raises(CursorExpired):
            await gone
    assert await index.reader.manifest(CORPUS, first.version) is None


async def test_corpora_are_apart_and_listed_by_id(index: SearchIndex) -> None:
    await index.publish([a_project("a")])
    other = index_layout("autre", SCHEMA, (THEMES,), [SourceLevels()])
    await index.publish([a_project("b").model_copy(update={"corpus": "autre"})], other)
    assert [each.layout.corpus for each in await index.reader.corpora()] == ["autre", CORPUS]
    assert await ids(index) == ["a"]


async def test_another_process_publishes_and_this_one_sees_it_at_once(index: SearchIndex) -> None:
    await index.publish([a_project("here")])
    assert await ids(index) == ["here"]
    await run("publish", index.url, "there")
    assert await ids(index) == ["there"]
    assert await run("live", index.url) == "2"


async def test_a_killed_writer_leaves_nothing_behind(index: SearchIndex) -> None:
    await index.publish([a_project("a")])
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.contracts.search_process", "die", index.url, stdout=PIPE
    )
    assert process.stdout is not None
    lost = int(await process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    assert await index.reader.manifest(CORPUS, lost) is None
    assert await ids(index) == ["a"]
    with pytest.raises(NotFound):
        await index.writer.publish(CORPUS, lost)
    with pytest.raises(NotNow):
        await index.writer.write(CORPUS, lost, [a_project("b")])
    following = await index.publish([a_project("b")])
    assert following.version == lost + 1
    assert [each.version for each in await index.writer.versions(CORPUS)] == [lost + 1, 1]


async def test_readers_see_one_version_or_the_other_while_it_is_swapped(index: SearchIndex) -> None:
    versions = [await index.publish([a_project(f"{name}{number}") for number in range(20)]) for name in "ab"]
    seen = set()

    async def read() -> None:
        for _ in range(30):
            found = await ids(index)
            assert len(found) == 20
            seen.add("".join(sorted({each[0] for each in found})))

    async def swap() -> None:
        for number in range(10):
            await index.writer.publish(CORPUS, versions[number % 2].version)

    await asyncio.gather(read(), read(), swap())
    assert seen == {"a", "b"}


async def run(action: str, *arguments: str) -> str:
    """What a second process prints; it must succeed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.contracts.search_process", action, *arguments, stdout=PIPE
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0
    return printed.decode().strip()
