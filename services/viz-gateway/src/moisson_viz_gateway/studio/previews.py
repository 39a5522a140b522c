"""Previews with the pages that they were read from."""

import asyncio

from moisson_shared.contracts.spider_preview import SpiderPreview
from moisson_viz_gateway.gateway import Gateway, Member
from moisson_viz_gateway.studio.page_sources import page_sources
from moisson_viz_gateway.studio.preview_view import PreviewView, preview_view


async def placed_preview(gateway: Gateway, member: Member, spider_id: str, preview: SpiderPreview) -> PreviewView:
    """The preview with the pieces of its kept pages."""
    ids = [page.id for page in preview.pages if page.id is not None]
    sources = await page_sources(gateway, member, spider_id, ids)
    return await asyncio.to_thread(preview_view, preview, spider_id, sources)
