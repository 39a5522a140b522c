"""What the normalizer tells about its work: runs, rejects, versions and previews."""

from enum import StrEnum
from typing import Literal

from moisson_shared.contracts.model import Contract, Count, Instant, JsonObject, Slug
from moisson_shared.contracts.project import Project
from moisson_shared.contracts.run import Reason, RunState


class Reject(Contract):
    """A value, or with `whole` a record, that could not become what the recipe or the schema asks for."""

    recipe: Slug
    key: str
    """The raw record's key; with `ordinal` its identity in the source."""
    ordinal: Count = 0
    step: int | None = None
    """The position of the step in the recipe, from 0; None where the schema refused the value."""
    field: str
    """The field of the row that was read, or the schema's field."""
    value: str
    """What stood there, as text, cut after 200 characters."""
    code: str
    """A stable word: `not-a-date`, `unknown-concept`, `required-missing`."""
    message: str
    whole: bool = False
    """Whether the record gave no project because of it."""
    warning: bool = False
    """Nothing was lost: the source contradicts itself here, and the message says which of the two was taken. Counted
    apart from rejects."""


class RejectTotal(Contract):
    """How often one thing went wrong."""

    recipe: Slug
    step: int | None
    field: str
    code: str
    message: str
    count: Count
    warning: bool = False


class RecipeCounters(Contract):
    """What a run did with one recipe. `projects = new + changed + unchanged`, all against the version before."""

    recipe: Slug
    source: Slug
    partner: Slug
    reused: bool = False
    """Nothing had changed: the projects of the version before were taken over without looking at them."""
    raw_records: Count = 0
    records_with_rejects: Count = 0
    records_refused: Count = 0
    """Records that gave no project."""
    rejects: Count = 0
    warnings: Count = 0
    """Kept and listed beside the rejects, and not counted among them."""
    projects: Count = 0
    places: Count = 0
    """With a point, so on the map."""
    new: Count = 0
    changed: Count = 0
    unchanged: Count = 0
    gone: Count = 0
    unused_fields: dict[str, int] = {}
    """Raw fields that no step read and that are not ignored, with the number of records that have a value there."""


class Check(Contract):
    """One condition of publishing, and whether the version meets it."""

    name: Literal["sealed", "least-projects", "largest-loss", "largest-reject-rate", "sources"]
    passed: bool
    message: str
    warning: bool = False
    """Only to be known before publishing: it keeps nobody from it when it is not passed."""
    figures: dict[str, int | float] = {}
    """The numbers of the message by their names, for those who say it in another language; floats are shares of 1."""
    names: tuple[str, ...] = ()
    """What the message names: the sources that it is about."""


class RunOutcome(StrEnum):
    """`unchanged`: neither records nor recipes differ from the newest version, so no version was built."""

    BUILT = "built"
    UNCHANGED = "unchanged"


class NormalisationRun(Contract):
    """One run over all recipes of a corpus. The document is the truth; a queue message is only a hint."""

    id: str
    corpus: Slug
    state: RunState
    requested_by: str
    queued_at: Instant
    started_at: Instant | None = None
    finished_at: Instant | None = None
    outcome: RunOutcome | None = None
    version: int | None = None
    """The version that was built, or with outcome `unchanged` the one that holds already."""
    published: bool = False
    recipes: tuple[RecipeCounters, ...] = ()
    reasons: tuple[Reason, ...] = ()
    checks: tuple[Check, ...] = ()
    code: str | None = None
    """Why the run failed, as a stable word: `unavailable`."""
    error: str | None = None
    """The same in one sentence."""


class ProjectSample(Contract):
    """Enough of a project to recognise it in a list of differences."""

    id: str
    title: str


class Difference(Contract):
    """What publishing a version would change for readers; up to 20 examples of each kind."""

    new: Count = 0
    changed: Count = 0
    gone: Count = 0
    new_samples: tuple[ProjectSample, ...] = ()
    changed_samples: tuple[ProjectSample, ...] = ()
    gone_samples: tuple[ProjectSample, ...] = ()


class VersionSummary(Contract):
    """A version of a corpus: `live`, the `candidate` (newer than the live one), or an `earlier` one."""

    version: int
    state: Literal["live", "candidate", "earlier"]
    run_id: str
    built_at: Instant
    projects: Count
    places: Count
    recipes: tuple[RecipeCounters, ...]
    checks: tuple[Check, ...]
    difference: Difference


class PreviewRow(Contract):
    """A raw record as the recipe reads it."""

    key: str
    ordinal: Count
    url: str | None
    values: JsonObject


class StepTrace(Contract):
    """What one step wrote in one row: `row` is the position in the project's raw rows; a null is a removed value."""

    row: Count
    step: Count
    name: str
    wrote: JsonObject


class PreviewProject(Contract):
    """One group of raw rows and what becomes of it; no project where the group is refused."""

    project: Project | None
    rows: tuple[PreviewRow, ...]
    trace: tuple[StepTrace, ...]
    rejects: tuple[Reject, ...]


class Preview(Contract):
    """A draft recipe on stored raw records."""

    raw_records: Count
    """How many the source has."""
    groups: Count
    projects: tuple[PreviewProject, ...]
    offset: Count
    unused_fields: dict[str, int]
    absent_columns: tuple[str, ...]
    """Fields that the recipe reads and that neither a record nor an earlier step has: a wrong name, perhaps."""
