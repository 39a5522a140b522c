"""What a fixture gives otherwise than expected, in plain words. Pure."""

from dataclasses import dataclass

from moisson_shared.contracts.page_fixture import Difference, FixtureCheck
from moisson_viz_gateway.studio.recipe_words import quoted
from moisson_viz_gateway.wording.catalogue import Wording


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    """One difference: where, what kind, what was expected and what is read now."""

    where: str
    what: str
    expected: str | None
    got: str | None


@dataclass(frozen=True, slots=True)
class CheckedFixture:
    """One fixture with its differences; `left_out` are those that are not listed."""

    fixture: str
    name: str
    lines: tuple[DifferenceLine, ...]
    left_out: int


def checked_fixture(check: FixtureCheck, words: Wording) -> CheckedFixture:
    """The differences in the reader's language."""
    lines = tuple(_line(one, words) for one in check.differences)
    return CheckedFixture(check.fixture, check.name, lines, check.left_out)


def _line(difference: Difference, words: Wording) -> DifferenceLine:
    where = words("replay.whole") if difference.record is None else words("replay.record", number=difference.record + 1)
    what = words(f"replay.kind.{difference.kind}")
    if difference.field is not None:
        what = words("replay.of_field", field=quoted(difference.field, words), what=what)
    return DifferenceLine(where, what, difference.expected, difference.got)
