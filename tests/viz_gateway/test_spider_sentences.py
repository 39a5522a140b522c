"""What a spider expects, when it comes back and what it archives, in words."""

import pytest

from moisson_shared.contracts.expectations import Expectations, ExpectedField, Shape
from moisson_shared.contracts.schedule import AdaptiveSchedule, CronSchedule
from moisson_shared.contracts.sources import FileSource
from moisson_viz_gateway.studio.expectation_words import expectation_sentences
from moisson_viz_gateway.studio.schedule_words import schedule_sentence
from moisson_viz_gateway.studio.spider_templates import template
from moisson_viz_gateway.studio.spider_words import spider_sentences, start_addresses
from moisson_viz_gateway.wording.catalogue import load_wordings

WORDINGS = load_wordings()
FRENCH, ENGLISH = WORDINGS["fr"], WORDINGS["en"]


@pytest.mark.parametrize(
    ("expression", "french", "english"),
    [
        ("0 3 * * 1", "chaque lundi à 3 h 00", "every Monday at 3:00"),
        ("30 14 * * sun", "chaque dimanche à 14 h 30", "every Sunday at 14:30"),
        ("0 3 * * 7", "chaque dimanche à 3 h 00", "every Sunday at 3:00"),
        ("5 0 * * *", "chaque jour à 0 h 05", "every day at 0:05"),
        ("0 6 * * 1-5", "du lundi au vendredi à 6 h 00", "from Monday to Friday at 6:00"),
        ("0 6 15 * *", "le 15 de chaque mois à 6 h 00", "on day 15 of each month at 6:00"),
        ("*/5 * * * *", "aux moments de l’expression cron */5 * * * *", "moments of the cron expression */5 * * * *"),
        ("0 6 15 * 1", "aux moments de l’expression cron 0 6 15 * 1", "the cron expression 0 6 15 * 1"),
        ("0 6 1 1 *", "aux moments de l’expression cron 0 6 1 1 *", "the cron expression 0 6 1 1 *"),
    ],
)
def test_when_a_spider_comes_back(expression: str, french: str, english: str) -> None:
    schedule = CronSchedule(expression=expression)
    said = schedule_sentence(schedule, FRENCH)
    assert french in said
    assert "(heure de Europe/Paris), à 5\u00a0min 00\u00a0s près." in said
    assert english in schedule_sentence(schedule, ENGLISH)


def test_without_chance_the_moment_is_meant_exactly() -> None:
    said = schedule_sentence(CronSchedule(expression="0 3 * * *", jitter_seconds=0), FRENCH)
    assert said == "Revient d’elle-même chaque jour à 3 h 00 (heure de Europe/Paris)."


def test_an_adaptive_schedule_is_said_in_days_where_it_is_days() -> None:
    assert "entre 12\u00a0h 00\u00a0min et 30 jours" in schedule_sentence(AdaptiveSchedule(), FRENCH)


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        (Expectations(learn=False), []),
        (
            Expectations(least_records=20, most_records=90, learn=False),
            ["Attend entre 20 et 90 fiches ; sinon, la récolte est mise de côté."],
        ),
        (
            Expectations(least_records=1, learn=False),
            ["Attend au moins 1 fiche ; sinon, la récolte est mise de côté."],
        ),
        (
            Expectations(most_records=90, learn=False),
            ["Attend au plus 90 fiches ; sinon, la récolte est mise de côté."],
        ),
        (
            Expectations(fields={"n": ExpectedField(fill=0.9), "m": ExpectedField()}, learn=False),
            ["Attend que ces champs soient remplis : «\u202fn\u202f» (au moins 90\u202f%)."],
        ),
        (
            Expectations(fields={"début": ExpectedField(shape=Shape.DATE, pattern="^20")}, learn=False),
            [
                "Attend que «\u202fdébut\u202f» donne une date, dans au moins 95\u202f% des valeurs.",
                "Attend que «\u202fdébut\u202f» corresponde à ^20, dans au moins 95\u202f% des valeurs.",
            ],
        ),
        (
            Expectations(tolerance=0.3),
            ["Compare chaque récolte aux dernières bonnes, et met de côté celle qui tombe de plus de 30\u202f%."],
        ),
    ],
)
def test_what_a_healthy_run_is(expected: Expectations, said: list[str]) -> None:
    assert expectation_sentences(expected, FRENCH) == said


def test_every_shape_has_its_words_in_both_languages() -> None:
    for shape in Shape:
        assert all(words.has(f"spider.shape.{shape}") for words in WORDINGS.values())


def test_only_what_is_set_is_told() -> None:
    plain = template("html", "ronce")
    kept = plain.model_copy(update={"archive": True, "schedule": AdaptiveSchedule()})
    assert not any("WARC" in one or "Revient" in one for one in spider_sentences(plain, FRENCH))
    assert ["WARC" in spider_sentences(kept, FRENCH)[-2], "Revient" in spider_sentences(kept, FRENCH)[-1]] == [True] * 2


@pytest.mark.parametrize("kind", ["html", "json", "sitemap", "feed", "file"])
def test_every_kind_of_source_has_its_start(kind: str) -> None:
    assert start_addresses(template(kind, "ronce"))[0].startswith("https://")


def test_an_uploaded_file_has_no_address() -> None:
    uploaded = template("file", "ronce").model_copy(update={"source": FileSource(format="csv")})
    assert start_addresses(uploaded) == ()
