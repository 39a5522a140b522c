"""Every code that a service can give has its sentence in both languages, and what is not known is shown as it came."""

import string
from typing import get_args

import pytest

from moisson_shared.contracts.normalisation import Check
from moisson_shared.contracts.normalisation import RunOutcome as NormalisationOutcome
from moisson_shared.contracts.run import RunState
from moisson_viz_gateway.wording.catalogue import load_wordings
from moisson_viz_gateway.wording.coded_sentences import CodeKind, Said, say, say_check
from tests.viz_gateway.codes_in_source import codes_in_source

WORDINGS = load_wordings()
FRENCH, ENGLISH = WORDINGS["fr"], WORDINGS["en"]
CODES = "services/viz-gateway/src/moisson_viz_gateway/wording/codes.json"


def test_every_code_of_the_services_has_a_sentence_in_both_languages() -> None:
    found = codes_in_source()
    assert {"robots", "http-*", "timeout", "not-a-date", "recipe-broken", "no-items", "too-few-records"} <= {
        one.code for one in found
    }
    missing = sorted(one for one in found if not FRENCH.has(f"{one.kind}.{one.code}"))
    lines = [f'  under "{one.kind}": "{one.code}": {{"fr": "…", "en": "…"}},    ({one.place})' for one in missing]
    assert not missing, f"Readers of French pages would be told this in English. Add to {CODES}:\n" + "\n".join(lines)


def test_checks_states_and_outcomes_have_their_words() -> None:
    names = get_args(Check.model_fields["name"].annotation)
    keys = [f"check.{name}" for name in names] + [f"checked.{name}" for name in names if name != "sealed"]
    keys += [f"state.{state}" for state in RunState] + [f"outcome.{outcome}" for outcome in NormalisationOutcome]
    assert [key for key in keys if not FRENCH.has(key)] == []


def test_sentences_are_sentences_and_name_nothing_that_is_not_given() -> None:
    kinds = get_args(CodeKind)
    coded = {key: text for key, text in FRENCH.texts.items() if key.partition(".")[0] in kinds}
    assert len(coded) > 80
    for key, text in coded.items():
        fields = [name for _, name, _, _ in string.Formatter().parse(text) if name]
        assert fields == (["rest"] if key.endswith("-*") else []), key
        assert not text[0].islower(), key
        assert text.endswith((".", "{rest}")), key


def test_sentences_of_broken_expectations_name_their_figures() -> None:
    for words in (FRENCH, ENGLISH):
        told = {key: text for key, text in words.texts.items() if key.startswith("broken.") and key != "broken.title"}
        for key, text in told.items():
            fields = {name for _, name, _, _ in string.Formatter().parse(text) if name}
            assert {"found"} <= fields <= {"field", "found", "expected"}, key
            assert ("field" in fields) == (key.partition(".")[2].startswith(("field-", "values-"))), key


@pytest.mark.parametrize(
    ("kind", "code", "message", "sentence", "own"),
    [
        ("reason", "robots", "robots.txt asks us not to fetch these pages.", "Le fichier robots.txt demande", False),
        ("reason", "http-404", "The site answered 404.", "Le site a répondu par le code 404.", False),
        ("reason", "detail-timeout", "Items …", "reste. Le site n’a pas répondu entièrement", True),
        ("reason", "detail-http-410", "Items …", "Le site a répondu par le code 410.", True),
        ("failure", "cancelled", "The run was cancelled before it began.", "La récolte a été arrêtée.", True),
        ("reason", "limit-pages", "The limit of 2,000 pages was met.", "La limite de pages", True),
        ("reject", "not-a-phone", "not a telephone number", "Ce n’est pas un numéro de téléphone.", False),
    ],
)
def test_codes_become_french(kind: CodeKind, code: str, message: str, sentence: str, own: bool) -> None:
    said = say(ENGLISH, FRENCH, kind, code, message)
    assert sentence in said.sentence
    assert (said.own, said.foreign) == (message if own else None, False)


def test_the_services_own_words_stand_beside_only_where_they_say_more() -> None:
    assert say(ENGLISH, ENGLISH, "reject", "not-a-phone", "not a telephone number") == Said("Not a telephone number.")
    more = say(ENGLISH, ENGLISH, "reject", "not-a-date", "not a date in any of the formats: %d/%m/%Y")
    assert more == Said("Not a date as it should be written.", "not a date in any of the formats: %d/%m/%Y")


@pytest.mark.parametrize("code", ["moon-phase", "detail-moon-phase", "not-a-moon"])
def test_a_code_of_a_newer_service_is_shown_in_its_own_words(code: str) -> None:
    assert say(ENGLISH, FRENCH, "reason", code, "The moon was full.") == Said("The moon was full.", foreign=True)


def test_checks_keep_their_figures_and_names() -> None:
    figures = {"gone": 2, "live": 40, "share": 0.05, "most": 0.3}
    lost = Check(name="largest-loss", passed=True, message="2 of 40 …", figures=figures)
    said = say_check(FRENCH, lost).sentence
    assert said == "2 projets disparaîtraient, sur 40 en ligne (5\u202f%) ; au plus 30\u202f%"
    waiting = Check(
        name="sources", passed=False, message="…", warning=True, figures={"sources": 3, "missing": 1}, names=("moulin",)
    )
    assert say_check(FRENCH, waiting).sentence.startswith("Sans récolte complète ou sans fiches : moulin (1 sur 3).")
    assert say_check(FRENCH, Check(name="sealed", passed=True, message="the version is complete")) == Said("")
    assert say_check(FRENCH, Check(name="sealed", passed=False, message="no")) == Said("no", foreign=True)
