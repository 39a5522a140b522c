"""Identities that follow from contents: of projects, and of their states. A rebuild gives the same ones."""

from collections.abc import Sequence
from hashlib import blake2b

import orjson

from moisson_shared.contracts.project import Project

_LENGTH = 16
"""128 bits, as in the content hashes of raw records."""


def project_id(source: str, group_key: str) -> str:
    """32 hexadecimal digits from source and group key."""
    return blake2b(f"{source}\x00{group_key}".encode(errors="surrogatepass"), digest_size=_LENGTH).hexdigest()


def group_key(parts: Sequence[str]) -> str:
    """One text for several: unmistakable, and for a single one the text itself."""
    return parts[0] if len(parts) == 1 else orjson.dumps(list(parts)).decode()


def json_digest(value: object) -> str:
    """A digest of a JSON value, whatever the order of its keys."""
    return blake2b(orjson.dumps(value, option=orjson.OPT_SORT_KEYS), digest_size=_LENGTH).hexdigest()


def content_digest(project: Project) -> str:
    """What readers can tell apart: everything but the provenance."""
    return json_digest(
        {
            "partner": project.partner,
            "url": project.url,
            "level": project.level,
            "fields": project.fields,
            "field_levels": project.field_levels,
            "places": [
                [place.point and (place.point.latitude, place.point.longitude), place.fields]
                for place in project.places
            ],
        }
    )


def provenance_digest(project: Project) -> str:
    """The provenance alone: it changes when a recipe does, even where no value changes."""
    return json_digest(
        {
            name: [[entry.key, entry.ordinal, entry.raw_fields, entry.steps] for entry in entries]
            for name, entries in project.provenance.items()
        }
    )
