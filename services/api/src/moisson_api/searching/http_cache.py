"""What caches may do with an answer of public search. Pure.

An answer follows from the address, the version of the corpus, the level of the caller and the language, so its entity
tag is made from these, and a reader who has it is answered without a search.
"""

import hashlib
from functools import lru_cache
from importlib.metadata import version

from moisson_api.searching.corpus_view import CorpusView
from moisson_shared.contracts.errors import Invalid
from moisson_shared.web.conditional import entity_tags

FRESH_SECONDS = 60
"""For this long a shared cache may answer for us after a new version was published."""
_VARY = "Authorization, Accept-Language"


@lru_cache(maxsize=1)
def _release() -> str:
    return version("moisson-api")


def opaque_tag(views: tuple[CorpusView, ...], language: str) -> str:
    """The opaque part of the entity tag: the same for the same answer at the same address."""
    parts = [_release(), language]
    for view in views:
        manifest = view.manifest
        parts += [manifest.layout.corpus, str(manifest.version), manifest.built_at.isoformat(), view.level.value]
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=12).hexdigest()


def has_already(if_none_match: str | None, tag: str) -> bool:
    """Whether the reader has this answer (RFC 9110, 13.1.2: weak comparison); a malformed header is no claim."""
    if not if_none_match:
        return False
    if if_none_match.strip() == "*":
        return True
    try:
        return any(opaque == tag for _, opaque in entity_tags(if_none_match))
    except Invalid:
        return False


def cache_headers(tag: str, *, anonymous: bool) -> dict[str, str]:
    """Anonymous answers are everybody's for a minute; others belong to one reader, who asks again each time."""
    control = f"public, max-age={FRESH_SECONDS}" if anonymous else "private, no-cache"
    return {"ETag": f'W/"{tag}"', "Cache-Control": control, "Vary": _VARY}
