"""A second process for the search contract: `python -m tests.contracts.search_process <action> <address> …`.

`publish` publishes a version with one project of the given id; `die` begins a version, writes to it and waits to be
killed; `live` prints the number of the live version.
"""

import asyncio
import sys

from moisson_shared.adapters.open_backends import open_search_reader, open_search_writer
from tests.contracts.search_corpus import CORPUS, a_project, layout, manifest


async def _publish(url: str, project_id: str) -> None:
    writer = open_search_writer(url)
    version = await writer.begin(layout())
    await writer.write(CORPUS, version, [a_project(project_id)])
    await writer.seal(manifest(version, 1))
    await writer.publish(CORPUS, version)
    await writer.close()


async def _die(url: str) -> None:
    writer = open_search_writer(url)
    version = await writer.begin(layout())
    await writer.write(CORPUS, version, [a_project(f"lost{number}") for number in range(500)])
    sys.stdout.write(f"{version}\n")
    sys.stdout.flush()
    await asyncio.sleep(60)


async def _live(url: str) -> None:
    reader = open_search_reader(url)
    found = await reader.live(CORPUS)
    sys.stdout.write(f"{found.version if found else 0}\n")
    await reader.close()


def main() -> None:
    action, url, *rest = sys.argv[1:]
    match action:
        case "publish":
            asyncio.run(_publish(url, rest[0]))
        case "die":
            asyncio.run(_die(url))
        case "live":
            asyncio.run(_live(url))
        case _:
            raise SystemExit(f"{action!r} is none of publish, die, live")


if __name__ == "__main__":
    main()
