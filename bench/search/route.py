"""The API's search route against a bare Starlette route that asks the same engine for the same pages.

Both apps are called in process, through ASGI, so that only their own work counts.
`python -m bench.search.route ours|bare FOLDER`
"""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message

from bench.measuring import Stopwatch
from bench.search.corpus import CORPUS, queries
from moisson_api.app import create_app
from moisson_api.settings import ApiSettings
from moisson_shared.adapters.open_backends import open_documents, open_search_reader
from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.search import SearchQuery


async def bare_app(folder: Path) -> ASGIApp:
    reader = open_search_reader(f"tantivy://{folder}")
    manifest = await reader.live(CORPUS)
    if manifest is None:
        raise SystemExit("the index was not published")

    async def search(request: Request) -> Response:
        page = await reader.search(manifest, SearchQuery(text=request.query_params["q"]), AccessLevel.OPENDATA)
        projects = [{"id": hit.project.id, "fields": hit.project.fields} for hit in page.hits]
        return Response(orjson.dumps({"total": page.total, "projects": projects}), media_type="application/json")

    return Starlette(routes=[Route(f"/v1/corpora/{CORPUS}/projects", search)])


async def ask(app: ASGIApp, text: str) -> bytes:
    """The body of the answer to one search."""
    body: list[bytes] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] != 200:
            raise SystemExit(f"status {message['status']}")
        body.append(message.get("body", b""))

    path = f"/v1/corpora/{CORPUS}/projects"
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": f"q={quote(text)}".encode(),
        "headers": [(b"host", b"127.0.0.1")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await app(scope, receive, send)
    return b"".join(body)


async def run(app: ASGIApp) -> None:
    asked = queries()
    if not orjson.loads(await ask(app, asked[0]))["total"]:
        raise SystemExit("nothing was found, so nothing was measured")
    watch = Stopwatch()
    for text in asked:
        await ask(app, text)
    watch.report(len(asked))


async def main(which: str, folder: Path) -> None:
    if which == "bare":
        await run(await bare_app(folder))
        return
    with TemporaryDirectory() as place:
        settings = ApiSettings(
            demo=True, documents_url=f"sqlite://{place}/api.sqlite", search_url=f"tantivy://{folder}", log_level="error"
        )
        reader = open_search_reader(settings.search_url)
        app = create_app(settings, open_documents(settings.documents_url), reader, announce=lambda _: None)
        async with app.router.lifespan_context(app):
            await run(app)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
