"""What handlers of work raised is counted, and the normalizer shows it."""

from pathlib import Path

import httpx

from moisson_normalizer.app import create_app
from moisson_shared.adapters.in_process_queue import InProcessQueue
from moisson_shared.adapters.open_backends import open_documents, open_search_writer
from moisson_shared.ports.work_queue import Hint
from tests.normalizer.neighbours import Neighbours
from tests.normalizer.running_normalizer import normalizer_settings


async def test_work_that_failed_is_shown_by_topic(tmp_path: Path) -> None:
    nobody = "http://127.0.0.1:1"
    settings = normalizer_settings(Neighbours(), tmp_path, issuer=nobody, scraper_url=nobody)
    queue = InProcessQueue()
    app = create_app(settings, open_documents(settings.documents_url), open_search_writer(settings.search_url), queue)

    async def broken(key: str) -> None:
        await queue.close()
        raise ArithmeticError(key)

    await queue.send(Hint("broken", "a"))
    await queue.receive({"broken": broken}, 1)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://normalizer.test") as client:
        assert 'moisson_work_failures_total{topic="broken"} 1.0' in (await client.get("/metrics")).text
