"""Every kind of step has a sentence in both languages, and names what it touches."""

from typing import Any, get_args

import pytest

from moisson_shared.contracts import recipe as steps
from moisson_shared.contracts.selecting import HtmlField
from moisson_shared.contracts.sources import FeedSource, FileSource, SitemapSource, Source
from moisson_shared.contracts.spider import SpiderDraft
from moisson_viz_gateway.studio.recipe_words import step_sentence
from moisson_viz_gateway.studio.spider_templates import KINDS, template
from moisson_viz_gateway.studio.spider_words import spider_sentences
from moisson_viz_gateway.wording.catalogue import load_wordings

WORDINGS = load_wordings()
EXAMPLES: list[steps.Step] = [
    steps.Rename(columns={"Nom": "title"}),
    steps.Constant(to="country", value="FR"),
    steps.Split(column="Tags", separator=";"),
    steps.Join(columns=("a", "b"), to="c"),
    steps.Coalesce(columns=("a", "b"), to="c"),
    steps.Collect(columns=("a", "b"), to="c"),
    steps.NullTokens(tokens=("NR",)),
    steps.Trim(columns=("a",)),
    steps.HtmlToText(columns=("a",)),
    steps.ParseDate(column="a"),
    steps.ParseNumber(column="a"),
    steps.ParseNumber(column="a", integer=True),
    steps.Pad(column="cp", width=5),
    steps.ParseUrl(column="a"),
    steps.ParseEmail(column="a"),
    steps.ParsePhone(column="a"),
    steps.Coordinates(x="lon", y="lat"),
    steps.Lookup(columns=("a",), to="themes"),
    steps.Terms(to="a", rules=(steps.TermTarget(target="x"),)),
]


def test_every_kind_of_step_is_among_the_examples() -> None:
    kinds = set(get_args(get_args(steps.Step)[0]))
    assert {type(example) for example in EXAMPLES} == kinds


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("step", EXAMPLES, ids=lambda step: step.step)
def test_a_step_in_words(step: steps.Step, language: str) -> None:
    words = WORDINGS[language]
    sentence = step_sentence(step, words)
    assert sentence.endswith(".")
    assert sentence != words("step.other", name=step.step)


def test_a_sentence_names_columns_and_separators() -> None:
    sentence = step_sentence(steps.Split(column="Thèmes", separator=" ", to="mots"), WORDINGS["fr"])
    assert sentence == "Coupe «\u202fThèmes\u202f» à chaque «\u202f(espace)\u202f», dans «\u202fmots\u202f»."


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_spider_in_words(kind: str, language: str) -> None:
    sentences = spider_sentences(template(kind, "ronce"), WORDINGS[language])
    assert len(sentences) >= 4
    assert ("example.org" in sentences[0]) == (kind != "upload"), "a file that is uploaded has no address"


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (FileSource(), "spider.file.uploaded"),
        (FileSource(header_row=3), "spider.file.rows"),
        (FileSource(format="xml", records="//projet"), "spider.json.items"),
        (FileSource(format="ndjson", fields={"a": "$.a"}), "spider.file.records"),
        (
            SitemapSource(
                start_urls=("https://s.example/s.xml",),
                exclude=("/x",),
                keep={"maj": "lastmod"},
                fields={"t": HtmlField(expression="h1")},
            ),
            "spider.sitemap.exclude",
        ),
        (FeedSource(start_urls=("https://s.example/f", "https://s.example/g")), "spider.feed.pages"),
    ],
)
def test_what_a_source_says_of_itself(source: Source, expected: str, language: str) -> None:
    spider = template("file", "ronce").model_copy(update={"source": source})
    words = WORDINGS[language]
    beginning = words.texts[expected].partition("{")[0]
    assert any(sentence.startswith(beginning) for sentence in spider_sentences(spider, words))


ADDRESS = "https://www.example.org/projets"
A = {"expression": "a"}
HTML: dict[str, Any] = {"kind": "html", "start_urls": [ADDRESS], "item": A, "fields": {"nom": A}}
JSON: dict[str, Any] = {"kind": "json", "url": ADDRESS}
BEHIND = {"link": A, "detail": {"kind": "json", "link": A, "fields": {"taille": "$.n", "date": "$.d"}}}


@pytest.mark.parametrize(
    ("source", "french", "english"),
    [
        (
            HTML | {"paging": {"kind": "page_list", "selector": A}},
            ["Lit toutes les pages que nomme la liste des pages."],
            ["Reads every page that the list of pages names."],
        ),
        (
            HTML | {"paging": {"kind": "load_more", "selector": A}},
            ["Demande ce que montrerait le bouton « voir plus », jusqu’à ce que plus rien ne vienne."],
            ["Asks for what the button “load more” would show, until nothing more comes."],
        ),
        (
            HTML | {"detail": BEHIND},
            [
                "Ouvre la page de chaque projet.",
                "De là, demande les données qui sont derrière.",
                "Relève 2 champs : «\u202ftaille\u202f», «\u202fdate\u202f».",
            ],
            [
                "Opens each project’s own page.",
                "From there, asks for the data behind it.",
                "Takes 2 fields: “taille”, “date”.",
            ],
        ),
        (
            HTML | {"detail": {"kind": "json", "link": A}},
            [
                "Demande les données derrière le lien de chaque projet.",
                "Garde tous les champs de chaque projet, tels quels.",
            ],
            ["Asks for the data behind each project’s link.", "Keeps all fields of each project, as they are."],
        ),
        (
            JSON | {"detail": {"kind": "html", "value": "$.u", "fields": {"nom": A}}},
            ["Ouvre la page de chaque projet, et y relève un champ : «\u202fnom\u202f»."],
            ["Opens each project’s own page, and takes one field there: “nom”."],
        ),
        (
            JSON | {"method": "POST", "paging": {"kind": "link_header"}},
            [
                f"Interroge {ADDRESS}, avec un corps de requête (POST).",
                "Avance vers la page suivante que nomme l’en-tête Link de chaque réponse.",
            ],
            [
                f"Asks {ADDRESS}, with a body (POST).",
                "Goes on to the next page that each answer’s Link header names.",
            ],
        ),
        (
            JSON | {"paging": {"kind": "next_address", "path": "$.next"}},
            ["Avance vers l’adresse de la page suivante que donne chaque réponse."],
            ["Goes on to the address of the next page that each answer gives."],
        ),
    ],
)
def test_listings_and_details_in_words(source: dict[str, Any], french: list[str], english: list[str]) -> None:
    draft = {"id": "s", "partner": "p", "name": "S", "source": source, "identity": {"kind": "content"}}
    spider = SpiderDraft.model_validate(draft)
    for language, expected in (("fr", french), ("en", english)):
        sentences = spider_sentences(spider, WORDINGS[language])
        assert [sentence for sentence in sentences if sentence in expected] == expected, sentences
