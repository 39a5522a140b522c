"""What a site repeats of a secret is in no archive and in no page of an error; an archive is read without secrets."""

import gzip
from pathlib import Path

from moisson_shared.contracts.run import RunState
from tests.scraper.running_scraper import running_scraper
from tests.scraper.sample_site import SampleSite
from tests.scraper.test_secrets import KEY, SPIDER, asking, put


async def test_what_is_kept_of_pages_has_no_secrets(tmp_path: Path, site: SampleSite) -> None:
    folder = tmp_path / "archive"
    async with running_scraper(tmp_path, site, secrets_key=KEY, archive_folder=str(folder)) as scraper:
        await scraper.save(asking(site) | {"archive": True})
        await put(scraper)
        run = await scraper.crawl("essor-api")
        assert (run.state, run.counters.records_new, run.counters.pages_failed) == (RunState.DONE, 2, 1)
        path = f"/v1/runs/{run.id}/errors"
        errors = await scraper.send("GET", path, scraper.people.member)
        page = await scraper.send("GET", f"{path}/http-500/page", scraper.people.member)
        assert page.text.startswith("{secret:token} has no access to /detail/2")
        content = b"".join(gzip.decompress(file.read_bytes()) for file in folder.glob("*/*/*"))
        assert content.count(b"{secret:token}") > 5
        for told in (errors.content, page.content, content):
            assert b"zanzibarine" not in told
        site.pages.clear()
        assert (await scraper.send("DELETE", f"{SPIDER}/secrets/token", scraper.people.member)).status_code == 204
        asked = await scraper.send("POST", f"{SPIDER}/runs", scraper.people.member, json={"reread_of": run.id})
        again = await scraper.ended(asked.json()["id"])
        assert (again.state, again.counters.records_unchanged, again.counters.pages_failed) == (RunState.DONE, 2, 1)
