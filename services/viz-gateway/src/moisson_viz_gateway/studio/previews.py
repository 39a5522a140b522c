"""Previews with the pages that they were read from."""

import asyncio

from moisson_shared.contracts.errors import NotFound, Unavailable
from moisson_shared.contracts.spider_preview import SpiderPreview
from moisson_viz_gateway.gateway import Gateway, Member
from moisson_viz_gateway.studio.preview_view import PreviewView, preview_view
from moisson_viz_gateway.studio.source_snippet import SourceText, source_text


async def placed_preview(gateway: Gateway, member: Member, spider_id: str, preview: SpiderPreview) -> PreviewView:
    """The preview with the pieces of its kept pages; a page that cannot be had takes only its pieces."""

    async def read(page: str) -> SourceText | None:
        try:
            kept = await gateway.scraper.pages.text(member.token, spider_id, page)
        except (NotFound, Unavailable):
            return None
        return await asyncio.to_thread(source_text, kept.text) if kept is not None else None

    ids = [page.id for page in preview.pages if page.id is not None]
    texts = await asyncio.gather(*map(read, ids))
    sources = {page: text for page, text in zip(ids, texts, strict=True) if text is not None}
    return preview_view(preview, spider_id, sources)
