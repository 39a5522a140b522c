"""Fills secrets into requests at the last moment, for the source's own origin only, and out of what comes back."""

from collections.abc import Collection, Mapping

from moisson_scraper.crawling.page_visitor import Fetches
from moisson_scraper.fetching.page_failure import PageFailed, PageLost
from moisson_scraper.fetching.secret_masks import Masks
from moisson_scraper.fetching.secret_places import filled, missing_in, placeholder
from moisson_scraper.reading.addresses import origin_of, page_address
from moisson_scraper.reading.source_reader import FetchedPage, PageRequest


class SecretFilling:
    """`Fetches` around another one. `values` are the secrets by name, `missing` a sentence for each that is not there,
    `parameters` those of a query that hold them, each with the name of its secret.

    The fetcher within follows redirects, and takes headers and body off what goes on to another origin.
    """

    def __init__(
        self,
        pages: Fetches,
        origin: str,
        values: Mapping[str, str],
        missing: Mapping[str, str],
        parameters: Collection[tuple[str, str]] = (),
    ) -> None:
        self._pages = pages
        self._origin = origin
        self._values = values
        self._missing = missing
        self._parameters = parameters
        self._masks = Masks({value: placeholder(name) for name, value in values.items()})

    async def fetch(self, request: PageRequest) -> FetchedPage:
        """The page. Raises `PageLost`, with the code `secret-missing` where a secret is not there to be filled in."""
        if origin_of(page_address(request.address) or request.address) != self._origin:
            return await self._masked(request)
        if (name := missing_in(request, self._missing, self._parameters)) is not None:
            raise PageFailed("secret-missing", self._missing[name])
        return await self._masked(filled(request, self._values, self._parameters))

    async def _masked(self, request: PageRequest) -> FetchedPage:
        try:
            page = await self._pages.fetch(request)
        except PageLost as lost:
            if lost.page is not None:
                lost.page = self._masks.page(lost.page)
            lost.message = self._masks.text(lost.message)
            lost.args = (lost.message,)
            raise lost from None  # what led to it may name the address as it was sent
        return self._masks.page(page)
