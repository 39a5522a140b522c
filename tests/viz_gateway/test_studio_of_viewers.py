"""Members who may only look: no screen of the studio has a button for them that the scraper would refuse."""

import re
from pathlib import Path

import pytest

from moisson_shared.contracts.access import PartnerRole, Role
from moisson_shared.contracts.run import RunState
from moisson_viz_gateway.sessions import Session
from tests.scraper.running_scraper import PARTNER, file_spider, json_spider
from tests.scraper.sample_site import directory, sample_site
from tests.scraper.test_fixtures import approved
from tests.scraper.test_repair import rewritten, watchful
from tests.viz_gateway.studio_over_scraper import Studio, studio_over_scraper

HARMLESS = re.compile(r"/studio/(logout|spiders/[^/]+/(preview|check))")
"""What forms of viewers may be sent to."""


async def doors(studio: Studio, screens: list[str]) -> dict[str, set[str]]:
    """Where the forms and links of each screen lead, that change something."""
    found = {}
    for screen in screens:
        answer = await studio.get(screen)
        assert answer.status_code == 200, (screen, answer.text)
        posting = [tag for tag in re.findall(r"<form[^>]*>", answer.text) if 'method="post"' in tag]
        forms = {action for tag in posting for action in re.findall(r'action="([^"]+)"', tag)}
        assert "/studio/logout" in forms
        links = set(re.findall(r'href="([^"]+(?:/edit|/spiders/new)[^"]*)"', answer.text))
        found[screen] = {form for form in forms if not HARMLESS.fullmatch(form)} | links
    return found


async def test_viewers_see_no_button_that_changes_anything_and_editors_see_them(tmp_path: Path) -> None:
    async with sample_site(directory(12)) as site, studio_over_scraper(tmp_path, site) as studio:
        scraper = studio.scraper
        await scraper.save(watchful(site))
        await scraper.save(file_spider("") | {"source": {"kind": "file"}})
        await scraper.save(json_spider(f"{site.url}/api"))
        await approved(scraper)
        done = await scraper.crawl("essor-projets")
        rewritten(site, ('class="town"', 'class="place"'))
        held = await scraper.crawl("essor-projets")
        assert held.state is RunState.QUARANTINED
        spiders = [f"/studio/spiders/{name}" for name in ("essor-projets", "essor-fichier", "essor-api")]
        screens = [
            *("/studio", f"/studio/partners/{PARTNER}", *spiders),
            *(f"{spiders[0]}/fixtures", f"{spiders[1]}/upload", f"{spiders[2]}/secrets"),
            *(f"/studio/runs/{run.id}{part}" for run in (done, held) for part in ("", "/report", "/repair")),
            f"/studio/runs/{held.id}/items",
        ]
        await studio.sign_in("viewer")
        assert {screen: found for screen, found in (await doors(studio, screens)).items() if found} == {}
        for path in ("/studio/spiders/new", f"{spiders[0]}/edit"):
            assert (await studio.get(path)).status_code == 403
        refused = await studio.post(f"{spiders[0]}/runs", "/studio")
        assert refused.status_code == 403, "the scraper itself says no"
        await studio.sign_in("editor")
        changing = await doors(studio, screens)
        with_none = {screen for screen, found in changing.items() if not found}
        assert with_none == {
            *(f"/studio/runs/{run.id}/report" for run in (done, held)),
            f"/studio/runs/{held.id}/items",
            f"/studio/runs/{done.id}/repair",
        }


def a_session(*roles: Role, **partner_roles: PartnerRole) -> Session:
    return Session.model_validate(
        {
            "hashed": "h",
            "account": "a",
            "name": "n",
            "email": "e",
            "roles": roles,
            "partners": ["ronce", "essor"],
            "partner_roles": partner_roles,
            "access_token": "t",
            "refresh_token": "t",
            "access_until": "2026-03-01T00:00:00Z",
            "ends_at": "2026-03-01T00:00:00Z",
        }
    )


@pytest.mark.parametrize(
    ("session", "manages", "owns", "any_"),
    [
        (a_session(Role.PARTNER), True, False, True),
        (a_session(Role.PARTNER, essor=PartnerRole.VIEWER), False, False, True),
        (a_session(Role.PARTNER, essor=PartnerRole.VIEWER, ronce=PartnerRole.VIEWER), False, False, False),
        (a_session(Role.PARTNER, essor=PartnerRole.OWNER), True, True, True),
        (a_session(Role.STEWARD), False, False, False),
        (a_session(Role.ADMIN), True, True, True),
    ],
    ids=["member", "viewer", "viewer of all", "owner", "steward", "admin"],
)
def test_what_a_session_may_change(session: Session, manages: bool, owns: bool, any_: bool) -> None:
    assert (session.manages("essor"), session.owns("essor"), session.manages_any) == (manages, owns, any_)
