"""`moisson up`: the four services over one folder, until they are told to stop."""

import asyncio

from moisson_standalone.data_folder import DataFolder
from moisson_standalone.ports import Ports, check_free
from moisson_standalone.running_suite import RunningSuite, running_suite


async def up(folder: DataFolder, ports: Ports) -> int:
    """Serves until it is cancelled."""
    with folder.locked():
        check_free(ports.by_option())
        async with running_suite(folder, ports) as suite:
            print(_welcome(suite, folder), flush=True)
            await asyncio.Event().wait()
    return 0


def _welcome(suite: RunningSuite, folder: DataFolder) -> str:
    addresses = suite.addresses
    lines = [
        "Moisson is there.",
        "",
        f"Portal     {addresses.portal}/",
        f"Studio     {addresses.portal}/studio",
        f"API        {addresses.api}/docs   (scraper {addresses.scraper}/docs, normalizer {addresses.normalizer}/docs)",
        "",
        f"Everything is kept in {folder.path}, the log in {folder.log_file.name} there. Stop with Ctrl-C.",
    ]
    if suite.first_admin_link is not None:
        lines += [
            "",
            "Nobody has an account yet. Make the first admin here, once, within a day:",
            suite.first_admin_link,
        ]
    return "\n".join(lines)
