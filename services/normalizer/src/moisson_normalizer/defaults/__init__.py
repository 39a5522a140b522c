"""The documents of a new installation: the common schema of the Carrefour des innovations sociales and its taxonomy.

Drawn from the list of fields and the themes of that site; labels are written with their accents, and the spellings
that partners' files use are kept as other spellings.
"""

from importlib.resources import files

from moisson_shared.contracts.corpus import Corpus
from moisson_shared.contracts.schema import Schema
from moisson_shared.contracts.taxonomy import Taxonomy


def default_schema() -> Schema:
    """The schema `cis`."""
    return Schema.model_validate_json(_text("schema-cis.json"))


def default_taxonomies() -> tuple[Taxonomy, ...]:
    """The themes and sub-themes, one taxonomy of two levels."""
    return (Taxonomy.model_validate_json(_text("taxonomy-cis-themes.json")),)


def default_corpus() -> Corpus:
    """The corpus `cis`, which a person publishes."""
    return Corpus.model_validate_json(_text("corpus-cis.json"))


def _text(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")
