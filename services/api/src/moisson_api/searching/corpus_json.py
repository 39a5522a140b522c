"""What a caller may know of a corpus, as JSON. Pure.

`schema`, `taxonomies` and `partners` have the shapes of the contracts, so a client can read them as such; the schema
has only the fields of the caller's level, and only the taxonomies those draw from are there.
"""

from typing import Any

from moisson_api.searching.corpus_view import CorpusView, Counts
from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.schema import SchemaField
from moisson_shared.querying.visibility import field_views, point_views, project_levels


def describe_corpus(view: CorpusView, counts: Counts) -> dict[str, Any]:
    """The corpus at the level of the view, ready for orjson."""
    manifest, schema = view.manifest, view.manifest.layout.data_schema
    return {
        "id": manifest.layout.corpus,
        "labels": manifest.labels,
        "version": manifest.version,
        "built_at": manifest.built_at,
        "level": view.level.value,
        "levels": [level.value for level in _levels_in_use(view)],
        "projects": counts.projects,
        "places": counts.places,
        "schema": {
            **schema.model_dump(mode="json", exclude={"fields"}),
            "fields": [_field(field) for field in view.fields.values()],
        },
        "taxonomies": [taxonomy.model_dump(mode="json") for taxonomy in view.taxonomies],
        "partners": [card.model_dump(mode="json") for card in manifest.partners],
    }


def _field(field: SchemaField) -> dict[str, Any]:
    # Sets have no order of their own, and the same question must get the same bytes.
    return {**field.model_dump(mode="json"), "shown": sorted(view.value for view in field.shown)}


def _levels_in_use(view: CorpusView) -> list[AccessLevel]:
    layout = view.manifest.layout
    used = {level for field in view.fields.values() for level in field_views(layout, field)}
    used |= {*point_views(layout), *project_levels(layout)}
    return sorted(level for level in used if level <= view.level)
