"""Who changed what, as members of a partner read it in the studio."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from moisson_shared.contracts.audit import AuditChange, AuditEntry
from moisson_viz_gateway.studio.audit_words import change_lines, changed_value
from moisson_viz_gateway.wording.catalogue import load_wordings
from tests.scraper.running_scraper import PARTNER, json_spider
from tests.viz_gateway.studio_over_scraper import studio_over_scraper

TRAIL = f"/studio/partners/{PARTNER}/changes"


async def test_changes_are_told_with_their_places_and_without_secrets(tmp_path: Path) -> None:
    async with studio_over_scraper(tmp_path) as studio:
        spider = json_spider("https://x.example/api", headers={"X-Key": "hush-hush"})
        await studio.scraper.save(spider)
        changed = spider | {"name": "Un autre nom", "enabled": False}
        changed["source"] = spider["source"] | {"headers": {"X-Key": "other-hush"}}
        await studio.scraper.change(changed)
        await studio.sign_in("viewer")
        html = (await studio.get(TRAIL)).text
        assert "partenaire : création" in html
        assert html.index("source : modification") < html.index("source : création"), "the newest first"
        own = (await studio.get(f"{TRAIL}?spider=essor-api")).text
        assert "partenaire : création" not in own
        assert "<code>/name</code> <del>API</del> → <ins>Un autre nom</ins>" in own
        assert "<code>/enabled</code> <del>oui</del> → <ins>non</ins>" in own
        assert "hush" not in own
        assert "version 1, puis 2" in own
        assert f"{TRAIL}?spider=essor-api" in (await studio.get("/studio/spiders/essor-api")).text
        assert (await studio.get("/studio/partners/none/changes")).status_code == 404


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (AuditChange(pointer="/a", after=1200), "1\u202f200"),
        (AuditChange(pointer="/a", after=True), "oui"),
        (AuditChange(pointer="/a", after="b"), "b"),
        (AuditChange(pointer="/a"), "–"),
        (AuditChange(pointer="/a", after="b", hidden=True), "(non montré)"),
    ],
)
def test_values_in_words(change: AuditChange, text: str) -> None:
    assert changed_value(change, load_wordings()["fr"], after=True) == text


@pytest.mark.parametrize(
    ("verbs", "linked"),
    [
        (["replaced", "created"], [True, True]),
        (["deleted", "replaced", "created"], [False, False, False]),
        (["created", "deleted", "created"], [True, False, True]),
    ],
)
def test_what_is_gone_is_not_linked(verbs: list[str], linked: list[bool]) -> None:
    entries = [
        AuditEntry(
            id=str(number),
            at=datetime(2026, 1, 1, tzinfo=UTC),
            who="ada",
            verb=verb,
            kind="spider",
            document="essor-api",
            partner="essor",
            spider="essor-api",
        )
        for number, verb in enumerate(verbs)
    ]
    lines = change_lines(entries, {}, load_wordings()["fr"])
    assert [line.href is not None for line in lines] == linked
