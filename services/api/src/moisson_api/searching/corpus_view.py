"""A version of a corpus as one level may know it: its fields, its labels, its languages. Built once, then shared.

Everything that names a field to a caller starts here, so what is above their level cannot be named.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.corpus import Manifest
from moisson_shared.contracts.model import localized
from moisson_shared.contracts.schema import FieldType, SchemaField
from moisson_shared.contracts.taxonomy import Taxonomy
from moisson_shared.querying.visibility import field_views, resolve

_MOST_VIEWS = 64
_YES_NO = {"fr": {"true": "Oui", "false": "Non"}, "en": {"true": "Yes", "false": "No"}}
_OWN = {
    "partner": {"fr": "Partenaire", "en": "Partner"},
    "source": {"fr": "Source", "en": "Source"},
}


@dataclass(frozen=True, slots=True)
class Labels:
    """The words of one language: of each facet, and of the values that are codes."""

    fields: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]

    def value(self, field: str, value: str) -> str:
        """The label of a value; a value without one is its own."""
        return self.values.get(field, {}).get(value, value)


@dataclass(frozen=True, slots=True)
class Counts:
    """How much the level can find."""

    projects: int
    places: int


class CorpusView:
    """One manifest at one level."""

    def __init__(self, manifest: Manifest, level: AccessLevel) -> None:
        self.manifest = manifest
        self.level = level
        self.fields: dict[str, SchemaField] = {
            field.name: field
            for field in manifest.layout.data_schema.fields
            if resolve(field_views(manifest.layout, field), level) is not None
        }
        self.taxonomies = _used_taxonomies(manifest, self.fields)
        self.languages = _languages(self)
        self.counts: Counts | None = None
        """How much can be found, once somebody asked: a version never changes."""
        self._labels: dict[str, Labels] = {}

    def labels(self, language: str) -> Labels:
        """The labels in a language; where one is missing, French."""
        known = language if language in self.languages else "fr"
        if known not in self._labels:
            self._labels[known] = _labels(self, known)
        return self._labels[known]


class CorpusViews:
    """The views in use, the longest unused forgotten first."""

    def __init__(self, build: Callable[[Manifest, AccessLevel], CorpusView] = CorpusView) -> None:
        self._build = build
        self._views: OrderedDict[tuple[str, int, datetime, AccessLevel], CorpusView] = OrderedDict()

    def of(self, manifest: Manifest, level: AccessLevel) -> CorpusView:
        """The view of this version at this level."""
        key = (manifest.layout.corpus, manifest.version, manifest.built_at, level)
        view = self._views.get(key)
        if view is None:
            view = self._views[key] = self._build(manifest, level)
            if len(self._views) > _MOST_VIEWS:
                self._views.popitem(last=False)
        else:
            self._views.move_to_end(key)
        return view


def _used_taxonomies(manifest: Manifest, fields: Mapping[str, SchemaField]) -> tuple[Taxonomy, ...]:
    used = {field.scheme.taxonomy for field in fields.values() if field.scheme}
    return tuple(taxonomy for taxonomy in manifest.layout.taxonomies if taxonomy.id in used)


def _languages(view: CorpusView) -> frozenset[str]:
    texts = [view.manifest.labels, *(field.labels for field in view.fields.values())]
    texts += [concept.labels for taxonomy in view.taxonomies for concept in taxonomy.concepts]
    return frozenset(language for text in texts for language in text) | {"fr", "en"}


def _labels(view: CorpusView, language: str) -> Labels:
    fields = {name: localized(words, language) for name, words in _OWN.items()}
    fields |= {name: localized(field.labels, language) for name, field in view.fields.items()}
    values: dict[str, Mapping[str, str]] = {"partner": {card.id: card.name for card in view.manifest.partners}}
    schemes = {taxonomy.id: taxonomy for taxonomy in view.taxonomies}
    for name, field in view.fields.items():
        if field.scheme and field.scheme.taxonomy in schemes:
            concepts = schemes[field.scheme.taxonomy].of_level(field.scheme.level)
            values[name] = {code: localized(concept.labels, language) for code, concept in concepts.items()}
        elif field.type is FieldType.BOOLEAN:
            values[name] = _YES_NO.get(language, _YES_NO["fr"])
    return Labels(fields, values)
