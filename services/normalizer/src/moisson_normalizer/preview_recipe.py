"""A draft recipe on stored raw records: what each step wrote, what comes out, what is refused, what nobody read."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence

from moisson_normalizer.apply_recipe import RecipeApplication, key_of_group
from moisson_normalizer.build_project import with_provenance
from moisson_normalizer.compile_recipe import CompiledRecipe
from moisson_normalizer.identity import group_key
from moisson_normalizer.lineage import POINT
from moisson_normalizer.rows import RawRow, Row
from moisson_shared.contracts.access import AccessLevel
from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.normalisation import Preview, PreviewProject, PreviewRow, Reject, StepTrace


class PreviewWindow:
    """Which groups are looked at; all records are counted, those of other groups are not kept."""

    def __init__(self, compiled: CompiledRecipe, limit: int, offset: int) -> None:
        self.records = 0
        self.unused: Counter[str] = Counter()
        self._seen_columns: set[str] = set()
        self._compiled = compiled
        self._limit = limit
        self._offset = offset
        self._places: dict[str, int] = {}
        self._rows: dict[int, list[RawRow]] = {}

    def add(self, rows: Sequence[RawRow]) -> None:
        """Counts the rows, and keeps those of the window."""
        group_by = self._compiled.recipe.group_by
        for row in rows:
            self.records += 1
            self.unused.update(self._compiled.shapes.unused(row.values))
            self._seen_columns.update(row.values)
            key = key_of_group(row.values, group_by) if group_by else None
            own = key if key is not None else group_key(("", row.key, str(row.ordinal)))
            place = self._places.setdefault(own, len(self._places))
            if self._offset <= place < self._offset + self._limit:
                self._rows.setdefault(place, []).append(row)

    def preview(self, level: AccessLevel) -> Preview:
        """The recipe on the kept rows."""
        wanted = self._compiled.raw_columns
        return Preview(
            raw_records=self.records,
            groups=len(self._places),
            projects=tuple(_one(self._compiled, self._rows[place], level) for place in sorted(self._rows)),
            offset=self._offset,
            unused_fields=dict(sorted(self.unused.items())),
            absent_columns=tuple(name for name in wanted if self.records and name not in self._seen_columns),
        )


async def preview_recipe(
    compiled: CompiledRecipe, pages: AsyncIterator[Sequence[RawRow]], level: AccessLevel, limit: int, offset: int
) -> Preview:
    """The window over all pages of records."""
    window = PreviewWindow(compiled, limit, offset)
    async for page in pages:
        window.add(page)
    return window.preview(level)


def _one(compiled: CompiledRecipe, rows: list[RawRow], level: AccessLevel) -> PreviewProject:
    application = RecipeApplication(compiled, level)
    outcomes = [*application.add(rows), *application.finish()]
    settled = outcomes[0]
    rejects: tuple[Reject, ...] = tuple(reject for outcome in outcomes for reject in outcome.rejects)
    return PreviewProject(
        project=with_provenance(settled.project, settled.origins) if settled.project is not None else None,
        rows=tuple(PreviewRow(key=row.key, ordinal=row.ordinal, url=row.url, values=row.values) for row in rows),
        trace=tuple(step for place, row in enumerate(rows) for step in _trace(compiled, place, row)),
        rejects=rejects,
    )


def _trace(compiled: CompiledRecipe, place: int, record: RawRow) -> list[StepTrace]:
    """The values that each step changed, in order; steps that changed nothing are left out."""
    row = Row(dict(record.values))
    traces: list[StepTrace] = []
    for index, (step, written) in enumerate(zip(compiled.steps, compiled.recipe.steps, strict=True)):
        before, point = dict(row.values), row.point
        step.run(row)
        wrote: JsonObject = {
            name: row.values.get(name)
            for name in dict.fromkeys((*before, *row.values))
            if before.get(name) != row.values.get(name)
        }
        if row.point is not None and row.point != point:
            wrote[POINT] = {"latitude": row.point[0], "longitude": row.point[1]}
        if wrote:
            traces.append(StepTrace(row=place, step=index, name=written.step, wrote=wrote))
    return traces
