"""The real files, published by each form of the suite, give one and the same public corpus.

The measure is the form of four processes on embedded engines; the others are the running suites of this folder.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.flow.public_dump import dump_corpus
from tests.flow.suite import Form, Suite, started_suite
from tests.realdata.published_files import publish_ffe, publish_mednum

pytestmark = [pytest.mark.realdata, pytest.mark.timeout(300)]
CORPORA = {"cis": 150, "mednum": 490}
"""At least so many projects: two empty corpora would be equal too."""
QUESTIONS = (
    "",
    "energie",
    "l'accès aux droits",
    "bibliothèque",
    "vélos",
    '"mission locale"',
    "mediatheque",
    "saint",
)
Dumps = dict[str, dict[str, Any]]


def published(suite: Suite, files: str) -> Dumps:
    """What the public API says of both corpora. What was published before is left as it is."""
    publish_ffe(suite, files)
    publish_mednum(suite, files)
    return {corpus: dump_corpus(suite.addresses.api, corpus, queries=QUESTIONS) for corpus in CORPORA}


@pytest.fixture(scope="module")
def measure(files: str, tmp_path_factory: pytest.TempPathFactory) -> Dumps:
    folder: Path = tmp_path_factory.mktemp("embedded")
    with started_suite(Form.EMBEDDED, folder, [files.removeprefix("http://")]) as suite:
        return published(suite, files)


def test_the_measure_is_not_empty(measure: Dumps) -> None:
    assert {name for name, fewest in CORPORA.items() if len(measure[name]["listed"]) < fewest} == set()
    totals = {
        question: sum(dump["questions"][question]["total"] for dump in measure.values()) for question in QUESTIONS
    }
    assert [question for question, total in totals.items() if not total] == []
    assert all(dump["map"]["features"] and dump["facets"]["facets"] for dump in measure.values())


def test_every_form_publishes_the_same(suite: Suite, measure: Dumps, files: str) -> None:
    found = published(suite, files)
    for corpus, dump in measure.items():
        assert found[corpus].keys() == dump.keys()
        for part, said in dump.items():
            assert found[corpus][part] == said, f"{corpus}: {part}"
