"""Every domain error has its problem, and no two kinds look the same."""

import importlib
import pkgutil
from http import HTTPStatus

import orjson
import pytest

import moisson_shared
from moisson_shared.contracts import errors
from moisson_shared.contracts.errors import Fault, MoissonError, error_name
from moisson_shared.web.problems import KINDS, PROBLEMS, Asked, error_response, name_of_status, problem_of


def every_error(kind: type[MoissonError] = MoissonError) -> list[type[MoissonError]]:
    """All subclasses that any module of moisson_shared defines."""
    for module in pkgutil.walk_packages(moisson_shared.__path__, "moisson_shared."):
        importlib.import_module(module.name)
    return [
        found
        for child in kind.__subclasses__()
        if child.__module__.startswith("moisson_shared.")
        for found in (child, *every_error(child))
    ]


def test_every_error_is_in_the_table() -> None:
    assert set(every_error()) - set(PROBLEMS) == set()


def test_the_table_names_real_statuses_and_says_them_in_both_languages() -> None:
    for problem in KINDS.values():
        assert HTTPStatus(problem.status) >= HTTPStatus.BAD_REQUEST
        assert problem.french != problem.english
        assert problem.french.strip()
        assert problem.english.strip()
    assert len({error_name(kind) for kind in PROBLEMS}) == len(PROBLEMS)


def test_the_documented_names_hold() -> None:
    assert problem_of(errors.EpochChanged("x")) == ("epoch-changed", PROBLEMS[errors.EpochChanged])
    assert PROBLEMS[errors.EpochChanged].status == PROBLEMS[errors.CursorExpired].status == 410
    assert PROBLEMS[errors.VersionRequired].status == 428
    assert PROBLEMS[errors.VersionConflict].status == 412


def test_a_services_own_error_answers_as_its_ancestor() -> None:
    class RunGoingOn(errors.NotNow):
        """A run is going on."""

    assert problem_of(RunGoingOn("x")) == ("not-now", PROBLEMS[errors.NotNow])


def test_an_answer_has_the_members_of_the_rfc() -> None:
    faults = (Fault("/fields/0/name", "is taken"),)
    response = error_response(errors.Invalid("Two fields have one name.", faults), Asked("request-1", "fr"))
    assert response.media_type == "application/problem+json"
    assert orjson.loads(response.body) == {
        "type": "/problems/invalid",
        "title": "Document refusé",
        "status": 422,
        "detail": "Two fields have one name.",
        "instance": "request-1",
        "faults": [{"pointer": "/fields/0/name", "message": "is taken"}],
    }


@pytest.mark.parametrize(
    ("accepted", "french"),
    [("fr", True), ("fr-CA, en", True), ("en, fr", False), ("de, fr;q=0.5", True), ("", False), ("*", False)],
)
def test_the_language_is_the_first_of_ours(accepted: str, french: bool) -> None:
    assert Asked("x", accepted).french is french


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "bad-request"),
        (404, "not-found"),
        (405, "method-not-allowed"),
        (413, "too-large"),
        (415, "unsupported-media-type"),
        (418, "bad-request"),
        (500, "internal-error"),
        (502, "internal-error"),
        (503, "unavailable"),
    ],
)
def test_bare_statuses_have_a_kind(status: int, name: str) -> None:
    assert name_of_status(status) == name
