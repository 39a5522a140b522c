"""A project whose every field is an attack, and hostile addresses: nothing of it becomes markup or a link."""

from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.viz_gateway.fake_api import FakeApi
from tests.viz_gateway.running_gateway import Running, running_gateway
from tests.viz_gateway.sample_corpus import HOSTILE, hostile_project, sample_projects

PROJECT = quote(hostile_project().id, safe="")
STUDIO = (
    "/studio",
    "/studio/spiders/ronce-annuaire",
    "/studio/spiders/ronce-annuaire/edit",
    "/studio/runs/r1",
    "/studio/corpora/cis",
    "/studio/normalisations/n1",
    f"/studio/normalisations/n1/rejects?recipe={quote(HOSTILE)}&field={quote(HOSTILE)}&code={quote(HOSTILE)}",
    "/studio/recipes/ronce-annuaire",
    "/studio/recipes/ronce-annuaire/edit",
    "/studio/portals/cis",
    f"/studio/language/fr?next={quote('//evil.example')}",
)
PUBLIC = (
    "/fr/cis",
    f"/fr/cis?q={quote(HOSTILE)}&themes={quote(HOSTILE)}&audience={quote(HOSTILE)}&started.min={quote(HOSTILE)}",
    f"/fr/cis?page=2&after={quote(HOSTILE)}&sort={quote(HOSTILE)}&bbox={quote(HOSTILE)}",
    f"/fr/cis/map?q={quote(HOSTILE)}",
    "/fr/cis/map?audience=" + quote(HOSTILE),
    f"/fr/cis/projects/{PROJECT}",
    f"/en/cis/projects/{PROJECT}?q={quote(HOSTILE)}",
    f"/fr/{quote(HOSTILE)}",
    f"/studio/login?next={quote(HOSTILE)}",
    f"/studio/first-admin?token={quote(HOSTILE)}",
)


class _Audit(HTMLParser):
    """What a browser would run or follow."""

    def __init__(self) -> None:
        super().__init__()
        self.alarms: list[str] = []
        self._in: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self._in = tag if tag in {"script", "style"} else None
        ours = (values.get("src") or "").startswith("/static/") or values.get("type") == "application/ld+json"
        if tag == "script" and not ours:
            self.alarms.append(f"script {values}")
        if tag in {"img", "iframe", "object", "embed", "style", "base"}:
            self.alarms.append(f"{tag} {values}")
        for name, value in values.items():
            if name.startswith(("on", "hx-on")) or name == "style":
                self.alarms.append(f"{tag} {name}={value}")
            if name in {"href", "src", "action", "formaction"} and not (value or "").startswith(
                ("/", "#", "?", "http://", "https://", "mailto:", "tel:")
            ):
                self.alarms.append(f"{tag} {name}={value}")

    def handle_data(self, data: str) -> None:
        if self._in == "script" and ("</" in data or "<script" in data):
            self.alarms.append(f"script text {data[:80]}")


@pytest.fixture
async def hostile(tmp_path: Path) -> AsyncIterator[Running]:
    api = FakeApi(projects=(hostile_project(), *sample_projects(3)))
    async with running_gateway(tmp_path, api) as running:
        yield running


@pytest.mark.parametrize("path", PUBLIC)
async def test_public_pages_disarm_everything(hostile: Running, path: str) -> None:
    response = await hostile.get(path)
    assert response.status_code in {200, 404, 422}, response.text
    assert audit(response.text) == []


@pytest.mark.parametrize("path", STUDIO)
async def test_the_studio_disarms_everything(hostile: Running, path: str) -> None:
    await hostile.sign_in("admin", "steward", "partner")
    response = await hostile.get(path)
    assert response.status_code in {200, 303}, response.text
    assert response.headers.get("location", "/studio") == "/studio"
    assert audit(response.text) == []


async def test_the_hostile_project_is_readable_as_text(hostile: Running) -> None:
    response = await hostile.get(f"/fr/cis/projects/{PROJECT}")
    assert response.status_code == 200
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in response.text
    assert "javascript:alert(4)" in response.text
    assert 'href="javascript' not in response.text.lower()


def audit(html: str) -> list[str]:
    parser = _Audit()
    parser.feed(html)
    return parser.alarms
