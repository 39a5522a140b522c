"""A taxonomy that does not hang together is refused when it is loaded, with the place."""

from typing import Any

import pytest
from pydantic import ValidationError

from moisson_shared.contracts.taxonomy import ConceptRef, Taxonomy


def a_concept(code: str, level: str = "themes", broader: tuple[tuple[str, str], ...] = ()) -> dict[str, Any]:
    return {
        "level": level,
        "code": code,
        "labels": {"fr": code.title()},
        "broader": [{"level": above, "code": name} for above, name in broader],
    }


def a_taxonomy(*concepts: dict[str, Any]) -> Taxonomy:
    levels = [{"id": name, "labels": {"fr": name}} for name in ("themes", "sub-themes")]
    return Taxonomy.model_validate({"id": "t", "labels": {"fr": "T"}, "levels": levels, "concepts": concepts})


def test_one_code_on_two_levels_is_two_concepts() -> None:
    taxonomy = a_taxonomy(a_concept("ART"), a_concept("ART", "sub-themes", (("themes", "ART"),)))
    assert taxonomy.of_level("themes")["ART"].broader == ()
    assert taxonomy.of_level("sub-themes")["ART"].broader == (ConceptRef(level="themes", code="ART"),)


def test_a_concept_may_have_two_broader_ones() -> None:
    diamond = a_taxonomy(
        a_concept("A"),
        a_concept("B", broader=(("themes", "A"),)),
        a_concept("C", broader=(("themes", "A"),)),
        a_concept("D", broader=(("themes", "B"), ("themes", "C"))),
    )
    assert len(diamond.concepts) == 4


@pytest.mark.parametrize(
    ("concepts", "message"),
    [
        ([a_concept("A"), a_concept("A")], "'A' is there twice on 'themes'"),
        ([a_concept("A", "elsewhere")], "no level 'elsewhere'"),
        ([a_concept("A", broader=(("themes", "Z"),))], "no concept 'Z'"),
        ([a_concept("A", broader=(("themes", "A"),))], "in a circle: A > A"),
        (
            [a_concept("A", broader=(("themes", "B"),)), a_concept("B", broader=(("themes", "A"),))],
            "in a circle: A > B > A",
        ),
        (
            [
                a_concept("A"),
                a_concept("B", broader=(("themes", "A"), ("themes", "D"))),
                a_concept("C", broader=(("themes", "B"),)),
                a_concept("D", broader=(("themes", "C"),)),
            ],
            "in a circle: B > D > C > B",
        ),
        ([{**a_concept("A"), "labels": {"fr": " "}}], "a text for each language"),
        ([{**a_concept("A"), "labels": {}}], "at least one language"),
        ([{**a_concept("A"), "labels": {"french": "A"}}], "labels"),
    ],
)
def test_refusals(concepts: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(ValidationError, match=message.replace("(", r"\(")):
        a_taxonomy(*concepts)


def test_a_chain_of_ten_thousand_concepts_needs_no_recursion() -> None:
    chain = [a_concept("0")] + [a_concept(str(n), broader=(("themes", str(n - 1)),)) for n in range(1, 10_000)]
    assert len(a_taxonomy(*chain).concepts) == 10_000
