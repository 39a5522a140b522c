"""`moisson-scraper`: serves the scraper, works beside it, checks fixtures, or renews epochs. The composition root."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from starlette.applications import Starlette

from moisson_scraper.composition import compose_scraper
from moisson_scraper.keeping.collections import COLLECTIONS
from moisson_scraper.lasting_objects import spare_lasting_objects
from moisson_scraper.one_heap import keep_one_heap
from moisson_scraper.reading.reading_process import ReadingLimits
from moisson_scraper.reading.stoppable_reading import ReadingProcesses
from moisson_scraper.renew_epochs import renew_epochs
from moisson_scraper.settings import ScraperSettings
from moisson_scraper.worker_app import worker_app
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
    elif asked.command == "check":
        raise SystemExit(asyncio.run(_check(settings, asked.spiders, asked.partner)))
    else:
        keep_one_heap()
        documents = opened(settings, "documents_url", open_documents)
        queue = opened(settings, "queue_url", open_queue)
        at_once = settings.requests_per_host
        hosts = opened(settings, "host_budget_url", lambda url: open_host_budget(url, at_once))
        if asked.command == "work":
            app: Starlette = worker_app(compose_scraper(settings, documents, queue, hosts))
        else:
            # Here, as with checks: a worker answers no calls and need not read the code of all of them. It starts
            # sooner, and takes a quarter less memory.
            from moisson_scraper.app import create_app

            app = create_app(settings, documents, queue, hosts)
        spare_lasting_objects()
        serve(app, settings)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="moisson-scraper", description="Harvests partners' sites into raw records.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("serve", help="serve the scraper (the default)")
    commands.add_parser("work", help="only do the work that waits in the store and the queue, as one of many")
    check = commands.add_parser("check", help="read all fixtures again, after an upgrade; exit code 1 on a difference")
    check.add_argument("spiders", nargs="*", metavar="SPIDER", help="these only")
    check.add_argument("--partner", help="those of this partner only")
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


async def _check(settings: ScraperSettings, spiders: Sequence[str], partner: str | None) -> int:
    from moisson_scraper.check_spiders import check_lines, check_spiders
    from moisson_scraper.fixtures.check_fixtures import FixtureReader
    from moisson_shared.contracts.plain_text import plain_line

    documents = opened(settings, "documents_url", open_documents)
    limits = ReadingLimits(settings.reading_seconds, settings.reading_memory_bytes, settings.reading_processes)
    processes = ReadingProcesses(limits)
    try:
        await documents.open(COLLECTIONS)
        fixtures = FixtureReader(documents, processes)
        checked = [one async for one in check_spiders(documents, fixtures, spiders, partner)]
    except MoissonError as error:
        sys.stderr.write(f"moisson-scraper: {error}\n")
        return 1
    finally:
        await processes.close()
        await documents.close()
    sys.stdout.writelines(f"{plain_line(line)}\n" for line in check_lines(checked))
    return 0 if all(one.holds for one in checked) else 1


if __name__ == "__main__":
    main()
