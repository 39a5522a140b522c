"""Levels are ordered, and roles reach them as the design says."""

import itertools

import pytest

from moisson_shared.contracts.access import ANONYMOUS, AccessLevel, Caller, Role, most_restrictive


def test_the_order_of_levels() -> None:
    levels = [AccessLevel.OPENDATA, AccessLevel.COMMONS, AccessLevel.COLLECTIVE, AccessLevel.PRIVATE]
    assert sorted(levels, key=str) != levels, "the alphabet must not be the order, or this test shows nothing"
    assert sorted(sorted(levels, key=str)) == levels
    assert [level.rank for level in levels] == [0, 1, 2, 3]
    for lower, higher in itertools.combinations(levels, 2):
        assert lower < higher
        assert lower <= higher
        assert higher > lower
        assert higher >= lower
        assert not higher <= lower
        assert not lower > higher
        assert most_restrictive(higher, lower) is higher
    assert most_restrictive() is AccessLevel.OPENDATA


@pytest.mark.parametrize(
    ("roles", "level"),
    [
        ([], AccessLevel.OPENDATA),
        ([Role.USER], AccessLevel.COMMONS),
        ([Role.CONTRIBUTOR], AccessLevel.COMMONS),
        ([Role.PARTNER], AccessLevel.COLLECTIVE),
        ([Role.USER, Role.PARTNER], AccessLevel.COLLECTIVE),
        ([Role.STEWARD], AccessLevel.PRIVATE),
        ([Role.ADMIN], AccessLevel.PRIVATE),
        ([Role.USER, Role.ADMIN], AccessLevel.PRIVATE),
    ],
)
def test_the_level_that_roles_reach(roles: list[Role], level: AccessLevel) -> None:
    assert Caller(subject="a", roles=frozenset(roles)).level is level


@pytest.mark.parametrize(
    ("roles", "partners", "manages"),
    [
        ([Role.PARTNER], ["essor"], True),
        ([Role.PARTNER], ["other"], False),
        ([Role.USER], ["essor"], False),
        ([Role.STEWARD], [], False),
        ([Role.ADMIN], [], True),
    ],
)
def test_who_manages_a_partner(roles: list[Role], partners: list[str], manages: bool) -> None:
    caller = Caller(subject="a", roles=frozenset(roles), partners=frozenset(partners))
    assert caller.manages("essor") is manages


@pytest.mark.parametrize(
    ("stated", "role", "manages"),
    [({}, "editor", True), ({"essor": "owner"}, "owner", True), ({"essor": "viewer"}, "viewer", False)],
)
def test_what_a_member_is_to_a_partner(stated: dict[str, str], role: str, manages: bool) -> None:
    claims = {"subject": "a", "roles": ["partner"], "partners": ["essor"], "partner_roles": stated}
    caller = Caller.model_validate(claims)
    assert (caller.role_in("essor"), caller.manages("essor"), caller.role_in("other")) == (role, manages, None)
    outside = Caller.model_validate(claims | {"partners": ["other"]})
    assert (outside.role_in("essor"), outside.manages("essor")) == (None, False), "a role without belonging is nothing"


def test_a_service_reaches_no_level_by_being_one() -> None:
    assert Caller(subject="normalizer", scopes=frozenset({"raw-records:read"})).level is AccessLevel.OPENDATA
    assert ANONYMOUS.anonymous
