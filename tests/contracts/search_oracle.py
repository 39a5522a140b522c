"""What a search must answer, counted one project after the other: no index, no views, no query tree."""

import calendar
from collections import Counter
from collections.abc import Iterable, Sequence

from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.project import Place, Project, Scalar
from moisson_shared.contracts.schema import FieldType, Schema, SchemaField
from moisson_shared.contracts.search import SearchQuery
from moisson_shared.contracts.taxonomy import Taxonomy
from moisson_shared.querying.analysis import STOP_WORDS, sort_key, words


class Oracle:
    """Answers by looking at every project."""

    def __init__(self, projects: Iterable[Project], schema: Schema, taxonomy: Taxonomy) -> None:
        self._projects = {project.id: project for project in projects}
        self._fields = {field.name: field for field in schema.fields}
        self._schema = schema
        self._labels = {
            concept.code: [*concept.labels.values(), *concept.alternative_labels] for concept in taxonomy.concepts
        }
        self._french = {concept.code: concept.labels["fr"] for concept in taxonomy.concepts}
        self._stems: dict[tuple[str, AccessLevel], list[list[str]]] = {}

    def found(self, query: SearchQuery, level: AccessLevel, aside: str | None = None) -> set[str]:
        """The ids of what matches, one filter set aside."""
        return {
            project.id
            for project in self._projects.values()
            if project.level.rank <= level.rank
            and self._matches_text(project, query.text, level)
            and all(
                name == aside or self._matches_filter(project, name, wanted, level)
                for name, wanted in query.filters.items()
            )
            and all(
                self._matches_range(project, name, bounds.least, bounds.most, level)
                for name, bounds in query.ranges.items()
            )
            and (
                query.bbox is None
                or any(query.bbox.contains(place.point) for place in self.points(project, level) if place.point)
            )
        }

    def ordered(self, query: SearchQuery, level: AccessLevel) -> list[str]:
        """The ids in the order of the sort keys, ties by id."""
        ids = sorted(self.found(query, level))
        for key in reversed(query.sort):
            values = {each: self._order(self._projects[each], self._fields[key.field], level) for each in ids}
            present = sorted((each for each in ids if values[each] is not None), key=lambda each: values[each] or ())
            if key.descending:
                # Turned round group by group, so that ties keep the order of the later keys.
                groups: dict[object, list[str]] = {}
                for each in present:
                    groups.setdefault(values[each], []).append(each)
                present = [each for group in reversed(groups.values()) for each in group]
            ids = present + [each for each in ids if values[each] is None]
        return ids

    def facet(self, query: SearchQuery, field: str, level: AccessLevel, size: int) -> list[tuple[str, int]]:
        """The counts of a facet's values, its own selection set aside."""
        counter: Counter[str] = Counter()
        for each in self.found(query, level, aside=field):
            counter.update(set(self._written(self._projects[each], field, level)))
        return sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:size]

    def points(self, project: Project, level: AccessLevel) -> list[Place]:
        """The places whose coordinates the level may see."""
        if max(self._schema.point_level.rank, project.level.rank) > level.rank:
            return []
        return [place for place in project.places if place.point]

    def map(self, query: SearchQuery, level: AccessLevel) -> list[tuple[str, float, float]]:
        """All points of the found projects, those in the box where there is one."""
        return sorted(
            (each, place.point.latitude, place.point.longitude)
            for each in self.found(query, level)
            for place in self.points(self._projects[each], level)
            if place.point and (query.bbox is None or query.bbox.contains(place.point))
        )

    def values(self, project: Project, name: str, level: AccessLevel) -> list[Scalar]:
        """A field's values as far as the level may see them."""
        field = self._fields[name]
        levels = (field.level, project.level, project.field_levels.get(name, AccessLevel.OPENDATA))
        if max(each.rank for each in levels) > level.rank:
            return []
        found: list[Scalar] = []
        for fields in (project.fields, *(place.fields for place in project.places)):
            value = fields.get(name, ())
            found += value if isinstance(value, tuple) else (value,)
        return found

    def _written(self, project: Project, name: str, level: AccessLevel) -> list[str]:
        if name in {"partner", "source"}:
            return [project.partner if name == "partner" else project.source]
        return [
            str(value).lower() if isinstance(value, bool) else str(value) for value in self.values(project, name, level)
        ]

    def _matches_filter(self, project: Project, name: str, wanted: Sequence[str], level: AccessLevel) -> bool:
        if name in self._fields and self._fields[name].type in {FieldType.NUMBER, FieldType.INTEGER}:
            numbers = {float(str(value)) for value in self.values(project, name, level)}
            return bool(numbers & {float(each) for each in wanted})
        return bool(set(wanted) & set(self._written(project, name, level)))

    def _matches_range(
        self, project: Project, name: str, least: Scalar | None, most: Scalar | None, level: AccessLevel
    ) -> bool:
        values = self.values(project, name, level)
        if self._fields[name].type is FieldType.DATE:
            return any(
                (least is None or _last_day(str(value)) >= _first_day(str(least)))
                and (most is None or _first_day(str(value)) <= _last_day(str(most)))
                for value in values
            )
        return any(
            (least is None or float(value) >= float(least)) and (most is None or float(value) <= float(most))
            for value in values
        )

    def _matches_text(self, project: Project, text: str, level: AccessLevel) -> bool:
        parts = text.split('"')
        loose = [word for part in parts[::2] for word in words(part)]
        quoted = [[word.stem for word in words(part)] for part in parts[1::2]]
        telling = [word.stem for word in loose if word.folded not in STOP_WORDS]
        if not telling and not any(quoted):
            telling = [word.stem for word in loose]
        runs = [[word] for word in telling] + [run for run in quoted if run]
        texts = self._searched(project, level) if runs else []
        return all(any(_holds(text, run) for text in texts) for run in runs)

    def _searched(self, project: Project, level: AccessLevel) -> list[list[str]]:
        """The stems of each text that is searched; kept, for they are asked for thousands of times."""
        if (project.id, level) not in self._stems:
            self._stems[project.id, level] = [
                [word.stem for word in words(text)]
                for field in self._fields.values()
                if field.search_weight
                for value in self.values(project, field.name, level)
                for text in (self._labels.get(str(value), [str(value)]) if field.scheme else [str(value)])
            ]
        return self._stems[project.id, level]

    def _order(self, project: Project, field: SchemaField, level: AccessLevel) -> tuple[Scalar] | None:
        values = self.values(project, field.name, level)
        if not values:
            return None
        value = values[0]
        if field.scheme:
            return (sort_key(self._french.get(str(value), str(value))),)
        if field.type is FieldType.DATE:
            return (_first_day(str(value)),)
        return (sort_key(value) if isinstance(value, str) else float(value),)


def _holds(text: list[str], run: list[str]) -> bool:
    return any(text[at : at + len(run)] == run for at in range(len(text)))


def _first_day(text: str) -> str:
    return text + "-01-01"[len(text) - 4 :] if len(text) < 10 else text


def _last_day(text: str) -> str:
    if len(text) == 4:
        return f"{text}-12-31"
    if len(text) == 7:
        return f"{text}-{calendar.monthrange(int(text[:4]), int(text[5:]))[1]}"
    return text
