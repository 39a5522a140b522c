"""A filter's text and a stored value meet in one writing."""

import pytest

from moisson_shared.contracts.project import Scalar
from moisson_shared.contracts.schema import FieldType
from moisson_shared.querying.exact_values import asked_value, exact_value


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (True, "true"),
        (False, "false"),
        (3, "3"),
        (3.0, "3"),
        (-0.0, "0"),
        (2.5, "2.5"),
        (1e21, "1" + "0" * 21),
        ("é", "é"),
    ],
)
def test_writing(value: Scalar, written: str) -> None:
    assert exact_value(value) == written


@pytest.mark.parametrize(
    ("text", "kind", "written"),
    [
        ("3", FieldType.INTEGER, "3"),
        ("3.0", FieldType.NUMBER, "3"),
        ("+3", FieldType.NUMBER, "3"),
        ("1e2", FieldType.NUMBER, "100"),
        ("nan", FieldType.NUMBER, None),
        ("inf", FieldType.NUMBER, None),
        ("1e999", FieldType.NUMBER, None),
        ("9" * 400, FieldType.INTEGER, None),
        ("9" * 5000, FieldType.INTEGER, None),
        ("x", FieldType.NUMBER, None),
        ("", FieldType.NUMBER, None),
        ("true", FieldType.BOOLEAN, "true"),
        ("True", FieldType.BOOLEAN, None),
        ("2016-05", FieldType.DATE, "2016-05"),
        ("May", FieldType.DATE, None),
        ("a b", FieldType.KEYWORD, "a b"),
        ("EMP", FieldType.CONCEPT, "EMP"),
    ],
)
def test_asking(text: str, kind: FieldType, written: str | None) -> None:
    assert asked_value(text, kind) == written


def test_long_values_stay_apart() -> None:
    left, right = exact_value("x" * 5000 + "a"), exact_value("x" * 5000 + "b")
    assert left != right
    assert len(left) < 300
    assert asked_value("x" * 5000 + "a", FieldType.KEYWORD) == left
