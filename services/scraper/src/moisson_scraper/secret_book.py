"""The secrets of spiders as their runs and previews need them: opened for a fetch, and nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from moisson_scraper.crawling.page_visitor import Fetches
from moisson_scraper.fetching.secret_filling import SecretFilling
from moisson_scraper.fetching.secret_places import names_in, parameters_in
from moisson_scraper.keeping.tenancy import SECRETS, KeptSecret, secret_key
from moisson_scraper.reading.addresses import origin_of, stated_address
from moisson_shared.adapters.sealing import Sealer
from moisson_shared.contracts.errors import Unavailable
from moisson_shared.contracts.sources import JsonSource, Source
from moisson_shared.contracts.spider import SpiderDraft
from moisson_shared.ports.documents import DocumentReader

SEALED = "spider secrets"
"""What the sealer of this service seals."""


@dataclass(frozen=True, slots=True)
class _Opened:
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    missing: Mapping[str, str] = field(default_factory=dict)


class SecretBook:
    """Opens secrets. They hold for the spider, the partner and the origin that they were put for."""

    def __init__(self, store: DocumentReader, sealer: Sealer) -> None:
        self._store = store
        self._sealer = sealer

    async def filling(self, spider: SpiderDraft, pages: Fetches, *, withheld: bool = False) -> Fetches:
        """The fetcher with the secrets that the spider's source names; `pages` itself where it names none.

        `withheld`: whoever asks may not use them; each counts as missing.
        """
        if not names_in(spider.source):
            return pages
        opened = await self._opened(spider, withheld=withheld)
        origin, parameters = origin_of_source(spider.source), parameters_in(spider.source)
        return SecretFilling(pages, origin, opened.values, opened.missing, parameters)

    async def why_not(self, spider: SpiderDraft) -> str | None:
        """A sentence for each secret that the spider names and that cannot be filled in; None where all can."""
        if not names_in(spider.source):
            return None
        return " ".join((await self._opened(spider, withheld=False)).missing.values()) or None

    async def _opened(self, spider: SpiderDraft, *, withheld: bool) -> _Opened:
        names = sorted(names_in(spider.source))
        if withheld:
            told = "may be used by members who may change the spider only: preview it as it is saved."
            return _Opened(missing={name: f"The secret {name!r} {told}" for name in names})
        found = await self._store.get_many(SECRETS, [secret_key(spider.id, name) for name in names])
        values: dict[str, str] = {}
        missing: dict[str, str] = {}
        for name in names:
            stored = found.get(secret_key(spider.id, name))
            kept = stored.value if stored is not None else None
            if kept is None or kept.partner != spider.partner:
                missing[name] = f"The secret {name!r} is not there: put it at /v1/spiders/{spider.id}/secrets/{name}."
            elif kept.origin != origin_of_source(spider.source):
                missing[name] = (
                    f"The secret {name!r} was put for {kept.origin}, where this source is no more: put it again."
                )
            else:
                try:
                    values[name] = open_secret(self._sealer, kept)
                except Unavailable as error:
                    missing[name] = f"The secret {name!r} cannot be opened ({error}): put it again."
        return _Opened(values, missing)


def origin_of_source(source: Source) -> str:
    """The origin that secrets of a source are for; empty for sources that take none."""
    return origin_of(stated_address(source.url)) if isinstance(source, JsonSource) else ""


def seal_secret(sealer: Sealer, value: str, spider: str, partner: str, name: str, origin: str) -> str:
    """The value as it is kept: it opens for this spider, name, partner and origin only."""
    return sealer.seal(value.encode(), _purpose(spider, partner, name, origin))


def open_secret(sealer: Sealer, kept: KeptSecret) -> str:
    """The value. Raises `Unavailable` where the key of the settings is not the one it was sealed with."""
    return sealer.open(kept.sealed, _purpose(kept.spider_id, kept.partner, kept.name, kept.origin)).decode()


def _purpose(spider: str, partner: str, name: str, origin: str) -> str:
    return f"secret {name} of {spider} of {partner} for {origin}"
