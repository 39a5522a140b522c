"""A normalizer in a process of its own, to be killed in the middle of its work."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from tests.normalizer.neighbours import Neighbours


class NormalizerProcess:
    """`python -m moisson_normalizer` over a folder; `start` returns when it answers."""

    def __init__(self, folder: Path, neighbours: Neighbours, port: int, **changes: str) -> None:
        prefix = "MOISSON_NORMALIZER_"
        said = {
            "PORT": str(port),
            "ISSUER": neighbours.url,
            "SCRAPER_URL": neighbours.url,
            "CLIENT_SECRET": "not the default",
            "DOCUMENTS_URL": f"sqlite://{folder}/normalizer.sqlite",
            "SEARCH_URL": f"tantivy://{folder}/index",
            "SWEEP_SECONDS": "3600",
            **changes,
        }
        self._environment = dict(os.environ) | {prefix + name: value for name, value in said.items()}
        self._log = folder / "normalizer.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._neighbours = neighbours
        self.url = f"http://127.0.0.1:{port}"

    async def start(self) -> None:
        self._process = self._started()
        async with asyncio.timeout(30), httpx.AsyncClient() as client:
            while True:
                assert self._process.poll() is None, self._log.read_text()
                try:
                    if (await client.get(f"{self.url}/healthz")).status_code == 200:
                        return
                except httpx.TransportError:
                    await asyncio.sleep(0.05)

    def _started(self) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", "moisson_normalizer"]
            return subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)

    def kill(self) -> None:
        """SIGKILL: nothing can be said goodbye to."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        headers = self._neighbours.token("steward", partners=[])
        async with httpx.AsyncClient(base_url=self.url) as client:
            answer = await client.request(method, path, json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()
