"""The eight real spiders of OpenScraper, against a table made by hand from their documents."""

import json
from typing import Any

import pytest

from moisson_scraper.openscraper.convert_spider import Conversion
from moisson_scraper.openscraper.data_model import read_data_model
from moisson_scraper.openscraper.findings import Findings
from moisson_scraper.openscraper.import_spiders import convert_all
from moisson_scraper.reading.compile_source import compile_source
from moisson_shared.contracts.sources import HtmlSource
from tests.realdata.ffe_file import real_data

pytestmark = pytest.mark.realdata
LISTING = {
    "-DEBUG- test quote": {"tags", "auteur", "résumé du projet"},
    "-DEBUG- test quote on one page only": {"tags", "auteur", "résumé du projet"},
    "Avise": {
        *("tags (list)", "fiche contact (list)", "titre du projet (list)", "logo (list)", "adresse du projet (list)"),
        *("résumé du projet (list)", "website (list)", "image du projet (list)", "données économiques (list)"),
    },
    "Apriles": {
        *("titre du projet", "résumé du projet (list)", "image du projet (list)", "données économiques (list)"),
    },
    "RTES": {
        *("titre du projet", "tags (list)", "auteur (list)", "résumé du projet (list)", "website (list)"),
        "image du projet (list)",
    },
    "Solidarum": {"titre du projet", "date du projet (list)", "résumé du projet (list)", "image du projet (list)"},
}
BEHIND = {
    "Avise": 11,
    "Apriles": 9,
    "RTES": 6,
    "Solidarum": 4,
}
"""How many fields are taken in the page behind an item; the others have none."""
FAULTS = {
    "ATLAAS": ["/spiders/5/scraper_config/item_xpath"],
    "-DEBUG- empty spider config": [
        "/spiders/7/scraper_config/start_urls",
        "/spiders/7/xpaths",
        "/spiders/7/scraper_config/item_xpath",
    ],
}
LINKS = {"website", "logo", "image du projet"}
MANY = {"tags", "partenaires du projet"}


@pytest.fixture(scope="module")
def export() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((real_data() / "openscraper/spiders.json").read_text(encoding="utf-8"))
    return read


@pytest.fixture(scope="module")
def made(export: dict[str, Any]) -> dict[str, Conversion]:
    findings = Findings()
    model = read_data_model(export["datamodel"], ("datamodel",), findings)
    assert len(model.fields) == 16
    assert findings.faults == []
    levels = {note.pointer: note.code for note in findings.notes}
    assert set(levels.values()) == {"field-level"}
    assert len(levels) == 8
    return {one.name: one for one in convert_all(export["spiders"], model, "essor")}


def test_six_become_spiders_and_two_say_what_is_missing(made: dict[str, Conversion]) -> None:
    assert len(made) == 8
    assert {name for name, one in made.items() if one.draft is not None} == set(LISTING)
    assert {name: [fault.pointer for fault in one.faults] for name, one in made.items() if one.faults} == FAULTS


def test_each_field_is_taken_where_it_was_meant(made: dict[str, Conversion]) -> None:
    for name, fields in LISTING.items():
        draft = made[name].draft
        assert draft is not None
        assert isinstance(draft.source, HtmlSource)
        assert set(draft.source.fields) == fields, name
        behind = draft.source.detail.fields if draft.source.detail is not None else {}
        assert len(behind) == BEHIND.get(name, 0), name
        assert draft.identity.kind == ("url" if behind else "content")
        for field, how in (*draft.source.fields.items(), *behind.items()):
            plain = field.removesuffix(" (list)")
            assert (getattr(how, "take", None) == "link") == (plain in LINKS), (name, field)
            assert getattr(how, "many", None) or plain not in MANY, (name, field)


def test_each_of_them_can_be_run(made: dict[str, Conversion]) -> None:
    for name in LISTING:
        draft = made[name].draft
        assert draft is not None
        assert compile_source(draft.source).first_pages()


def test_what_is_not_as_it_was_is_noted(made: dict[str, Conversion]) -> None:
    noted = {name: {note.code for note in one.notes} for name, one in made.items()}
    assert "from-one-element" in noted["RTES"]
    assert "base-address" in noted["Apriles"]
    assert "limit-pages" in noted["Solidarum"]
    assert "identity" in noted["-DEBUG- test quote"]
    assert all("unknown-key" not in codes for codes in noted.values())
    assert made["-DEBUG- test quote on one page only"].draft is not None
    assert made["-DEBUG- test quote on one page only"].draft.limits.pages == 1
