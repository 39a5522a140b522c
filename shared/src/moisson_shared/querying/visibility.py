"""Access levels as views: which levels a field may have, what a caller may see of a project. It knows no engine.

A value's level is the most restrictive of schema, project and the source's own rule for the field. For each level that
values of a field may have there is one view, which holds all that a caller of that level may see; a caller reads the
highest view not above its own level. So each question has exactly one place to look, and nothing above can be told.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from moisson_shared.contracts.access import AccessLevel, most_restrictive
from moisson_shared.contracts.corpus import IndexLayout
from moisson_shared.contracts.errors import Fault, Invalid, Unavailable
from moisson_shared.contracts.project import Place, Project
from moisson_shared.contracts.schema import Schema, SchemaField
from moisson_shared.contracts.taxonomy import Taxonomy
from moisson_shared.querying.analysis import ANALYSIS


@dataclass(frozen=True, slots=True)
class SourceLevels:
    """What one source declares: the level of its projects (the stricter of partner and recipe), and of fields."""

    level: AccessLevel = AccessLevel.OPENDATA
    field_levels: Mapping[str, AccessLevel] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LayoutViews:
    """The two view tables of an `IndexLayout`."""

    views: dict[str, tuple[AccessLevel, ...]]
    point_views: tuple[AccessLevel, ...]


def layout_views(schema: Schema, sources: Iterable[SourceLevels]) -> LayoutViews:
    """The levels that values of each field, and coordinates, may have: a field wholly open has one view."""
    sources = tuple(sources)
    return LayoutViews(
        views={
            each.name: _ascending(
                each.level,
                *(
                    most_restrictive(each.level, source.level, source.field_levels.get(each.name, each.level))
                    for source in sources
                ),
            )
            for each in schema.fields
        },
        point_views=_ascending(
            schema.point_level, *(most_restrictive(schema.point_level, source.level) for source in sources)
        ),
    )


def index_layout(
    corpus: str, schema: Schema, taxonomies: Iterable[Taxonomy], sources: Iterable[SourceLevels]
) -> IndexLayout:
    """The layout of an index that today's analysis writes."""
    found = layout_views(schema, sources)
    return IndexLayout(
        corpus=corpus,
        analysis=ANALYSIS,
        data_schema=schema,
        taxonomies=tuple(taxonomies),
        views=found.views,
        point_views=found.point_views,
    )


def check_analysis(layout: IndexLayout) -> None:
    """Raises `Unavailable` for an index of another analysis: today's words would not find those that it holds."""
    if layout.analysis != ANALYSIS:
        raise Unavailable(
            f"The index of {layout.corpus} was written by text analysis {layout.analysis}, this is {ANALYSIS}: "
            "build and publish it again.",
            retry_after=60,
        )


def field_views(layout: IndexLayout, schema_field: SchemaField) -> tuple[AccessLevel, ...]:
    """The views of a field, ascending; the first is the schema's own level, so that whoever may name the field has
    one."""
    declared = layout.views.get(schema_field.name, ())
    return _ascending(schema_field.level, *(level for level in declared if level >= schema_field.level))


def point_views(layout: IndexLayout) -> tuple[AccessLevel, ...]:
    """The views of the coordinates, ascending."""
    least = layout.data_schema.point_level
    return _ascending(least, *(level for level in layout.point_views if level >= least))


def project_levels(layout: IndexLayout) -> tuple[AccessLevel, ...]:
    """The levels that projects may have, ascending. The title is open by schema, so its views tell."""
    return _ascending(AccessLevel.OPENDATA, *layout.views.get(layout.data_schema.title, ()))


def resolve(views: tuple[AccessLevel, ...], level: AccessLevel) -> AccessLevel | None:
    """The one view that a caller reads: the highest not above its level. None where all are above."""
    return max((view for view in views if view <= level), default=None)


def value_level(project: Project, schema_field: SchemaField) -> AccessLevel:
    """The level of a field's values in one project."""
    return most_restrictive(
        schema_field.level, project.level, project.field_levels.get(schema_field.name, schema_field.level)
    )


def point_level(project: Project, schema: Schema) -> AccessLevel:
    """The level of a project's coordinates."""
    return most_restrictive(schema.point_level, project.level)


def check_levels(project: Project, layout: IndexLayout) -> None:
    """Raises `Invalid` where a project has a level that the layout has no view for: nobody could find it."""
    faults = []
    if project.level not in project_levels(layout):
        faults.append(Fault("/level", f"the layout declares no project of level {project.level}"))
    elif point_level(project, layout.data_schema) not in point_views(layout):
        faults.append(Fault("/level", f"the layout declares no coordinates of level {project.level}"))
    for each in layout.data_schema.fields:
        level = value_level(project, each)
        if level not in field_views(layout, each) and _has_value(project, each.name):
            faults.append(Fault(f"/fields/{each.name}", f"the layout declares no value of level {level}"))
    if faults:
        raise Invalid(
            f"Project {project.id!r} has levels that its index does not know; compute the layout from all sources.",
            tuple(faults),
        )


class Sight:
    """What callers of one level may see of the projects of one schema."""

    def __init__(self, schema: Schema, level: AccessLevel) -> None:
        self._schema = schema
        self._level = level
        self._named = frozenset(field.name for field in schema.fields if field.level <= level)

    def of(self, project: Project) -> Project | None:
        """The project as they may see it; None where it is hidden altogether.

        Provenance and the levels themselves are never shown, the group key (a partner's own identifiers) only to
        callers who see everything. Places with nothing left are dropped, and those that no longer differ are one.
        """
        level = self._level
        if project.level > level:
            return None
        # What the source shares less openly; the schema's own rule is in the names already.
        seen = self._named - {name for name, stricter in project.field_levels.items() if stricter > level}
        points = self._schema.point_level <= level
        places: dict[str, Place] = {}
        for place in project.places:
            point = place.point if points else None
            fields = {name: value for name, value in place.fields.items() if name in seen}
            if point is not None or fields:
                where = None if point is None else (point.latitude, point.longitude)
                places.setdefault(repr((where, fields)), Place.model_construct(point=point, fields=fields))
        return project.model_copy(
            update={
                "fields": {name: value for name, value in project.fields.items() if name in seen},
                "places": tuple(places.values()),
                "field_levels": {},
                "provenance": {},
                "group_key": project.group_key if level is AccessLevel.PRIVATE else "",
            }
        )


def visible_project(project: Project, schema: Schema, level: AccessLevel) -> Project | None:
    """What a caller of a level may see of a project, as `Sight.of` says."""
    return Sight(schema, level).of(project)


def _has_value(project: Project, name: str) -> bool:
    return name in project.fields or any(name in place.fields for place in project.places)


def _ascending(*levels: AccessLevel) -> tuple[AccessLevel, ...]:
    return tuple(sorted(set(levels)))
