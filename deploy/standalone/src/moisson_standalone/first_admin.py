"""The first admin of an installation, by the one-time link of its first start."""

from urllib.parse import parse_qs, urlsplit

import httpx

from moisson_shared.adapters.peer_http import call
from moisson_shared.contracts.errors import Unauthenticated
from moisson_standalone.running_suite import RunningSuite


async def become_admin(http: httpx.AsyncClient, suite: RunningSuite, *, email: str, name: str, password: str) -> None:
    """Makes the account; `Unauthenticated` where this start gave no link, because somebody has an account."""
    if suite.first_admin_link is None:
        raise Unauthenticated(
            f"this folder has accounts already, and {email} with the demo's password is not one of them"
        )
    token = parse_qs(urlsplit(suite.first_admin_link).query)["token"][0]
    document = {"token": token, "email": email, "name": name, "password": password}
    await call(http, "api", "POST", f"{suite.addresses.api}/v1/first-admin", json=document)
