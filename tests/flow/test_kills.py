"""`kill -9` of any service at any moment loses no accepted write, and the next start goes on by itself."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from moisson_standalone.demo.accounts import ADMIN, DemoAccount
from moisson_standalone.demo.sample_partners import SAMPLE_PARTNERS
from tests.flow.harvesting import harvest_samples
from tests.flow.loopback_sites import sample_sites
from tests.flow.public_dump import dump_corpus
from tests.flow.studio_visitor import StudioVisitor
from tests.flow.suite import Form, Suite, started_suite
from tests.flow.watching import eventually, everything, read_feed, sign_in

TILLEUL = SAMPLE_PARTNERS[0]
HASTE = {
    "MOISSON_SCRAPER_LEASE_SECONDS": "2",
    "MOISSON_SCRAPER_SWEEP_SECONDS": "1",
    "MOISSON_NORMALIZER_LEASE_SECONDS": "2",
    "MOISSON_NORMALIZER_SWEEP_SECONDS": "1",
}
"""A dead process's work is taken over after seconds, so that the tests need not wait for the usual half minute."""


@pytest.fixture(scope="module")
def sites() -> Iterator[dict[str, str]]:
    with sample_sites() as addresses:
        yield addresses


@pytest.fixture(scope="module")
def suite(sites: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    hosts = [address.removeprefix("http://") for address in sites.values()]
    with started_suite(Form.EMBEDDED, tmp_path_factory.mktemp("kills"), hosts, HASTE) as running:
        harvest_samples(running, sites)
        yield running


@pytest.fixture
def admin(suite: Suite) -> Iterator[httpx.Client]:
    with sign_in(suite.addresses.api, ADMIN) as client:
        yield client


def restart(suite: Suite, name: str) -> None:
    suite.processes[name].kill()
    suite.processes[name].start()
    suite.processes[name].wait_until_ready()


def test_a_crawl_that_was_killed_goes_on_and_keeps_what_it_had(
    suite: Suite, sites: dict[str, str], admin: httpx.Client
) -> None:
    scraper = suite.addresses.scraper
    slow = TILLEUL.document("spider", sites["tilleul"]) | {"id": "tilleul-lent", "politeness": {"delay": 0.12}}
    assert admin.post(f"{scraper}/v1/spiders", json=slow).status_code == httpx.codes.CREATED
    run = admin.post(f"{scraper}/v1/spiders/tilleul-lent/runs").json()

    def under_way() -> bool:
        state: dict[str, Any] = admin.get(f"{scraper}/v1/runs/{run['id']}").json()
        assert state["state"] in {"queued", "running"}, state
        return int(state["counters"]["pages_fetched"]) > 8

    eventually(under_way, "the crawl has fetched some pages")
    accepted = read_feed(admin, scraper, "tilleul-lent")
    restart(suite, "scraper")
    kept = {(record.key, record.ordinal): record for record in read_feed(admin, scraper, "tilleul-lent")}
    assert {(record.key, record.ordinal) for record in accepted} <= kept.keys()

    def ended() -> dict[str, Any] | None:
        state: dict[str, Any] = admin.get(f"{scraper}/v1/runs/{run['id']}").json()
        return state if state["state"] not in {"queued", "running"} else None

    assert eventually(ended, "the run has come to its end")["state"] == "done"
    usual = {record.key: record.values for record in read_feed(admin, scraper, "tilleul-annuaire")}
    assert {record.key: record.values for record in read_feed(admin, scraper, "tilleul-lent")} == usual
    admin.delete(f"{scraper}/v1/spiders/tilleul-lent").raise_for_status()


@pytest.mark.parametrize("seconds", [0.0, 0.03, 0.1, 0.3])
def test_a_normalisation_that_was_killed_goes_on(
    suite: Suite, sites: dict[str, str], admin: httpx.Client, seconds: float
) -> None:
    base = f"{suite.addresses.normalizer}/v1"
    before = dump_corpus(suite.addresses.api, "cis")
    stored = admin.get(f"{base}/recipes/tilleul")
    recipe = TILLEUL.document("recipe", sites["tilleul"])
    recipe["steps"].append({"step": "constant", "to": "content_type", "value": f"après {seconds} s"})
    changed = admin.put(f"{base}/recipes/tilleul", json=recipe, headers={"if-match": stored.headers["etag"]})
    assert changed.status_code == httpx.codes.OK, changed.text
    eventually(lambda: admin.post(f"{base}/corpora/cis/runs").status_code == httpx.codes.ACCEPTED, "a run is accepted")
    time.sleep(seconds)
    restart(suite, "normalizer")
    assert dump_corpus(suite.addresses.api, "cis") == before

    def candidate() -> dict[str, Any] | None:
        items: list[dict[str, Any]] = admin.get(f"{base}/corpora/cis/versions").json()["items"]
        newest = max(items, key=lambda version: int(version["version"]))
        # Sealed, and made of the recipe as it is now: every project of this source differs from the live one.
        return newest if newest["state"] == "candidate" and newest["difference"]["changed"] >= 42 else None

    version = eventually(candidate, "a candidate with the changed recipe is there")
    assert version["projects"] == len(before["listed"])
    published = admin.post(f"{base}/corpora/cis/publish", json={"version": version["version"]})
    assert published.status_code == httpx.codes.OK, published.text
    listed = dump_corpus(suite.addresses.api, "cis")["listed"]
    tilleul = [hit for hit in listed if hit["partner"] == "tilleul"]
    assert {hit["fields"].get("content_type") for hit in tilleul} == {f"après {seconds} s"}


def test_an_api_that_was_killed_knows_everybody_it_has_said_yes_to(suite: Suite, admin: httpx.Client) -> None:
    """It dies among requests, not between them: what it answered with 201 must be there."""
    api = suite.addresses.api
    before = dump_corpus(api, "cis")
    asked, accepted = list[str](), list[str]()
    stop = threading.Event()

    def register() -> None:
        with httpx.Client(base_url=api, trust_env=False, timeout=10, headers=admin.headers) as client:
            while not stop.is_set():
                email = f"passage-{len(asked)}@moisson.example"
                asked.append(email)
                document = DemoAccount(email, "De passage", "passer-sans-laisser-de-trace", ("user",)).document()
                try:
                    answer = client.post("/v1/accounts", json=document)
                except httpx.TransportError:
                    return
                assert answer.status_code == httpx.codes.CREATED, answer.text
                accepted.append(email)

    clerk = threading.Thread(target=register)
    clerk.start()
    try:
        eventually(lambda: len(accepted) >= 8, "some accounts have been accepted")
        suite.processes["api"].kill()
    finally:
        stop.set()
        clerk.join()
    suite.processes["api"].start()
    suite.processes["api"].wait_until_ready()
    known = {account["email"] for account in everything(admin, f"{api}/v1/accounts")}
    assert set(accepted) <= known
    assert {email for email in known if email.startswith("passage-")} <= set(asked)
    last = DemoAccount(accepted[-1], "De passage", "passer-sans-laisser-de-trace", ("user",))
    with sign_in(api, last) as client:
        assert client.get(f"{api}/v1/me").json()["email"] == last.email
    assert admin.get(f"{suite.addresses.scraper}/v1/spiders").status_code == httpx.codes.OK
    assert dump_corpus(api, "cis") == before


def test_a_gateway_that_was_killed_keeps_what_was_saved_and_who_was_signed_in(suite: Suite) -> None:
    page = "/studio/portals/cis"
    with StudioVisitor(suite.addresses.portal).sign_in(ADMIN) as admin, StudioVisitor(suite.addresses.portal) as reader:
        portal, version = admin.document(page)
        title = f"{portal['titles']['fr']} (relevé)"
        draft = portal | {"titles": portal["titles"] | {"fr": title}}
        assert admin.go(page, page, document=json.dumps(draft), **version) == "/fr/cis"
        restart(suite, "viz-gateway")
        assert f"<title>{title}</title>" in reader.page("/fr/cis")
        assert f"Bonjour {ADMIN.name}" in admin.read("/studio")
        assert admin.document(page)[0] == draft
