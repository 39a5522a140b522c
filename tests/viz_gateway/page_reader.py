"""Pages as a browser without script reads them, and the forms that it sends."""

import html
import re

import httpx

_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
_EDITOR = re.compile(r"<textarea[^>]*>(.*?)</textarea>", re.DOTALL)


class PageReader:
    """Whoever has a client of the gateway."""

    http: httpx.AsyncClient

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """A page."""
        return await self.http.get(path, headers=headers)

    async def form_token(self, path: str) -> str:
        """The token in the first form of a page."""
        found = _TOKEN.search((await self.http.get(path)).text)
        assert found is not None, f"{path} has no form"
        return found.group(1)

    async def editor_text(self, path: str) -> str:
        """The text in the editor of a page."""
        found = _EDITOR.search((await self.http.get(path)).text)
        assert found is not None, f"{path} has no editor"
        return html.unescape(found.group(1))

    async def post(self, path: str, page: str, **fields: str) -> httpx.Response:
        """A form of `page`, sent to `path`."""
        return await self.http.post(path, data={"form_token": await self.form_token(page), **fields})
