"""The small neighbours that the gateway's tests are served by answer in the shapes of the real services.

Each question is put to both; status, kind of content and the names of what is in the answer must be the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from moisson_shared.web.serving import BackgroundServer
from moisson_standalone.demo.accounts import ACCOUNTS
from tests.flow.harvesting import harvest_samples
from tests.flow.loopback_sites import sample_sites
from tests.flow.suite import Form, Suite, started_suite
from tests.flow.watching import sign_in
from tests.viz_gateway.fake_api import FakeApi
from tests.viz_gateway.fake_normalizer import FakeNormalizer
from tests.viz_gateway.fake_scraper import FakeScraper

STEWARD, PARTNER = ACCOUNTS[0], ACCOUNTS[1]
NAMES = {
    "other": ("archipel-api", "tissage-api"),
    "spider": ("tilleul-annuaire", "ronce-annuaire"),
    "recipe": ("tilleul", "ronce-annuaire"),
    "crawl": ("", "r1"),
    "normalisation": ("", "n1"),
    "project": ("", "p004"),
}
"""What stands for the same thing in the real installation and in the small neighbours; filled in where it is made."""


@dataclass(frozen=True)
class Question:
    """One call, with `{names}` for what is called differently on the two sides."""

    service: str
    method: str
    path: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    partner: bool = False

    def __str__(self) -> str:
        return f"{self.service} {self.method} {self.path}".replace("/", " ")


QUESTIONS = (
    Question("api", "GET", "/v1/corpora/cis"),
    Question("api", "GET", "/v1/corpora/nowhere"),
    Question(
        "api",
        "GET",
        "/v1/corpora/cis/projects?size=2&facets=themes,partner&facet_size=3&lang=fr&q=maison&highlight=true",
    ),
    Question("api", "GET", "/v1/corpora/cis/projects?size=2&cursor=made-up"),
    Question("api", "GET", "/v1/corpora/cis/projects/{project}"),
    Question("api", "GET", "/v1/corpora/cis/projects/nothing"),
    Question("api", "GET", "/v1/corpora/cis/map"),
    Question("api", "POST", "/v1/login", {"email": "nobody@moisson.example", "password": "wrong"}),
    Question("api", "POST", "/v1/refresh", {"refresh_token": "made up"}),
    Question("scraper", "GET", "/v1/partners"),
    Question("scraper", "GET", "/v1/spiders"),
    Question("scraper", "GET", "/v1/spiders/{spider}", partner=True),
    Question("scraper", "GET", "/v1/spiders/{other}", partner=True),
    Question("scraper", "GET", "/v1/spiders", partner=True),
    Question("scraper", "GET", "/v1/spiders/nothing"),
    Question("scraper", "GET", "/v1/spiders/{spider}/runs"),
    Question("scraper", "GET", "/v1/spiders/{spider}/schedule"),
    Question("scraper", "GET", "/v1/spiders/nothing/schedule"),
    Question("scraper", "GET", "/v1/runs/{crawl}"),
    Question("scraper", "GET", "/v1/runs/nothing"),
    Question("scraper", "GET", "/v1/spiders/{spider}/versions/1"),
    Question("scraper", "GET", "/v1/runs/{crawl}/report"),
    Question("scraper", "GET", "/v1/runs/nothing/report"),
    Question("scraper", "GET", "/v1/runs/nothing/items"),
    Question("scraper", "GET", "/v1/runs/{crawl}/items?part=9", partner=True),
    Question("scraper", "POST", "/v1/runs/{crawl}/resume", partner=True),
    Question("scraper", "POST", "/v1/runs/{crawl}/accept", partner=True),
    Question("scraper", "POST", "/v1/runs/nothing/pause", partner=True),
    Question("scraper", "POST", "/v1/spiders", {"id": 1}, partner=True),
    Question("scraper", "PUT", "/v1/spiders/{spider}", {}, {"if-match": '"99"'}, partner=True),
    Question("normalizer", "GET", "/v1/corpora"),
    Question("normalizer", "GET", "/v1/corpora/cis"),
    Question("normalizer", "GET", "/v1/corpora/nowhere"),
    Question("normalizer", "GET", "/v1/corpora/cis/versions"),
    Question("normalizer", "GET", "/v1/corpora/cis/runs"),
    Question("normalizer", "GET", "/v1/runs/{normalisation}"),
    Question("normalizer", "GET", "/v1/runs/{normalisation}/rejects?limit=2"),
    Question("normalizer", "GET", "/v1/runs/{normalisation}/reject-totals"),
    Question("normalizer", "GET", "/v1/recipes"),
    Question("normalizer", "GET", "/v1/recipes/{recipe}"),
    Question("normalizer", "GET", "/v1/recipes/nothing"),
    Question("normalizer", "PUT", "/v1/recipes/{recipe}", {}, {"if-match": '"99"'}),
)


@dataclass
class Side:
    """One of the two: addresses of the services, callers, and what things are called here."""

    addresses: dict[str, str]
    steward: httpx.Client
    partner: httpx.Client
    names: dict[str, str]

    def answer(self, question: Question) -> httpx.Response:
        caller = self.partner if question.partner else self.steward
        path = question.path.format(**self.names)
        address = self.addresses[question.service] + path
        return caller.request(question.method, address, json=question.body, headers=question.headers)


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    with sample_sites() as sites:
        hosts = [address.removeprefix("http://") for address in sites.values()]
        with started_suite(Form.EMBEDDED, tmp_path_factory.mktemp("neighbours"), hosts) as running:
            harvest_samples(running, sites)
            yield running


@pytest.fixture(scope="module")
def real(suite: Suite) -> Iterator[Side]:
    a = suite.addresses
    with sign_in(a.api, STEWARD) as steward, sign_in(a.api, PARTNER) as partner:
        crawl = steward.get(f"{a.scraper}/v1/spiders/tilleul-annuaire/runs").json()["items"][0]["id"]
        run = steward.get(f"{a.normalizer}/v1/corpora/cis/runs").json()["items"][-1]["id"]
        project = steward.get(f"{a.api}/v1/corpora/cis/projects").json()["projects"][0]["id"]
        names = {name: of_ours for name, (of_ours, _) in NAMES.items()}
        names |= {"crawl": crawl, "normalisation": run, "project": project}
        yield Side({"api": a.api, "scraper": a.scraper, "normalizer": a.normalizer}, steward, partner, names)


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
async def test_a_small_neighbour_answers_like_the_real_service(real: Side, question: Question) -> None:
    reads = ("ronce",) if question.partner else None
    small: dict[str, FakeApi | FakeScraper | FakeNormalizer] = {
        "api": FakeApi(),
        "scraper": FakeScraper(reads=reads),
        "normalizer": FakeNormalizer(),
    }
    app = small[question.service].app()
    wanted = real.answer(question)
    async with BackgroundServer(app) as server, httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
        path = question.path.format(**{name: of_theirs for name, (_, of_theirs) in NAMES.items()})
        found = await http.request(question.method, path, json=question.body, headers=question.headers)
    assert (found.status_code, kind(found)) == (wanted.status_code, kind(wanted)), wanted.text
    assert ("etag" in found.headers) <= ("etag" in wanted.headers)
    body, truth = found.json(), wanted.json()
    if wanted.is_success:
        assert missing(body, truth) == []
    else:
        assert body["type"] == truth["type"]
        assert ("faults" in body) == ("faults" in truth)


def kind(answer: httpx.Response) -> str:
    return answer.headers["content-type"].partition(";")[0]


OPEN = {
    "labels",
    "fields",
    "values",
    "names",
    "identity",
    "field_levels",
    "facets",
    "highlights",
    "unused_fields",
    "steps",
    "source",
    "levels",
}
"""Below these, names are data."""


def missing(small: Any, real: Any, where: str = "") -> list[str]:
    """Names in a small answer that the real one does not have, or the other way round, in the first of each list."""
    if isinstance(small, dict) and isinstance(real, dict):
        odd = [f"{where}/{name}: only in the small one" for name in small.keys() - real.keys()]
        odd += [f"{where}/{name}: only in the real one" for name in real.keys() - small.keys()]
        both = sorted((small.keys() & real.keys()) - OPEN)
        return odd + [one for name in both for one in missing(small[name], real[name], f"{where}/{name}")]
    if isinstance(small, list) and isinstance(real, list) and small and real:
        return missing(small[0], real[0], f"{where}/0")
    plain = (bool, str, int, float, type(None), list, dict)
    return [] if isinstance(small, plain) and isinstance(real, plain) else [where]
