"""What the OpenAPI document says of public search: its parameters and the shapes of its answers. Data only.

Filters are named by each corpus's schema, so the document can describe them but not list them.
"""

from typing import Any

from moisson_api.searching.parameters import LARGEST_FACET, LARGEST_PAGE, LONGEST_TEXT, USUAL_FACET, USUAL_PAGE

_OBJECT: dict[str, Any] = {"type": "object"}
_TEXT: dict[str, Any] = {"type": "string"}
_NUMBER: dict[str, Any] = {"type": "integer"}
_PROJECT: dict[str, Any] = {
    "id": _TEXT,
    "title": _TEXT,
    "url": {"type": ["string", "null"]},
    "partner": _TEXT,
    "source": _TEXT,
    "fields": {**_OBJECT, "description": "Values by the names of the schema; a field with `many` has a list."},
    "places": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"point": {"type": ["object", "null"]}, "fields": _OBJECT},
        },
    },
}
_SHAPES: dict[str, dict[str, Any]] = {
    "Corpora": {"items": {"type": "array", "items": _OBJECT}, "next": {"type": "null"}},
    "Corpus": {
        "id": _TEXT,
        "labels": _OBJECT,
        "version": _NUMBER,
        "built_at": {"type": "string", "format": "date-time"},
        "level": {**_TEXT, "description": "The level of the caller: what is above it does not exist here."},
        "levels": {"type": "array", "items": _TEXT},
        "projects": _NUMBER,
        "places": _NUMBER,
        "schema": _OBJECT,
        "taxonomies": {"type": "array", "items": _OBJECT},
        "partners": {"type": "array", "items": _OBJECT},
    },
    "SearchAnswer": {
        "corpus": _TEXT,
        "version": _NUMBER,
        "total": _NUMBER,
        "projects": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {**_PROJECT, "score": {"type": ["number", "null"]}, "highlights": _OBJECT},
            },
        },
        "facets": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "properties": {
                    "label": _TEXT,
                    "values": {"type": "array", "items": _OBJECT},
                    "complete": {"type": "boolean", "description": "False: further values were cut off."},
                },
            },
        },
        "next": {"type": ["string", "null"]},
    },
    "Project": {"corpus": _TEXT, "version": _NUMBER, **_PROJECT},
    "FeatureCollection": {
        "type": {"type": "string", "const": "FeatureCollection"},
        "features": {"type": "array", "items": _OBJECT},
        "projects": _NUMBER,
        "places": _NUMBER,
        "truncated": {**_NUMBER, "description": "Places left out, beyond the most that one map shows."},
    },
}


def answers(name: str, media_type: str = "application/json") -> dict[int | str, dict[str, Any]]:
    """The successful answers of one address."""
    schema = {"title": name, "type": "object", "properties": _SHAPES[name]}
    return {
        200: {"description": "Found", "content": {media_type: {"schema": schema}}},
        304: {"description": "The reader has it already (If-None-Match)"},
    }


def _parameter(name: str, description: str, **schema: object) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema or _TEXT}


MAP_PARAMETERS: list[dict[str, Any]] = [
    _parameter(
        "q", 'Words and "phrases"; accents, elision and plurals do not matter.', type="string", maxLength=LONGEST_TEXT
    ),
    _parameter("bbox", "west,south,east,north in WGS 84 degrees; west greater than east crosses the antimeridian."),
    _parameter(
        "lang",
        "The language of labels (ISO 639-1); else Accept-Language, else fr.",
        type="string",
        pattern="^[a-z]{2}$",
    ),
    _parameter("partner", "The id of a partner; repeat for alternatives."),
    _parameter("source", "The id of a source; repeat for alternatives."),
    {
        "name": "filters",
        "in": "query",
        "description": "Any field of the schema that is a filter, by its name; repeat for alternatives. Numbers and "
        "dates also as <field>.min and <field>.max, both included.",
        "style": "form",
        "explode": True,
        "schema": {"type": "object", "additionalProperties": {"type": "array", "items": _TEXT}},
    },
]
PAGE_PARAMETERS: list[dict[str, Any]] = [
    *MAP_PARAMETERS,
    _parameter("sort", "Up to three sortable fields, a minus for descending: title,-year."),
    _parameter("size", "Projects on a page.", type="integer", minimum=0, maximum=LARGEST_PAGE, default=USUAL_PAGE),
    _parameter("cursor", "The next page: what `next` gave, with the other parameters unchanged."),
    _parameter("facets", "Names of facets, or all."),
    _parameter(
        "facet_size", "Values of a facet.", type="integer", minimum=1, maximum=LARGEST_FACET, default=USUAL_FACET
    ),
    _parameter("highlight", "Whether to show where words were found.", type="boolean", default=False),
]
