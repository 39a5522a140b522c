"""The columns of an index in Elasticsearch: its settings and strict mapping, and documents written by it."""

from typing import Any

from moisson_shared.contracts.corpus import IndexLayout
from moisson_shared.querying.columns import OWNERS, PARTNER, SOURCE, ColumnKind, columns
from moisson_shared.querying.indexed_project import IndexedProject

BODY = "body"
ID = "id"
LEVEL = "level"
MANIFEST = "manifest"
LATITUDE = "latitude"
LONGITUDE = "longitude"

_KEYWORD = {"type": "keyword"}
_STORED = {"type": "keyword", "index": False, "doc_values": False}
_TYPES: dict[ColumnKind, dict[str, Any]] = {
    # Our words as they are, between blanks: no filter of the engine touches them.
    ColumnKind.WORDS: {"type": "text", "analyzer": "whitespace", "index_options": "positions"},
    ColumnKind.EXACT: _KEYWORD,
    ColumnKind.NUMBER: {"type": "double"},
    ColumnKind.SORT: _KEYWORD,
    # geo_point rounds, so a place on the edge of a box may fall out; two doubles of one nested document do not.
    ColumnKind.POINTS: {
        "type": "nested",
        "properties": {LATITUDE: {"type": "double"}, LONGITUDE: {"type": "double"}},
    },
}


def index_settings(layout: IndexLayout) -> dict[str, Any]:
    """One shard, so that counts and scores are exact; nothing is shown before the version is sealed."""
    return {
        "number_of_shards": 1,
        "auto_expand_replicas": "0-1",
        "refresh_interval": "-1",
        "mapping.total_fields.limit": 3 * len(columns(layout)) + 100,
        "mapping.nested_fields.limit": 50,
        "mapping.nested_objects.limit": 1_000_000,
    }


def index_mappings(layout: IndexLayout) -> dict[str, Any]:
    """The mapping of a layout. Only bodies and the manifest are kept as source: the rest is for finding."""
    return {
        "dynamic": "strict",
        "_source": {"includes": [BODY, MANIFEST]},
        "properties": {
            ID: _KEYWORD,
            LEVEL: {"type": "byte"},
            BODY: _STORED,
            MANIFEST: _STORED,
            **dict.fromkeys(OWNERS, _KEYWORD),
            **{column.name: _TYPES[column.kind] for column in columns(layout)},
        },
    }


def document(project: IndexedProject) -> dict[str, Any]:
    """A project as a document."""
    return {
        ID: project.id,
        LEVEL: project.level.rank,
        PARTNER: project.partner,
        SOURCE: project.source,
        BODY: project.body.decode(),
        **project.columns,
        **{
            _points_name(rank): [{LATITUDE: point.latitude, LONGITUDE: point.longitude} for point in points]
            for rank, points in project.points.items()
        },
    }


def _points_name(rank: int) -> str:
    return f"{ColumnKind.POINTS}__{rank}"
