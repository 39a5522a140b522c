"""The command `moisson`: `up` for an installation of one's own, `demo` for a first look.

It reads arguments and turns what went wrong into a sentence; all else is elsewhere.
"""

import argparse
import asyncio
import signal
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path

from moisson_shared.contracts.errors import Invalid, MoissonError
from moisson_shared.web.serving import StartFailed
from moisson_standalone.data_folder import DataFolder, FolderUnusable
from moisson_standalone.demo.command import demo
from moisson_standalone.demo.harvest import HarvestFailed
from moisson_standalone.demo.sample_sites import FIRST_PORT
from moisson_standalone.ports import Ports, PortTaken
from moisson_standalone.up import up

INTERRUPTED = 130
"""What shells say of a command that Ctrl-C ended before its work was done."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one of the two; the exit code is 0 only when it did what it was asked."""
    given = _parser().parse_args(arguments)
    ports = Ports(given.port, given.api_port, given.scraper_port, given.normalizer_port)
    folder = DataFolder(given.data)
    try:
        if given.command == "up":
            return asyncio.run(_until_told_to_stop(up(folder, ports)))
        return asyncio.run(_until_told_to_stop(demo(folder, ports, sites_port=given.sites_port, once=given.once)))
    except Invalid as error:
        faults = "".join(f"\n  {fault.pointer}: {fault.message}" for fault in error.faults)
        sys.stderr.write(f"moisson: {error}{faults}\n")
    except (FolderUnusable, PortTaken, StartFailed, HarvestFailed, MoissonError) as error:
        sys.stderr.write(f"moisson: {error}\n")
    return 1


async def _until_told_to_stop(work: Coroutine[None, None, int]) -> int:
    """SIGINT and SIGTERM cancel the work, which then puts its things away; a second one changes nothing."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    told: list[signal.Signals] = []

    def stop(number: signal.Signals) -> None:
        if not told:
            told.append(number)
            print("\nStopping.", flush=True)
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)
    try:
        return await task
    except asyncio.CancelledError:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="moisson", description="Moisson in one process, on embedded engines.")
    commands = parser.add_subparsers(dest="command", required=True)
    up_ = commands.add_parser("up", help="run the four services of an installation of your own")
    demo_ = commands.add_parser("demo", help="harvest three sample partners, publish, and serve the portal")
    demo_.add_argument("--once", action="store_true", help="check that every project is found, then stop")
    demo_.add_argument(
        "--sites-port", type=_port, default=FIRST_PORT, help=f"first of the three sample sites ({FIRST_PORT})"
    )
    usual = Ports()
    for command, data in ((up_, "moisson-data"), (demo_, "demo-data")):
        command.add_argument("--data", type=Path, default=Path(data), help=f"folder for everything it keeps ({data})")
        command.add_argument("--port", type=_port, default=usual.portal, help=f"of the portal ({usual.portal})")
        command.add_argument("--api-port", type=_port, default=usual.api, help=f"({usual.api})")
        command.add_argument("--scraper-port", type=_port, default=usual.scraper, help=f"({usual.scraper})")
        command.add_argument("--normalizer-port", type=_port, default=usual.normalizer, help=f"({usual.normalizer})")
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: give a number from 1 to 65535")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
