"""The documents of a new installation, written once into an empty store."""

from moisson_normalizer.catalogue import Catalogue
from moisson_normalizer.defaults import default_corpus, default_schema, default_taxonomies
from moisson_shared.contracts.errors import AlreadyExists

SEEDER = "moisson"


async def seed_defaults(catalogue: Catalogue, *, publish_by_itself: bool) -> bool:
    """Writes the CIS schema, taxonomy and corpus unless there is or was any corpus; tells whether it did.

    Several processes may start at once: what one has written the others leave.
    """
    if await catalogue.corpora.ever_used():
        return False
    corpus = default_corpus().model_copy(update={"publish_by_itself": publish_by_itself})
    try:
        for taxonomy in default_taxonomies():
            if await catalogue.taxonomies.find(taxonomy.id) is None:
                await catalogue.taxonomies.create(taxonomy, SEEDER)
        if await catalogue.schemas.find(corpus.schema_id) is None:
            await catalogue.schemas.create(default_schema(), SEEDER)
        await catalogue.corpora.create(corpus, SEEDER)
    except AlreadyExists:
        return False
    return True
