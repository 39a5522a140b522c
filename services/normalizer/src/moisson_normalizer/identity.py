"""Identities that follow from contents: of projects, and of their states. A rebuild gives the same ones."""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

import orjson
from pydantic import BaseModel

from moisson_normalizer.row_shapes import Origins
from moisson_shared.contracts.project import Project

_LENGTH = 16
"""128 bits, as in the content hashes of raw records."""


def project_id(source: str, group_key: str) -> str:
    """32 hexadecimal digits from source and group key."""
    digest = _begun(source).copy()
    digest.update(group_key.encode(errors="surrogatepass"))
    return digest.hexdigest()


@lru_cache(maxsize=64)
def _begun(source: str) -> blake2b:
    return blake2b(f"{source}\x00".encode(errors="surrogatepass"), digest_size=_LENGTH)


def group_key(parts: Sequence[str]) -> str:
    """One text for several: unmistakable, and for a single one the text itself."""
    return parts[0] if len(parts) == 1 else orjson.dumps(list(parts)).decode()


def json_digest(value: object) -> str:
    """A digest of a JSON value, whatever the order of its keys."""
    return _digest(_sorted_json(value))


def model_digest(model: BaseModel) -> str:
    """A digest of a document, the same in every process: sets have no order, so they get one."""
    return json_digest(_ordered(model.model_dump(mode="python")))


def _ordered(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _ordered(element) for key, element in value.items()}
    if isinstance(value, list | tuple):
        return [_ordered(element) for element in value]
    if isinstance(value, frozenset | set):
        return sorted(str(element) for element in value)
    return value


class Digests(NamedTuple):
    """Of what readers can tell apart, and of the provenance alone: it changes when a recipe does, even where no value
    does. `size` is that of both as JSON, in bytes: about what the project takes where it is kept."""

    content: str
    provenance: str
    size: int


def project_digests(project: Project, origins: Origins) -> Digests:
    """The digests of one project and of its provenance."""
    content = _sorted_json(
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
    provenance = _sorted_json(origins)
    # Where provenance is kept, every field of a record repeats the record's key.
    repeated = sum(len(key) * len(lines) for key, _, lines in origins)
    return Digests(_digest(content), _digest(provenance), len(content) + len(provenance) + repeated)


def _sorted_json(value: object) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def _digest(text: bytes) -> str:
    return blake2b(text, digest_size=_LENGTH).hexdigest()
