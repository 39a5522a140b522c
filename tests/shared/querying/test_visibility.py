"""Views follow from what the sources declare; each question has one view; projections show no more than they may."""

import pytest

from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.project import Place, Point
from moisson_shared.querying.columns import columns, columns_read
from moisson_shared.querying.visibility import (
    SourceLevels,
    field_views,
    index_layout,
    layout_views,
    point_views,
    project_levels,
    resolve,
    visible_project,
)
from tests.contracts.search_corpus import (
    COLLECTIVE,
    COMMONS,
    CORPUS,
    OPEN,
    PRIVATE,
    SCHEMA,
    THEMES,
    a_place,
    a_project,
    layout,
)


def test_a_field_wholly_open_has_one_view() -> None:
    found = layout_views(SCHEMA, [SourceLevels(), SourceLevels(OPEN, {"email": OPEN})])
    assert found.views["title"] == found.views["themes"] == (OPEN,)
    assert found.views["email"] == (PRIVATE,)
    assert found.point_views == (OPEN,)
    assert layout_views(SCHEMA, []).views["phone"] == (COLLECTIVE,)


def test_stricter_sources_add_views() -> None:
    found = layout_views(SCHEMA, [SourceLevels(), SourceLevels(COMMONS, {"summary": COLLECTIVE, "email": COMMONS})])
    assert found.views["title"] == (OPEN, COMMONS)
    assert found.views["summary"] == (OPEN, COLLECTIVE)
    assert found.views["partners_note"] == (COMMONS,)
    assert found.views["email"] == (PRIVATE,)
    assert found.point_views == (OPEN, COMMONS)


@pytest.mark.parametrize(
    ("views", "level", "view"),
    [
        ((OPEN,), OPEN, OPEN),
        ((OPEN,), PRIVATE, OPEN),
        ((OPEN, COLLECTIVE), COMMONS, OPEN),
        ((OPEN, COLLECTIVE), PRIVATE, COLLECTIVE),
        ((COMMONS, PRIVATE), OPEN, None),
        ((), PRIVATE, None),
    ],
)
def test_a_caller_reads_the_highest_view_not_above(
    views: tuple[AccessLevel, ...], level: AccessLevel, view: AccessLevel | None
) -> None:
    assert resolve(views, level) == view


def test_whoever_may_name_a_field_has_a_view_even_of_a_careless_layout() -> None:
    careless = layout().model_copy(update={"views": {"summary": (PRIVATE,), "email": (OPEN,)}, "point_views": ()})
    fields = SCHEMA.by_name()
    assert field_views(careless, fields["summary"]) == (OPEN, PRIVATE)
    assert field_views(careless, fields["email"]) == (PRIVATE,)
    assert field_views(careless, fields["title"]) == (OPEN,)
    assert point_views(careless) == (OPEN,)
    assert project_levels(careless) == (OPEN,)


def test_every_column_is_read_by_somebody_and_each_caller_reads_one_per_field_and_kind() -> None:
    every = columns(layout())
    assert len({column.name for column in every}) == len(every)
    assert set(columns_read(layout(), tuple(AccessLevel))) == set(every)
    for level in AccessLevel:
        read = columns_read(layout(), (level,))
        assert len({(column.kind, column.field) for column in read}) == len(read)
        assert all(column.view <= level for column in read)


def test_a_project_is_cut_to_what_a_level_may_see() -> None:
    project = a_project(
        "a",
        field_levels={"summary": COMMONS},
        summary="caché",
        email="a@exemple.fr",
        phone="1",
        places=(
            a_place(0, door_code="12"),
            a_place(0, door_code="34"),
            Place(fields={"door_code": "56"}),
        ),
    )
    seen = {level: visible_project(project, SCHEMA, level) for level in AccessLevel}
    names = {level: set(each.fields) for level, each in seen.items() if each}
    assert names == {
        OPEN: {"title"},
        COMMONS: {"title", "summary"},
        COLLECTIVE: {"title", "summary", "phone"},
        PRIVATE: {"title", "summary", "phone", "email"},
    }
    assert [len(each.places) for each in seen.values() if each] == [1, 1, 3, 3]
    assert visible_project(project.model_copy(update={"level": COMMONS}), SCHEMA, OPEN) is None


def test_coordinates_have_a_level_of_their_own() -> None:
    schema = SCHEMA.model_copy(update={"point_level": COMMONS})
    project = a_project("a", places=(a_place(0), Place(point=Point(latitude=1, longitude=2))))
    below, above = visible_project(project, schema, OPEN), visible_project(project, schema, COMMONS)
    assert below is not None
    assert above is not None
    assert [place.point for place in below.places] == [None]
    assert [place.point for place in above.places] == [place.point for place in project.places]


def test_a_layout_carries_the_number_of_the_analysis() -> None:
    made = index_layout(CORPUS, SCHEMA, (THEMES,), [])
    assert made.analysis >= 1
    assert made.views.keys() == SCHEMA.by_name().keys()
