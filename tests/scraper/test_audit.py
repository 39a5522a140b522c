"""The audit trail: who changed what, written with the change itself, without what may be secret."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from moisson_scraper.keeping.audit_trail import Audited, audited
from moisson_shared.contracts.access import Caller, Role
from moisson_shared.contracts.audit import MOST_CHANGES, AuditEntry
from moisson_shared.contracts.partner import Partner
from moisson_shared.contracts.quota import Quota
from moisson_shared.contracts.spider import SpiderConfig
from moisson_shared.ports.documents import Insert
from tests.scraper.running_scraper import PARTNER, Scraper, file_spider, html_spider, json_spider, running_scraper
from tests.scraper.sample_site import SampleSite, directory

NOW = datetime(2026, 11, 27, tzinfo=UTC)
ADA = Caller(subject="ada", roles=frozenset({Role.ADMIN}))
SPIDER = "/v1/spiders/essor-projets"


def entry_of(before: Any, after: Any, **given: Any) -> AuditEntry:
    operation = audited(ADA, "replaced", before, after, NOW, **given)
    assert isinstance(operation, Insert)
    entry = operation.value
    assert isinstance(entry, AuditEntry)
    return entry


def spider(version: int, **source: Any) -> SpiderConfig:
    return SpiderConfig.model_validate(json_spider("https://api.example/", **source) | {"version": version})


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ({}, {}, []),
        ({"items": "$.a[*]"}, {"items": "$.b[*]"}, [("/source/items", "$.a[*]", "$.b[*]", False)]),
        ({"fields": {"a": "$.a"}}, {"fields": {"b": "$.b"}}, [
            ("/source/fields/a", "$.a", None, False),
            ("/source/fields/b", None, "$.b", False),
        ]),
        ({"fields": {"a/b~": "$.a"}}, {}, [("/source/fields/a~1b~0", "$.a", None, False)]),
        ({"headers": {"X-Key": "hush"}}, {"headers": {"X-Key": "hush hush"}}, [
            ("/source/headers/X-Key", None, None, True)
        ]),
        ({"query": {}}, {"query": {"key": "hush"}}, [("/source/query/key", None, None, True)]),
        ({"method": "POST", "body": {"a": {"b": "hush"}}}, {"method": "POST", "body": {"a": {"b": 1}}}, [
            ("/source/body/a/b", None, None, True)
        ]),
        ({"method": "POST", "body": {"a": "hush"}}, {"method": "POST"}, [("/source/body", None, None, True)]),
        ({}, {"paging": {"kind": "link_header"}}, [("/source/paging", None, None, False)]),
        ({"items": "$.x"}, {"items": "$." + "x" * 500}, [("/source/items", "$.x", "$." + "x" * 197 + "…", False)]),
    ],
)  # fmt: skip
def test_changes_are_places_with_values_unless_these_may_be_secret(
    before: dict[str, Any], after: dict[str, Any], changes: list[tuple[str, Any, Any, bool]]
) -> None:
    entry = entry_of(spider(1, **before), spider(2, **after))
    told = [(change.pointer, change.before, change.after, change.hidden) for change in entry.changes]
    assert told == [*changes, ("/version", 1, 2, False)]
    assert (entry.version_before, entry.version_after, entry.more) == (1, 2, 0)
    assert "hush" not in entry.model_dump_json()


def test_many_changes_are_counted_beyond_those_that_are_listed() -> None:
    fields = {f"f{number}": "$.a" for number in range(MOST_CHANGES + 10)}
    entry = entry_of(spider(1, fields={"z": "$.z"}), spider(2, fields=fields))
    assert (len(entry.changes), entry.more) == (MOST_CHANGES, 12)


def test_an_entry_says_what_it_is_about() -> None:
    card = Partner(id="essor", name="Essor")
    made = entry_of(None, card)
    assert (made.kind, made.document, made.partner, made.version_before, made.version_after) == (
        ("partner", "essor", "essor", None, 1)
    )
    gone = entry_of(card, None, version=7)
    assert (gone.version_before, gone.version_after, gone.changes) == (7, None, ())
    with pytest.raises(TypeError, match="Quota"):
        entry_of(None, Quota())
    assert entry_of(None, Quota(), of=Audited("fixture", "f1", "essor", "s")).kind == "fixture"


async def trail(scraper: Scraper, who: dict[str, str], query: str = "") -> list[dict[str, Any]]:
    answered = await scraper.send("GET", f"/v1/audit{query}", who)
    assert answered.status_code == 200, answered.text
    items: list[dict[str, Any]] = answered.json()["items"]
    return items


async def test_every_change_leaves_an_entry_and_a_refused_one_none(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(2)
    async with running_scraper(tmp_path, site, secrets_key="a key") as scraper:
        admin, member = scraper.people.admin, scraper.people.member
        await scraper.save(html_spider(site), member)
        card = {"id": PARTNER, "name": "Essor", "default_level": "commons"}
        change = {"If-Match": "*"}
        await scraper.send("PUT", f"/v1/partners/{PARTNER}", member, json=card, headers=change)
        await scraper.send("PUT", SPIDER, member, json=html_spider(site, name="Autre"), headers=change)
        await scraper.send("PUT", SPIDER, member, json=html_spider(site), headers={"If-Match": '"1"'})
        quota = f"/v1/partners/{PARTNER}/quota"
        await scraper.send("PUT", quota, admin, json={"runs_per_day": 0}, headers=change)
        asked = await scraper.send("POST", f"{SPIDER}/runs", member)
        run = f"/v1/runs/{asked.json()['id']}"
        for verb in ("pause", "pause", "resume", "cancel"):
            assert (await scraper.send("POST", f"{run}/{verb}", member)).status_code == 202, verb
            if verb == "pause":
                await scraper.paused(asked.json()["id"])
        await scraper.ended(asked.json()["id"])
        model = {"datamodel": [{"name": "titre", "type": "text"}], "spiders": []}
        await scraper.send("POST", f"/v1/partners/{PARTNER}/imports/openscraper?save=true", member, json=model)
        await scraper.send("DELETE", SPIDER, member)
        entries = await trail(scraper, member, "?limit=200")
        told = [(entry["who"], entry["verb"], entry["kind"]) for entry in reversed(entries)]
        assert told == [
            ("ada", "created", "partner"),
            ("mia", "created", "spider"),
            ("mia", "replaced", "partner"),
            ("mia", "replaced", "spider"),
            ("ada", "replaced", "quota"),
            ("mia", "asked", "run"),
            ("mia", "paused", "run"),
            ("mia", "resumed", "run"),
            ("mia", "cancelled", "run"),
            ("mia", "created", "data-model"),
            ("mia", "deleted", "spider"),
        ]
        by_kind = {(entry["verb"], entry["kind"]): entry for entry in entries}
        level = {"pointer": "/default_level", "before": "opendata", "after": "commons", "hidden": False}
        assert level in by_kind["replaced", "partner"]["changes"]
        assert by_kind["replaced", "spider"]["version_after"] == 2
        raised = {"pointer": "/quota/runs_per_day", "before": None, "after": 0, "hidden": False}
        assert by_kind["replaced", "quota"]["changes"] == [raised]


async def test_files_and_fixtures_are_in_the_trail_too(tmp_path: Path, site: SampleSite) -> None:
    site.pages |= directory(1)
    async with running_scraper(tmp_path, site) as scraper:
        member = scraper.people.member
        await scraper.save(html_spider(site), member)
        preview = (await scraper.send("POST", f"{SPIDER}/preview", member)).json()
        order = {"preview": preview["id"], "name": "première page"}
        fixture = (await scraper.send("POST", f"{SPIDER}/fixtures", member, json=order)).json()["id"]
        other = html_spider(site)
        other["source"]["fields"]["ville"] = {"expression": "a"}
        change = {"json": other, "headers": {"If-Match": "*"}}
        for _ in range(2):  # the second one changes nothing of the fixture
            await scraper.send("PUT", f"{SPIDER}?fixtures=replace", member, **change)
        await scraper.send("DELETE", f"{SPIDER}/fixtures/{fixture}", member)
        await scraper.save(file_spider("", source={"kind": "file"}), member)
        for name, body in (("a.csv", b"id\n1\n"), ("b.csv", b"id\n1\n2\n"), ("c.csv", b"")):
            await scraper.send("PUT", f"/v1/spiders/essor-fichier/upload?name={name}", member, content=body)
        entries = [entry for entry in await trail(scraper, member) if entry["kind"] in {"fixture", "upload"}]
        told = [(entry["verb"], entry["kind"], entry["document"], entry["spider"]) for entry in reversed(entries)]
        assert told == [
            ("approved", "fixture", fixture, "essor-projets"),
            ("replaced", "fixture", fixture, "essor-projets"),
            ("deleted", "fixture", fixture, "essor-projets"),
            ("uploaded", "upload", "essor-fichier", "essor-fichier"),
            ("uploaded", "upload", "essor-fichier", "essor-fichier"),
        ]
        expected = {one["pointer"]: (one["before"], one["after"]) for one in entries[3]["changes"]}
        assert expected["/expected/records/0/values/ville"] == ("Ville 1", "Projet 1")
        changes = {change["pointer"]: (change["before"], change["after"]) for change in entries[0]["changes"]}
        assert changes["/name"] == ("a.csv", "b.csv")
        assert changes["/bytes"] == (5, 7)


async def test_the_trail_is_read_by_page_by_who_may_read_the_partner(tmp_path: Path, site: SampleSite) -> None:
    async with running_scraper(tmp_path, site) as scraper:
        await scraper.save(html_spider(site))
        await scraper.save(html_spider(site, id="tilleul-projets", partner="tilleul"))
        everything = await trail(scraper, scraper.people.steward)
        assert [entry["document"] for entry in everything] == ["tilleul-projets", "tilleul", "essor-projets", "essor"]
        assert await trail(scraper, scraper.people.viewer) == everything[2:]
        assert await trail(scraper, scraper.people.stranger) == everything[:2]
        assert await trail(scraper, scraper.people.stranger, f"?partner={PARTNER}") == []
        assert await trail(scraper, scraper.people.admin, "?partner=tilleul&spider=tilleul-projets") == everything[:1]
        seen: list[dict[str, Any]] = []
        after = ""
        while True:
            page = (await scraper.send("GET", f"/v1/audit?limit=1{after}", scraper.people.admin)).json()
            seen += page["items"]
            if page["next"] is None:
                break
            after = f"&after={page['next']}"
        assert seen == everything
