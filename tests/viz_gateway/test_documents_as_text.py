"""Documents that people edit: what is written is read back, and faults point at their lines."""

import json

import pytest
from pydantic import ValidationError

from moisson_shared.contracts.errors import Fault, Invalid
from moisson_shared.contracts.recipe import RecipeDraft
from moisson_shared.contracts.spider import SpiderDraft
from moisson_viz_gateway.portal.default_portal import default_portal
from moisson_viz_gateway.portal.portal_document import Portal, PortalColours, PortalMap
from moisson_viz_gateway.studio.document_text import placed, read_document, written
from moisson_viz_gateway.studio.spider_templates import KINDS, template
from tests.viz_gateway.sample_normalisation import RECIPE


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_is_a_spider_and_survives_being_written(kind: str) -> None:
    draft = template(kind, "ronce")
    assert SpiderDraft.model_validate(read_document(written(draft))) == draft


def test_a_recipe_survives_being_written() -> None:
    text = written(RECIPE, without=("version",))
    draft = RecipeDraft.model_validate(read_document(text))
    assert draft.steps == RECIPE.steps
    assert '"step": "null_tokens"' in text


def test_a_portal_survives_being_written() -> None:
    assert Portal.model_validate(read_document(written(default_portal()))) == default_portal()


TEXT = """{
  "id": "a",
  "steps": [
    {"step": "trim"},
    {
      "step": "lookup",
      "to": "nowhere",
      "a/b~c": [1, "x\\"]", {"y": null}]
    }
  ]
}"""


@pytest.mark.parametrize(
    ("pointer", "line"),
    [
        ("", 1),
        ("/id", 2),
        ("/steps", 3),
        ("/steps/0", 4),
        ("/steps/0/step", 4),
        ("/steps/1", 5),
        ("/steps/1/to", 7),
        ("/steps/1/a~1b~0c/2/y", 8),
        ("/steps/1/missing", 5),
        ("/steps/7/step", 3),
        ("/elsewhere/deep", 1),
    ],
)
def test_a_pointer_finds_its_line(pointer: str, line: int) -> None:
    assert [fault.line for fault in placed([Fault(pointer, "wrong")], TEXT)] == [line]


def test_faults_come_in_the_order_of_their_lines() -> None:
    faults = placed([Fault("/steps/1/to", "b"), Fault("/id", "a")], TEXT)
    assert [fault.message for fault in faults] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "line"), [('{\n  "a": 1,\n  oops\n}', 3), ("", 1), ("[1, 2]", 1), ("null", 1), ("[" * 100_000, 1)]
)
def test_what_is_no_document_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(Invalid) as refused:
        read_document(text)
    assert [fault.line for fault in placed(refused.value.faults, text)] == [line]


@pytest.mark.parametrize("text", ['{"a": [1, {"b": "c"', "{", '{"a"', "", "}", '{"a": }'])
def test_faults_find_some_line_in_broken_text(text: str) -> None:
    assert placed([Fault("/a/1/b", "wrong")], text)[0].line >= 1


@pytest.mark.parametrize("banner", ["#ffffff", "#171c3a", "#555555"])
def test_a_banner_that_cannot_be_read_is_refused(banner: str) -> None:
    ink = "#171c3a" if banner != "#ffffff" else "#fefefe"
    with pytest.raises(ValidationError, match="cannot be read"):
        PortalColours(banner=banner, banner_ink=ink)


@pytest.mark.parametrize(
    "address",
    [
        "https://tiles.example/{z}/{x}.png",
        "javascript:{z}{x}{y}",
        "https://tiles.example/{z}/{x}/{y}.png; script-src *",
        "https://a' 'unsafe-inline/{z}/{x}/{y}",
    ],
)
def test_a_tile_address_cannot_widen_the_policy(address: str) -> None:
    with pytest.raises(ValidationError):
        PortalMap(tile_address=address)


def test_a_tile_address_gives_its_origin() -> None:
    portal_map = PortalMap(tile_address="https://tiles.example:8443/{z}/{x}/{y}.png")
    assert portal_map.tile_origin == "https://tiles.example:8443"
    assert json.loads(PortalMap().landmarks_json) == []
