"""Places for secrets that would not be filled in. Whether a secret is there shows in a preview or a run only: it may be
put after its spider is saved."""

import re
from collections.abc import Iterator

from moisson_scraper.checking.expressions import fault
from moisson_scraper.fetching.secret_places import PLACE, texts_of
from moisson_shared.contracts.detail import levels_of
from moisson_shared.contracts.errors import Fault
from moisson_shared.contracts.paging import PageNumber
from moisson_shared.contracts.sources import JsonSource, Source

_MEANT = re.compile(r"\{\s*secret\b[^{}]{0,100}\}?", re.IGNORECASE)


def in_secrets(source: Source) -> Iterator[Fault]:
    """Everything that looks like a place for a secret and is none."""
    if not isinstance(source, JsonSource):
        return
    message = "a secret may stand in query, headers and body only: write the parameter under `query`"
    if PLACE.search(source.url):
        yield fault(("source", "url"), message)
    for number, address in enumerate(source.further_urls):
        if PLACE.search(address):
            yield fault(("source", "further_urls", number), message)
    if isinstance(source.paging, PageNumber) and PLACE.search(source.paging.address):
        yield fault(("source", "paging", "address"), message)
    for depth, level in enumerate(levels_of(source.detail), 1):
        if PLACE.search((level.address or "").partition("?")[0]):
            yield fault(("source", *("detail",) * depth, "address"), "a secret may stand behind the ? only")
    for place, text in texts_of(source):
        for meant in _MEANT.findall(text):
            if not PLACE.fullmatch(meant):
                message = f"{meant!r} is no place for a secret: write {{secret:name}}, the name in a-z, 0-9 and hyphens"
                yield fault(("source", *place), message)
