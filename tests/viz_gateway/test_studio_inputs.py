"""What partners give a source beside its configuration (a file, secrets), and the screen of the partner itself."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from moisson_shared.contracts.quota import PartnerQuota, Quota, QuotaUsage
from moisson_viz_gateway.studio.quota_view import meters
from moisson_viz_gateway.wording.catalogue import load_wordings
from tests.scraper.running_scraper import file_spider, json_spider
from tests.viz_gateway.fake_api import NEWCOMER
from tests.viz_gateway.studio_over_scraper import Studio, studio_over_scraper

FILE = "/studio/spiders/essor-fichier"
API = "/studio/spiders/essor-api"
PARTNER = "/studio/partners/essor"
VALUE = "a-secret-of-this-test-alone"


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with studio_over_scraper(
        tmp_path, secrets_key="a key of these tests, long enough", upload_max_bytes=5000
    ) as made:
        source = {"kind": "file"}
        await made.scraper.save(file_spider("") | {"source": source, "politeness": {}})
        headers = {"Authorization": "Bearer {secret:jeton}"}
        await made.scraper.save(json_spider("https://x.example/api", headers=headers))
        yield made


async def uploaded(studio: Studio, name: str, content: bytes) -> tuple[int, str]:
    token = await studio.form_token(f"{FILE}/upload")
    files = {"file": (name, content, "text/csv")}
    answer = await studio.http.post(f"{FILE}/upload", data={"form_token": token}, files=files)
    return answer.status_code, answer.text


async def test_a_file_is_uploaded_through_a_form(studio: Studio) -> None:
    await studio.sign_in()
    assert "Aucun fichier pour l’instant" in (await studio.get(f"{FILE}/upload")).text
    assert (await uploaded(studio, "projets.csv", b"id,nom\n1,Un atelier\n"))[0] == 303
    html = (await studio.get(f"{FILE}/upload?done=1")).text
    assert "projets.csv" in html
    assert "20\u00a0octets" in html
    preview = await studio.post(f"{FILE}/preview", FILE)
    assert "Un atelier" in preview.text
    assert "rangée 2" in preview.text
    for name, content, status, said in (
        ("vide.csv", b"", 422, "Choisissez un fichier"),
        ("grand.csv", b"x" * 6000, 413, "plus grand que ce que le service de récolte accepte"),
    ):
        answered, text = await uploaded(studio, name, content)
        assert answered == status
        assert said in text
    assert "projets.csv" in (await studio.get(f"{FILE}/upload")).text
    forged = {"file": ("x.csv", b"x", "text/csv")}
    assert (await studio.http.post(f"{FILE}/upload", data={"form_token": "x"}, files=forged)).status_code == 403


async def test_a_new_source_for_a_file_leads_to_its_form(studio: Studio) -> None:
    await studio.sign_in()
    page = "/studio/spiders/new?kind=upload"
    answer = await studio.post("/studio/spiders", page, document=await studio.editor_text(page), action="save")
    assert answer.headers["location"] == "/studio/spiders/essor-depot/upload"


async def test_secrets_are_written_and_never_shown(studio: Studio) -> None:
    await studio.sign_in()
    page = f"{API}/secrets"
    html = (await studio.get(page)).text
    assert "La source emploie un secret qui manque encore" in html
    assert 'value="jeton"' in html
    assert (await studio.post(page, page, name="jeton", value=VALUE)).status_code == 303
    html = (await studio.get(page)).text
    assert "qui manque encore" not in html
    assert "https://x.example" in html
    assert VALUE not in html
    for name, value, said in (("Pas Un Nom", VALUE, "Un nom commence"), ("autre", "été été été", "pas acceptée")):
        refused = await studio.post(page, page, name=name, value=value)
        assert refused.status_code == 422
        assert said in refused.text
        assert value not in refused.text
    assert (await studio.post(f"{page}/jeton/delete", page)).status_code == 303
    assert "Aucun secret." in (await studio.get(page)).text


async def test_where_no_secrets_are_kept_that_is_said(tmp_path: Path) -> None:
    async with studio_over_scraper(tmp_path) as studio:
        await studio.scraper.save(json_spider("https://x.example/api"))
        await studio.sign_in()
        refused = await studio.post(f"{API}/secrets", f"{API}/secrets", name="jeton", value=VALUE)
        assert refused.status_code == 409
        assert "Ce secret n’a pas été enregistré." in refused.text
        assert VALUE not in refused.text


async def test_an_owner_says_who_belongs_to_the_partner(studio: Studio) -> None:
    await studio.sign_in("owner")
    quota = {"pages_per_day": 1000}
    await studio.scraper.send(
        "PUT", "/v1/partners/essor/quota", studio.scraper.people.admin, json=quota, headers={"If-Match": "*"}
    )
    html = (await studio.get(PARTNER)).text
    assert PARTNER in (await studio.get("/studio")).text
    assert "sur 1\u202f000" in html
    assert "sans limite" in html
    assert "ali@essor.example" in html
    members = f"{PARTNER}/members"
    assert (await studio.post(members, PARTNER, email=NEWCOMER, role="editor")).status_code == 303
    assert studio.api.members["a9"] == (NEWCOMER, "editor")
    unknown = await studio.post(members, PARTNER, email="nobody@essor.example", role="viewer")
    assert unknown.status_code == 422
    assert "Aucun compte n’a l’adresse nobody@essor.example" in unknown.text
    assert (await studio.post(f"{members}/a2/remove", PARTNER)).status_code == 303
    assert "a2" not in studio.api.members


@pytest.mark.parametrize("role", ["editor", "viewer"])
async def test_others_see_members_and_quota_without_buttons(studio: Studio, role: str) -> None:
    await studio.sign_in(role)
    html = (await studio.get(PARTNER)).text
    assert "Lecteur" in html
    assert f'action="{PARTNER}/members' not in html
    changes = f"{PARTNER}/members/changes"
    assert f'href="{changes}"' in html
    trail = (await studio.get(changes)).text
    assert "<b>Mia</b> · membre : modification <code>Ali</code>" in trail
    assert "<del>Lecteur</del> → <ins>Responsable</ins>" in trail
    for path in (f"{FILE}/upload", f"{API}/secrets"):
        page = (await studio.get(path)).text
        assert (f'action="{path}"' in page) == (role == "editor"), path


def test_meters_say_what_is_near_its_end() -> None:
    quota = PartnerQuota(
        partner="p",
        stated=Quota(),
        limits=Quota(runs_per_day=10, pages_per_day=100, bytes_per_day=0),
        usage=QuotaUsage(day=date(2026, 3, 1), runs=2, pages=80, bytes=5, documents=7),
    )
    shown = meters(quota, load_wordings()["fr"])
    assert [(one.name, one.used, one.allowed, one.share, one.look) for one in shown] == [
        ("runs", "2", "10", 0.2, "best"),
        ("pages", "80", "100", 0.8, "warn"),
        ("bytes", "5\u00a0octets", "0\u00a0octets", 1.0, "bad"),
        ("documents", "7", None, None, "best"),
    ]
