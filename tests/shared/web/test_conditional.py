"""Versions in ETag, If-Match and If-None-Match (RFC 9110, 13)."""

import pytest

from moisson_shared.contracts.errors import Invalid, VersionConflict, VersionRequired
from moisson_shared.web.conditional import entity_tags, etag, expected_version, not_modified


@pytest.mark.parametrize("header", ['"3"', '"1", "3"', '"1","3" , "5"', "*", ' "3" '])
def test_a_matching_version_may_be_replaced(header: str) -> None:
    assert expected_version(header, 3) == 3


@pytest.mark.parametrize("header", ['"2"', 'W/"3"', '"33"', '"1", "2"', '""', '"03"'])
def test_another_version_is_a_conflict(header: str) -> None:
    with pytest.raises(VersionConflict, match="version 3"):
        expected_version(header, 3)


@pytest.mark.parametrize("header", [None, "", "  "])
def test_no_version_is_asked_for(header: str | None) -> None:
    with pytest.raises(VersionRequired, match='If-Match: "3"'):
        expected_version(header, 3)


@pytest.mark.parametrize("header", ["3", '"3', '3"', '"3" "4"', 'w/"3"', '"3", x', "**"])
def test_what_is_no_tag_is_said(header: str) -> None:
    with pytest.raises(Invalid):
        expected_version(header, 3)


@pytest.mark.parametrize(
    ("header", "same"),
    [
        (None, False),
        ("", False),
        ('"3"', True),
        ('W/"3"', True),
        ('"2", "3"', True),
        ("*", True),
        ('"2"', False),
        ("3", False),
    ],
)
def test_readers_with_the_version_need_nothing(header: str | None, same: bool) -> None:
    assert not_modified(header, 3) is same


def test_tags_read_back() -> None:
    assert entity_tags(f'{etag(3)}, W/"x,y"') == ((False, "3"), (True, "x,y"))
