"""What a run of a corpus has to do, known from documents alone: each recipe with the digest of all that its projects
follow from, so that what has not changed need not be looked at."""

from collections.abc import Sequence
from dataclasses import dataclass

from moisson_normalizer.catalogue import Catalogue
from moisson_normalizer.compile_recipe import CompiledRecipe, compile_recipe
from moisson_normalizer.identity import json_digest, model_digest
from moisson_normalizer.mirror import FEEDS, FeedState, known_partners
from moisson_shared.contracts.access import AccessLevel, most_restrictive
from moisson_shared.contracts.corpus import Corpus, IndexLayout
from moisson_shared.contracts.errors import Invalid
from moisson_shared.contracts.partner import Partner, PartnerCard
from moisson_shared.contracts.recipe import RecipeDraft
from moisson_shared.contracts.run import Reason
from moisson_shared.contracts.schema import Schema
from moisson_shared.contracts.taxonomy import Taxonomy
from moisson_shared.ports.documents import DocumentReader
from moisson_shared.querying.visibility import SourceLevels, index_layout

RULES = 2
"""The number of the rules by which steps and types work; another one means that all projects are made anew."""


@dataclass(frozen=True, slots=True)
class PlannedRecipe:
    """One recipe of the corpus; without `compiled` it cannot run, and `problem` says why."""

    recipe: RecipeDraft
    level: AccessLevel
    input: str
    compiled: CompiledRecipe | None
    problem: Reason | None = None


@dataclass(frozen=True, slots=True)
class RunPlan:
    """Everything that the next version of a corpus follows from."""

    corpus: Corpus
    layout: IndexLayout
    layout_digest: str
    cards: tuple[PartnerCard, ...]
    recipes: tuple[PlannedRecipe, ...]
    input: str

    @property
    def sources(self) -> tuple[str, ...]:
        """The spiders that are read, each once."""
        return tuple(dict.fromkeys(planned.recipe.source for planned in self.recipes))


async def plan_run(documents: DocumentReader, catalogue: Catalogue, corpus_id: str) -> RunPlan:
    """Raises `NotFound` for a corpus that is not there."""
    corpus = (await catalogue.corpora.get(corpus_id)).value
    schema = (await catalogue.schemas.get(corpus.schema_id)).value
    taxonomies = [(await catalogue.taxonomies.get(id_)).value for id_ in corpus.taxonomies]
    recipes = [stored.value.value for stored in await catalogue.recipes.all_where(corpus=corpus_id)]
    feeds = await documents.get_many(FEEDS, [recipe.source for recipe in recipes])
    partners = await known_partners(documents)
    return make_plan(
        corpus, schema, taxonomies, recipes, {key: stored.value for key, stored in feeds.items()}, partners
    )


def make_plan(
    corpus: Corpus,
    schema: Schema,
    taxonomies: Sequence[Taxonomy],
    recipes: Sequence[RecipeDraft],
    feeds: dict[str, FeedState],
    partners: dict[str, Partner],
) -> RunPlan:
    """The plan from the documents themselves."""
    by_id = {taxonomy.id: taxonomy for taxonomy in taxonomies}
    common = json_digest([RULES, model_digest(schema), *(model_digest(taxonomy) for taxonomy in taxonomies)])
    planned = tuple(
        _plan_recipe(recipe, schema, by_id, feeds.get(recipe.source), partners.get(recipe.partner), common)
        for recipe in recipes
    )
    levels = [SourceLevels(each.level, each.recipe.field_levels) for each in planned]
    layout = index_layout(corpus.id, schema, taxonomies, levels)
    used = sorted({each.recipe.partner for each in planned} & partners.keys())
    cards = tuple(partners[id_].card() for id_ in used)
    digest = model_digest(layout)
    everything = [
        digest,
        dict(corpus.labels),
        [model_digest(card) for card in cards],
        {each.recipe.id: each.input for each in planned},
    ]
    return RunPlan(corpus, layout, digest, cards, planned, json_digest(everything))


def _plan_recipe(
    recipe: RecipeDraft,
    schema: Schema,
    taxonomies: dict[str, Taxonomy],
    feed: FeedState | None,
    partner: Partner | None,
    common: str,
) -> PlannedRecipe:
    level = most_restrictive(recipe.level, partner.default_level if partner else AccessLevel.PRIVATE)
    compiled: CompiledRecipe | None = None
    problem: Reason | None = None
    samples = (recipe.id,)
    if partner is None:
        message = f"the scraper knows no partner {recipe.partner!r}, so its level is not known"
        problem = Reason(code="partner-unknown", message=message, samples=samples)
    elif feed is not None and feed.partner not in {None, recipe.partner}:
        message = f"the spider {recipe.source!r} belongs to the partner {feed.partner!r}"
        problem = Reason(code="foreign-source", message=message, samples=samples)
    else:
        try:
            compiled = compile_recipe(recipe, schema, taxonomies)
        except Invalid as error:
            message = f"{error}: {'; '.join(f'{fault.pointer} {fault.message}' for fault in error.faults)}"
            problem = Reason(code="recipe-broken", message=message, samples=samples)
    generation = feed.generation if feed else 0
    digest = json_digest([common, model_digest(recipe), level, generation, problem.code if problem else None])
    return PlannedRecipe(recipe, level, digest, compiled, problem)
