"""What a spider is given beside its configuration: the file it reads, and its secrets."""

from collections.abc import AsyncIterable

from moisson_shared.contracts.errors import NotFound
from moisson_shared.contracts.spider_secret import SpiderSecret
from moisson_shared.contracts.upload import Upload
from moisson_viz_gateway.neighbours.neighbour import Neighbour
from moisson_viz_gateway.neighbours.scraper_paths import in_path, spider_path


class ScraperInputs:
    """Typed calls in the name of a person; each raises the domain errors of `Neighbour.call`."""

    def __init__(self, neighbour: Neighbour) -> None:
        self._scraper = neighbour

    async def upload(self, token: str, spider: str) -> Upload | None:
        """What the file is; None where there is none yet."""
        try:
            return await self._scraper.read(Upload, f"{spider_path(spider)}/upload", token=token)
        except NotFound:
            return None

    async def put_upload(
        self, token: str, spider: str, name: str, content_type: str, content: AsyncIterable[bytes]
    ) -> Upload:
        """The file in place of the one before; `TooLarge` beyond the scraper's own limit."""
        response = await self._scraper.send_file(
            f"{spider_path(spider)}/upload", content, content_type, token=token, parameters=[("name", name)]
        )
        return self._scraper.understand(Upload, response)

    async def secrets(self, token: str, spider: str) -> tuple[SpiderSecret, ...]:
        """The names, never the values."""
        return await self._scraper.read_all(SpiderSecret, f"{spider_path(spider)}/secrets", token=token)

    async def put_secret(self, token: str, spider: str, name: str, value: str) -> None:
        """Keeps a value; `NotNow` where no secrets are kept, `Invalid` for what is none."""
        await self._scraper.call(
            "PUT", f"{spider_path(spider)}/secrets/{in_path(name)}", token=token, body={"value": value}
        )

    async def delete_secret(self, token: str, spider: str, name: str) -> None:
        """Forgets a value."""
        await self._scraper.call("DELETE", f"{spider_path(spider)}/secrets/{in_path(name)}", token=token)
