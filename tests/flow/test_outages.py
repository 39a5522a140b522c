"""A service whose neighbour is down says so, does what it can alone, and recovers by itself."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from moisson_standalone.demo.accounts import ADMIN
from moisson_standalone.demo.sample_partners import SAMPLE_PARTNERS
from tests.flow.harvesting import harvest_samples
from tests.flow.loopback_sites import sample_sites
from tests.flow.suite import Form, Suite, started_suite
from tests.flow.test_kills import HASTE
from tests.flow.watching import degraded, eventually, sign_in

TITLES = sum(len(partner.titles()) for partner in SAMPLE_PARTNERS)


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    with sample_sites() as sites:
        hosts = [address.removeprefix("http://") for address in sites.values()]
        with started_suite(Form.EMBEDDED, tmp_path_factory.mktemp("outages"), hosts, HASTE) as running:
            harvest_samples(running, sites)
            yield running


@pytest.fixture
def admin(suite: Suite) -> Iterator[httpx.Client]:
    with sign_in(suite.addresses.api, ADMIN) as client:
        yield client


@contextmanager
def down(suite: Suite, name: str) -> Iterator[None]:
    """Without this service; at the end it is there again."""
    suite.processes[name].stop()
    try:
        yield
    finally:
        suite.processes[name].start()
        suite.processes[name].wait_until_ready()


def total(suite: Suite) -> int:
    answer = httpx.get(f"{suite.addresses.api}/v1/corpora/cis/projects?size=0", trust_env=False)
    return int(answer.json()["total"])


def test_at_first_nobody_misses_anybody(suite: Suite, admin: httpx.Client) -> None:
    addresses = suite.addresses
    for service in (addresses.api, addresses.scraper, addresses.normalizer, addresses.portal):
        assert degraded(admin, service) == []


def test_without_the_api_the_others_know_their_callers_and_the_portal_says_what_is_the_matter(
    suite: Suite, admin: httpx.Client
) -> None:
    portal, scraper, normalizer = suite.addresses.portal, suite.addresses.scraper, suite.addresses.normalizer
    with httpx.Client(trust_env=False, follow_redirects=True) as visitor:
        with down(suite, "api"):
            assert "api" in degraded(admin, portal)
            assert admin.get(f"{scraper}/v1/spiders").status_code == httpx.codes.OK
            assert admin.get(f"{normalizer}/v1/recipes").status_code == httpx.codes.OK
            page = visitor.get(f"{portal}/")
            assert page.status_code == httpx.codes.SERVICE_UNAVAILABLE
            assert page.headers["content-type"].startswith("text/html")
            assert "retry-after" in page.headers
            assert "Traceback" not in page.text
        eventually(lambda: degraded(admin, portal) == [], "the gateway has found the api again")
        assert eventually(lambda: visitor.get(f"{portal}/").status_code == httpx.codes.OK, "the portal is there again")


def test_a_service_that_starts_without_the_api_still_knows_its_callers(suite: Suite, admin: httpx.Client) -> None:
    scraper = suite.addresses.scraper
    with down(suite, "api"):
        suite.processes["scraper"].kill()
        suite.processes["scraper"].start()
        suite.processes["scraper"].wait_until_ready()
        assert admin.get(f"{scraper}/v1/spiders").status_code == httpx.codes.OK


def test_without_the_scraper_the_normalizer_works_on_its_mirror(suite: Suite, admin: httpx.Client) -> None:
    base = suite.addresses.normalizer
    with down(suite, "scraper"):
        assert "scraper" in degraded(admin, base)
        assert total(suite) == TITLES
        recipe = admin.get(f"{base}/v1/recipes/moulin").json()
        draft = {name: value for name, value in recipe.items() if name != "version"}
        preview = admin.post(f"{base}/v1/recipes/preview", json={"recipe": draft, "limit": 3, "offset": 0})
        assert preview.status_code == httpx.codes.OK, preview.text
        assert len(preview.json()["projects"]) == 3
        studio = admin.get(f"{suite.addresses.portal}/readyz").json()
        assert studio["status"] == "degraded"
    eventually(lambda: degraded(admin, base) == [], "the normalizer has found the scraper again")


def test_what_is_harvested_while_the_normalizer_is_down_is_found_by_its_sweep(
    suite: Suite, admin: httpx.Client
) -> None:
    scraper, normalizer = suite.addresses.scraper, suite.addresses.normalizer
    spider = admin.get(f"{scraper}/v1/spiders/moulin-fichier")
    draft = {name: value for name, value in spider.json().items() if name != "version"}
    # Another identity makes other keys, so every record is new to whoever reads the feed.
    draft["identity"] = {"kind": "content"}
    with down(suite, "normalizer"):
        changed = admin.put(
            f"{scraper}/v1/spiders/moulin-fichier", json=draft, headers={"if-match": spider.headers["etag"]}
        )
        assert changed.status_code == httpx.codes.OK, changed.text
        run = admin.post(f"{scraper}/v1/spiders/moulin-fichier/runs").json()
        eventually(
            lambda: admin.get(f"{scraper}/v1/runs/{run['id']}").json()["state"] == "done", "the crawl is done alone"
        )

    def newer_run() -> bool:
        runs = admin.get(f"{normalizer}/v1/corpora/cis/runs").json()["items"]
        return any(item["state"] == "done" and item["finished_at"] > run["queued_at"] for item in runs)

    eventually(newer_run, "the normalizer has read by itself what it was not told")
    assert total(suite) == TITLES
