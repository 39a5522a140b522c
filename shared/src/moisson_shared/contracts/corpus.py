"""One published body of projects: a schema, its taxonomies, the recipes that feed it, its index versions."""

from typing import Annotated

from pydantic import Field

from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.model import Contract, Count, FieldName, Instant, LocalizedText, Slug
from moisson_shared.contracts.partner import PartnerCard
from moisson_shared.contracts.schema import Schema
from moisson_shared.contracts.taxonomy import Taxonomy


class PublishChecks(Contract):
    """What a candidate version must pass before it may go live without a person's word."""

    least_projects: Count = 1
    largest_loss: Annotated[float, Field(ge=0, le=1)] = 0.2
    """The share of live projects that may disappear at once."""
    largest_reject_rate: Annotated[float, Field(ge=0, le=1)] = 0.1


class Corpus(Contract):
    """A corpus as the normalizer keeps it."""

    id: Slug
    labels: LocalizedText
    schema_id: Slug
    taxonomies: tuple[Slug, ...] = ()
    publish_by_itself: bool = False
    """Whether a candidate that passes the checks goes live without a person."""
    checks: PublishChecks = PublishChecks()


class IndexLayout(Contract):
    """What an index must know before it is written: the schema, the taxonomies, and the levels of each field.

    `views` maps each schema field to the levels its values may have in this corpus, ascending (schema, partners and
    recipes decide; data do not). Two versions with equal layouts can be cloned; others are built from nothing.
    `point_views` are those of the coordinates.
    """

    corpus: Slug
    analysis: int
    """The number of the text analysis that wrote the index; a reader of another number must not read it."""
    data_schema: Schema
    taxonomies: tuple[Taxonomy, ...]
    views: dict[FieldName, tuple[AccessLevel, ...]]
    point_views: tuple[AccessLevel, ...] = (AccessLevel.OPENDATA,)


class Manifest(Contract):
    """All that a reader of one index version needs to answer: it asks nothing of anyone else."""

    version: Annotated[int, Field(ge=1)]
    layout: IndexLayout
    labels: LocalizedText
    partners: tuple[PartnerCard, ...]
    built_at: Instant
    projects: Count
    places: Count
