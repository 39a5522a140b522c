"""The demo's harvest on a suite of any form, for tests: one call from empty stores to a published corpus."""

import asyncio
from collections.abc import Mapping

from moisson_shared.adapters.peer_http import peer_client
from moisson_standalone.demo.accounts import ACCOUNTS, DemoAccount
from moisson_standalone.demo.harvest import Harvest, harvest, prepare
from moisson_standalone.signed_in import SignedIn
from tests.flow.suite import Suite


def quiet(sentence: str) -> None:
    """Progress that nobody reads."""


def harvest_samples(suite: Suite, sites: Mapping[str, str]) -> Harvest:
    """Accounts, partners, spiders, recipes, crawls, normalisation, publication."""

    async def work() -> Harvest:
        async with peer_client("") as http:
            admin = suite.admin(http)
            for account in ACCOUNTS:
                await admin.send("api", "POST", "/v1/accounts", document=account.document())
            await prepare(admin, sites, quiet)
            return await harvest(admin, sites, quiet)

    return asyncio.run(work())


def access_token(suite: Suite, account: DemoAccount) -> str:
    """A token of one of the demo's accounts."""

    async def work() -> str:
        async with peer_client("") as http:
            return await SignedIn(http, suite.addresses, email=account.email, password=account.password).token()

    return asyncio.run(work())
