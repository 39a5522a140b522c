"""Publishing and rolling back, and what each version would change.

Publishing: read the version, judge it, note the intention, move the alias, note that it is done. After a crash between
the notes the move is repeated, which changes nothing if it was done.
"""

from moisson_normalizer.differences import SAMPLES, Changes, compare_contents, judge_version, refusing
from moisson_normalizer.kept_versions import (
    CORPUS_STATES,
    PROJECTS,
    VERSIONS,
    CorpusState,
    Entry,
    KeptVersion,
    project_key,
    read_sets,
    version_key,
)
from moisson_normalizer.mirror import FEEDS
from moisson_shared.contracts.corpus import Corpus
from moisson_shared.contracts.errors import AlreadyExists, NotFound, NotNow, VersionConflict
from moisson_shared.contracts.normalisation import Check, Difference, ProjectSample, VersionSummary
from moisson_shared.ports.documents import (
    DocumentStore,
    Equal,
    Find,
    Insert,
    Operation,
    Order,
    Replace,
    Stored,
)
from moisson_shared.ports.search_index import SearchIndexWriter

_ATTEMPTS = 20
"""At a note that others write too; each one that fails is a write of theirs that was done."""


class VersionKeeper:
    """Knows all versions of all corpora."""

    def __init__(self, documents: DocumentStore, index: SearchIndexWriter) -> None:
        self._documents = documents
        self._index = index

    async def state(self, corpus: str) -> Stored[CorpusState]:
        """Which version is live; version 0 for a corpus that never had one."""
        stored = await self._documents.get(CORPUS_STATES, corpus)
        return stored or Stored(corpus, 0, CorpusState(corpus=corpus))

    async def get(self, corpus: str, number: int) -> KeptVersion:
        """A sealed version; `NotFound` where there is none."""
        stored = await self._documents.get(VERSIONS, version_key(corpus, number))
        if stored is None or stored.value.state != "sealed":
            raise NotFound(f"The corpus {corpus!r} has no version {number}.")
        return stored.value

    async def sealed(self, corpus: str) -> list[KeptVersion]:
        """All sealed versions, newest first."""
        where = (Equal("corpus", corpus), Equal("state", "sealed"))
        order = (Order("number", descending=True),)
        page = await self._documents.find(VERSIONS, Find(where=where, order=order, limit=1000))
        return [item.value for item in page.items]

    async def newest(self, corpus: str) -> KeptVersion | None:
        """The newest sealed version."""
        found = await self.sealed(corpus)
        return found[0] if found else None

    async def is_indexed(self, version: KeptVersion) -> bool:
        """Whether the index still has it: its data may have been replaced."""
        return any(manifest.version == version.number for manifest in await self._index.versions(version.corpus))

    async def changes(self, version: KeptVersion, live: KeptVersion | None) -> tuple[Changes, dict[str, str]]:
        """What publishing would change, and where each document is. Sets that both share need not be read."""
        mine = {kept.set_id for kept in version.sets.values()}
        theirs = {kept.set_id for kept in live.sets.values()} if live else set()
        after = await read_sets(self._documents, sorted(mine - theirs))
        before = await read_sets(self._documents, sorted(theirs - mine))
        found = compare_contents(_contents(before), _contents(after))
        return found, {id_: entry.kept_in for id_, entry in (before | after).items()}

    async def difference(self, version: KeptVersion, live: KeptVersion | None) -> Difference:
        """The same with titles for the first few of each kind."""
        if live is not None and live.number == version.number:
            return Difference()
        changes, places = await self.changes(version, live)
        shown = {id_ for ids in changes for id_ in ids[:SAMPLES]}
        stored = await self._documents.get_many(PROJECTS, [project_key(places[id_], id_) for id_ in sorted(shown)])
        titles = {
            kept.value.project.id: str(kept.value.project.fields.get(version.title, "")) for kept in stored.values()
        }

        def samples(ids: tuple[str, ...]) -> tuple[ProjectSample, ...]:
            return tuple(ProjectSample(id=id_, title=titles.get(id_, "")) for id_ in ids[:SAMPLES])

        return Difference(
            new=len(changes.new),
            changed=len(changes.changed),
            gone=len(changes.gone),
            new_samples=samples(changes.new),
            changed_samples=samples(changes.changed),
            gone_samples=samples(changes.gone),
        )

    async def judge(self, corpus: Corpus, version: KeptVersion, live: KeptVersion | None) -> tuple[Check, ...]:
        """The checks of the corpus on this version."""
        changes, _ = await self.changes(version, live)
        recipes = [kept.counters for kept in version.sets.values()]
        feeds = await self._documents.get_many(FEEDS, sorted({counters.source for counters in recipes}))
        return judge_version(
            corpus.checks,
            sealed=version.state == "sealed",
            projects=version.projects,
            live_projects=live.projects if live else 0,
            gone=len(changes.gone),
            recipes=recipes,
            complete={key for key, feed in feeds.items() if feed.value.complete},
        )

    async def live(self, corpus: str) -> KeptVersion | None:
        """The live version."""
        number = (await self.state(corpus)).value.live
        return await self.get(corpus, number) if number is not None else None

    async def summaries(self, corpus: Corpus) -> list[VersionSummary]:
        """All sealed versions, newest first."""
        versions = await self.sealed(corpus.id)
        number = (await self.state(corpus.id)).value.live
        live = next((version for version in versions if version.number == number), None)
        return [await self._summary(corpus, version, live) for version in versions]

    async def _summary(self, corpus: Corpus, version: KeptVersion, live: KeptVersion | None) -> VersionSummary:
        number = live.number if live else 0
        return VersionSummary(
            version=version.number,
            state="live" if version.number == number else "candidate" if version.number > number else "earlier",
            run_id=version.run_id,
            built_at=version.built_at or version.began_at,
            projects=version.projects,
            places=version.places,
            recipes=tuple(kept.counters for _, kept in sorted(version.sets.items())),
            checks=await self.judge(corpus, version, live),
            difference=await self.difference(version, live),
        )

    async def publish(self, corpus: Corpus, number: int, *, force: bool) -> tuple[Check, ...]:
        """Makes a version live. `NotFound` without it, `NotNow` with the checks that it does not pass unless forced."""
        version = await self.get(corpus.id, number)
        live = await self.live(corpus.id)
        checks = await self.judge(corpus, version, live)
        failed = [f"{check.name} ({check.message})" for check in refusing(checks)]
        if failed and not force:
            raise NotNow(f"Version {number} does not pass: {'; '.join(failed)}.")
        if live is None or live.number != number:
            await self._intend(corpus.id, number)
            await self.finish_publishing(corpus.id)
        return checks

    async def _intend(self, corpus: str, number: int) -> None:
        """Notes that a version is to go live."""
        for left in reversed(range(_ATTEMPTS)):
            stored = await self.state(corpus)
            begun = stored.value.model_copy(update={"publishing": number})
            try:
                await self._documents.apply([_written(begun, stored.version)])
            except (AlreadyExists, VersionConflict):
                if not left:
                    raise
            else:
                return

    async def finish_publishing(self, corpus: str) -> None:
        """Moves the alias as noted, and notes that it is done; repeats a move that was begun and not noted as done.

        Somebody else may write between the two: a run that begins a version, or another publishing. Then the state is
        read again, and the alias moved again if the state names another version now: what it says last is served.
        """
        moved = False
        for left in reversed(range(_ATTEMPTS)):
            stored = await self.state(corpus)
            number = stored.value.publishing
            if number is None and moved:
                number = stored.value.live
            if number is None:
                return
            await self._index.publish(corpus, number)
            moved = True
            done = stored.value.model_copy(update={"live": number, "publishing": None})
            try:
                await self._documents.apply([_written(done, stored.version)])
            except VersionConflict:
                if not left:
                    raise
            else:
                return


def _written(state: CorpusState, version: int) -> Operation:
    return Replace(CORPUS_STATES, state, version) if version else Insert(CORPUS_STATES, state)


def _contents(entries: dict[str, Entry]) -> dict[str, str]:
    return {id_: entry.content for id_, entry in entries.items()}
