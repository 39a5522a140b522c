"""Saving schemas, taxonomies, corpora and recipes: what belongs together is checked together, and written only if the
documents it was checked against are still the same.

A change that breaks a recipe is refused and names it; a document that another one needs cannot be deleted.
"""

from collections.abc import Sequence
from typing import Any

from moisson_normalizer.catalogue import Catalogue, Edition, Shelf
from moisson_normalizer.compile_recipe import compile_recipe
from moisson_normalizer.kept_versions import CORPUS_STATES
from moisson_normalizer.mirror import feed_state
from moisson_shared.contracts.corpus import Corpus
from moisson_shared.contracts.errors import Conflict, Fault, Invalid
from moisson_shared.contracts.recipe import RecipeDraft
from moisson_shared.contracts.schema import Schema
from moisson_shared.contracts.taxonomy import Taxonomy
from moisson_shared.ports.documents import DocumentReader, Expect, Stored


class DocumentSaver:
    """Checks before writing. Every method returns the guards under which its answer holds."""

    def __init__(self, catalogue: Catalogue, documents: DocumentReader) -> None:
        self._catalogue = catalogue
        self._documents = documents

    async def check_schema(self, schema: Schema) -> list[Expect]:
        """Against the corpora that use it."""
        guards: list[Expect] = []
        for stored in await self._catalogue.corpora.all_where():
            if stored.value.value.schema_id == schema.id:
                guards += await self._check_corpus(stored.value.value, schema=schema)
                guards.append(Expect(self._catalogue.corpora.current, stored.key, stored.version))
        return guards

    async def check_taxonomy(self, taxonomy: Taxonomy) -> list[Expect]:
        """Against the corpora that use it."""
        guards: list[Expect] = []
        for stored in await self._catalogue.corpora.all_where():
            if taxonomy.id in stored.value.value.taxonomies:
                guards += await self._check_corpus(stored.value.value, taxonomy=taxonomy)
                guards.append(Expect(self._catalogue.corpora.current, stored.key, stored.version))
        return guards

    async def check_corpus(self, corpus: Corpus) -> list[Expect]:
        """Against its schema, its taxonomies, and its recipes."""
        return await self._check_corpus(corpus)

    async def check_recipe(self, recipe: RecipeDraft) -> list[Expect]:
        """Against its corpus, that corpus's schema and taxonomies, the other recipes, and whose the source is."""
        corpus = await self._catalogue.corpora.find(recipe.corpus)
        if corpus is None:
            raise Invalid("The recipe cannot be saved.", (Fault("/corpus", f"there is no corpus {recipe.corpus!r}"),))
        faults: list[Fault] = []
        for other in await self._catalogue.recipes.all_where(corpus=recipe.corpus, source=recipe.source):
            if other.key != recipe.id:
                message = f"the recipe {other.key!r} reads {recipe.source!r} for this corpus already"
                faults.append(Fault("/source", message))
        owner = (await feed_state(self._documents, recipe.source)).value.partner
        if owner not in {None, recipe.partner}:
            faults.append(Fault("/partner", f"the spider {recipe.source!r} belongs to another partner"))
        if faults:
            raise Invalid("The recipe cannot be saved.", tuple(faults))
        schema, taxonomies, guards = await self._model(corpus.value.value, None, None)
        compile_recipe(recipe, schema, taxonomies)
        return [*guards, Expect(self._catalogue.corpora.current, corpus.key, corpus.version)]

    async def check_unused(self, shelf: Shelf[Any], id_: str) -> None:
        """Raises `Conflict` while another document needs this one."""
        users: list[str] = []
        if shelf.kind == "corpus":
            users = [f"recipe {stored.key}" for stored in await self._catalogue.recipes.all_where(corpus=id_)]
            state = await self._documents.get(CORPUS_STATES, id_)
            if state is not None and state.value.live is not None:
                users.append(f"readers of its live version {state.value.live}")
        elif shelf.kind in {"schema", "taxonomy"}:
            for stored in await self._catalogue.corpora.all_where():
                corpus = stored.value.value
                if id_ == corpus.schema_id if shelf.kind == "schema" else id_ in corpus.taxonomies:
                    users.append(f"corpus {corpus.id}")
        if users:
            raise Conflict(f"The {shelf.kind} {id_!r} is in use: {', '.join(users)}.")

    async def _check_corpus(
        self, corpus: Corpus, *, schema: Schema | None = None, taxonomy: Taxonomy | None = None
    ) -> list[Expect]:
        model, taxonomies, guards = await self._model(corpus, schema, taxonomy)
        changed = "/taxonomies" if schema is None and taxonomy is None else "/levels" if schema is None else None
        faults = _missing_schemes(corpus, model, taxonomies, changed)
        if not faults:
            for stored in await self._catalogue.recipes.all_where(corpus=corpus.id):
                faults.extend(_broken(stored, model, taxonomies))
                guards.append(Expect(self._catalogue.recipes.current, stored.key, stored.version))
        if faults:
            raise Invalid(f"The corpus {corpus.id!r} would not hold together.", tuple(faults))
        return guards

    async def _model(
        self, corpus: Corpus, schema: Schema | None, taxonomy: Taxonomy | None
    ) -> tuple[Schema, dict[str, Taxonomy], list[Expect]]:
        """The schema and taxonomies of a corpus, one of them perhaps about to be replaced."""
        guards: list[Expect] = []
        faults: list[Fault] = []
        if schema is None:
            stored = await self._catalogue.schemas.find(corpus.schema_id)
            if stored is None:
                faults.append(Fault("/schema_id", f"there is no schema {corpus.schema_id!r}"))
            else:
                schema = stored.value.value
                guards.append(Expect(self._catalogue.schemas.current, stored.key, stored.version))
        taxonomies: dict[str, Taxonomy] = {}
        for place, id_ in enumerate(corpus.taxonomies):
            if taxonomy is not None and taxonomy.id == id_:
                taxonomies[id_] = taxonomy
                continue
            found = await self._catalogue.taxonomies.find(id_)
            if found is None:
                faults.append(Fault(f"/taxonomies/{place}", f"there is no taxonomy {id_!r}"))
            else:
                taxonomies[id_] = found.value.value
                guards.append(Expect(self._catalogue.taxonomies.current, id_, found.version))
        if faults or schema is None:
            raise Invalid(f"The corpus {corpus.id!r} names documents that are not there.", tuple(faults))
        return schema, taxonomies, guards


def _missing_schemes(
    corpus: Corpus, schema: Schema, taxonomies: dict[str, Taxonomy], pointer: str | None
) -> list[Fault]:
    """Each at `pointer`, the place in the document that is saved; without one that is the schema itself."""
    faults: list[Fault] = []
    for place, field in enumerate(schema.fields):
        if field.scheme is None:
            continue
        taxonomy = taxonomies.get(field.scheme.taxonomy)
        if taxonomy is None or all(level.id != field.scheme.level for level in taxonomy.levels):
            wanted = f"{field.scheme.taxonomy}/{field.scheme.level}"
            message = f"the corpus {corpus.id!r} has no taxonomy and level {wanted} for the field {field.name!r}"
            faults.append(Fault(pointer or f"/fields/{place}/scheme", message))
    return faults


def _broken(stored: Stored[Edition[RecipeDraft]], schema: Schema, taxonomies: dict[str, Taxonomy]) -> Sequence[Fault]:
    try:
        compile_recipe(stored.value.value, schema, taxonomies)
    except Invalid as error:
        return [
            Fault("", f"the recipe {stored.key!r} would break at {each.pointer}: {each.message}")
            for each in error.faults
        ]
    return ()
