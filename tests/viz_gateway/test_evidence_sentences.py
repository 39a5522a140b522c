"""What speaks for a proposal, in French and English: each sentence of the scraper, and one of another version."""

import re

import pytest

from moisson_scraper.suggesting.evidence import SENTENCES, evidence
from moisson_shared.contracts.spider_suggestion import Evidence
from moisson_viz_gateway.wording.catalogue import load_wordings
from moisson_viz_gateway.wording.evidence_sentences import evidence_sentences

WORDINGS = load_wordings()
FIGURES: dict[str, str | int | float] = {"similar": 0.5, "covered": 0.25, "linked": 1.0, "headed": 0.125, "count": 1200}


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("code", SENTENCES)
def test_each_sentence_of_the_scraper_is_said_with_its_figures(code: str, language: str) -> None:
    names = re.findall(r"\{(\w+)", SENTENCES[code])
    one = evidence(code, **{name: FIGURES.get(name, f"<{name}>") for name in names})
    (said,) = evidence_sentences([one], WORDINGS[language])
    assert not said.own
    assert all(f"<{name}>" in said.text for name in names if name not in FIGURES)


def test_shares_are_per_cent_and_numbers_are_written_as_the_language_has_them() -> None:
    (said,) = evidence_sentences([evidence("items-alike", **FIGURES)], WORDINGS["fr"])
    assert said.text.replace("\u202f", " ").startswith("1 200 éléments semblables à 50 %, qui portent 25 % du texte")


@pytest.mark.parametrize("figures", [{}, {"items": 3}])
@pytest.mark.parametrize("code", ["json-items", "never-heard-of"])
def test_what_is_not_known_is_said_in_the_scrapers_words(code: str, figures: dict[str, str | int | float]) -> None:
    one = Evidence(code=code, message="They are alike.", figures=figures)
    assert evidence_sentences([one], WORDINGS["fr"]) == [("They are alike.", True)]
