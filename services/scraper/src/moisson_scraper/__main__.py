"""`moisson-scraper`: serves the scraper, works beside it, or renews epochs. The composition root of the service."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from moisson_scraper.app import create_app
from moisson_scraper.keeping.collections import COLLECTIONS
from moisson_scraper.renew_epochs import renew_epochs
from moisson_scraper.settings import ScraperSettings
from moisson_shared.adapters.open_backends import open_documents, open_host_budget, open_queue
from moisson_shared.contracts.errors import MoissonError
from moisson_shared.web.serving import serve
from moisson_shared.web.settings import load_settings, opened


def main(arguments: Sequence[str] | None = None) -> None:
    """Does what the command line says; exit code 2 for bad settings, 1 when it could not be done."""
    asked = _parser().parse_args(arguments)
    settings = load_settings(ScraperSettings)
    if asked.command == "renew-epochs":
        asyncio.run(_renew(settings))
    else:
        documents = opened(settings, "documents_url", open_documents)
        queue = opened(settings, "queue_url", open_queue)
        at_once = settings.requests_per_host
        hosts = opened(settings, "host_budget_url", lambda url: open_host_budget(url, at_once))
        serve(create_app(settings, documents, queue, hosts, worker=asked.command == "work"), settings)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="moisson-scraper", description="Harvests partners' sites into raw records.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("serve", help="serve the scraper (the default)")
    commands.add_parser("work", help="only do the work that waits in the store and the queue, as one of many")
    commands.add_parser("renew-epochs", help="after restoring a copy of the store: makes all readers start over")
    return parser


async def _renew(settings: ScraperSettings) -> None:
    documents = opened(settings, "documents_url", open_documents)
    try:
        await documents.open(COLLECTIONS)
        sys.stdout.write(f"{await renew_epochs(documents)} feeds have a new epoch\n")
    except MoissonError as error:
        sys.stderr.write(f"moisson-scraper: {error}\n")
        raise SystemExit(1) from None
    finally:
        await documents.close()


if __name__ == "__main__":
    main()
