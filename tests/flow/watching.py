"""Waiting for what must come about by itself, and reading feeds, for tests that break things."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

import httpx

from moisson_shared.contracts.raw_record import RawRecord
from moisson_standalone.demo.accounts import DemoAccount

T = TypeVar("T")


def eventually(look: Callable[[], T | None], what: str, seconds: float = 45.0) -> T:
    """The first result that is neither None nor false; a failure says what did not come about."""
    end = time.monotonic() + seconds
    last: object = None
    while time.monotonic() < end:
        try:
            found = look()
        except httpx.TransportError as error:
            found, last = None, error
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"after {seconds:.0f} s still not: {what}" + (f" ({last})" if last else ""))


def sign_in(api: str, account: DemoAccount) -> httpx.Client:
    """A client that carries a fresh token of the account, for any of the services."""
    with httpx.Client(trust_env=False) as client:
        answer = client.post(f"{api}/v1/login", json={"email": account.email, "password": account.password})
    assert answer.status_code == httpx.codes.OK, answer.text
    return httpx.Client(
        trust_env=False, timeout=30, headers={"authorization": f"Bearer {answer.json()['access_token']}"}
    )


def read_feed(client: httpx.Client, scraper: str, spider: str) -> list[RawRecord]:
    """Every record of a spider, in the order of the feed."""
    found: list[RawRecord] = []
    params: dict[str, str] = {}
    while True:
        answer = client.get(f"{scraper}/v1/spiders/{spider}/raw-records", params=params)
        assert answer.status_code == httpx.codes.OK, answer.text
        *lines, end = answer.text.splitlines()
        found += [RawRecord.model_validate_json(line) for line in lines]
        closing = httpx.Response(200, text=end).json()
        if not closing["more"]:
            return found
        params = {"after": closing["cursor"]}


def everything(client: httpx.Client, address: str) -> list[dict[str, Any]]:
    """Every item of a list, page after page."""
    found: list[dict[str, Any]] = []
    params: dict[str, str] = {"limit": "100"}
    while True:
        answer = client.get(address, params=params)
        assert answer.status_code == httpx.codes.OK, answer.text
        page = answer.json()
        found += page["items"]
        if page["next"] is None:
            return found
        params["after"] = page["next"]


def degraded(client: httpx.Client, service: str) -> list[str]:
    """The neighbours that a service misses, as its `/readyz` says."""
    answer = client.get(f"{service}/readyz")
    assert answer.status_code == httpx.codes.OK, answer.text
    missing: list[str] = answer.json()["degraded"]
    return missing
