"""The three ways to run the suite publish the same corpus from the same sites, at every level of access."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from moisson_standalone.demo.accounts import ACCOUNTS
from moisson_standalone.demo.sample_partners import SAMPLE_PARTNERS
from tests.flow.harvesting import access_token, harvest_samples
from tests.flow.loopback_sites import sample_sites
from tests.flow.public_dump import dump_corpus
from tests.flow.suite import Form, started_suite

STEWARD, PARTNER = ACCOUNTS[0], ACCOUNTS[1]
Dumps = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def sites() -> Iterator[dict[str, str]]:
    with sample_sites() as addresses:
        yield addresses


def published(form: Form, folder: Path, sites: dict[str, str]) -> Dumps:
    """What anonymous, partner and steward see of the corpus that this form publishes."""
    hosts = [address.removeprefix("http://") for address in sites.values()]
    with started_suite(form, folder, hosts) as suite:
        harvest_samples(suite, sites)
        api = suite.addresses.api
        return {
            "anonymous": dump_corpus(api, "cis"),
            "partner": dump_corpus(api, "cis", access_token(suite, PARTNER)),
            "steward": dump_corpus(api, "cis", access_token(suite, STEWARD)),
        }


@pytest.fixture(scope="module")
def embedded(sites: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Dumps:
    return published(Form.EMBEDDED, tmp_path_factory.mktemp("embedded"), sites)


def test_every_expected_project_is_published(embedded: Dumps) -> None:
    titles = [project["title"] for project in embedded["anonymous"]["listed"]]
    assert sorted(titles) == sorted(title for partner in SAMPLE_PARTNERS for title in partner.titles())


def test_what_is_not_open_is_seen_from_its_level_on(embedded: Dumps) -> None:
    def fields(who: str) -> set[str]:
        return {name for project in embedded[who]["projects"].values() for name in project["fields"]}

    assert {"email", "phone", "internal_id"} & fields("anonymous") == set()
    assert {"email", "phone", "internal_id"} & fields("partner") == {"email", "phone"}
    assert {"email", "phone", "internal_id"} <= fields("steward")


def test_questions_have_answers(embedded: Dumps) -> None:
    questions = embedded["anonymous"]["questions"]
    assert {query: answer["total"] for query, answer in questions.items() if not answer["total"]} == {}
    assert embedded["anonymous"]["boxes"]["0,0,1,1"]["total"] == 0


def test_one_process_publishes_what_four_do(embedded: Dumps, sites: dict[str, str], tmp_path: Path) -> None:
    assert published(Form.ONE_PROCESS, tmp_path, sites) == embedded


@pytest.mark.servers
def test_servers_publish_what_embedded_engines_do(embedded: Dumps, sites: dict[str, str], tmp_path: Path) -> None:
    assert published(Form.SERVERS, tmp_path, sites) == embedded
