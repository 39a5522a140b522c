"""The texts of kept pages, by their ids."""

import asyncio
from collections.abc import Sequence

from moisson_shared.contracts.errors import NotFound, Unavailable
from moisson_viz_gateway.gateway import Gateway, Member
from moisson_viz_gateway.studio.source_snippet import SourceText, source_text


async def page_sources(gateway: Gateway, member: Member, spider_id: str, ids: Sequence[str]) -> dict[str, SourceText]:
    """As far as they can be had: a page that is gone, or is no text, takes only its pieces from the screen."""

    async def read(page: str) -> SourceText | None:
        try:
            kept = await gateway.scraper.pages.text(member.token, spider_id, page)
        except (NotFound, Unavailable):
            return None
        return await asyncio.to_thread(source_text, kept.text) if kept is not None else None

    texts = await asyncio.gather(*map(read, ids))
    return {page: text for page, text in zip(ids, texts, strict=True) if text is not None}
