"""The first admin: by the one-time link or the command, and never by being first to ask."""

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import pytest

from moisson_api.__main__ import main
from tests.api.running_api import ADMIN, PASSWORD, Api, MovableClock, api_settings, bearer, running_api


def a_body(api: Api, **changed: Any) -> dict[str, Any]:
    return {"token": api.one_time_token(), "email": ADMIN, "name": "Ada", "password": PASSWORD, **changed}


async def test_the_link_is_good_once(api: Api) -> None:
    assert api.links[0].startswith(f"{api.settings.issuer}/first-admin?token=")
    body = a_body(api)
    assert (await api.client.post("/v1/first-admin", json=body)).status_code == 201
    again = await api.client.post("/v1/first-admin", json={**body, "email": "other@moisson.example"})
    assert again.status_code == 401
    session = await api.login(ADMIN)
    assert (await api.client.get("/v1/accounts", headers=bearer(session))).status_code == 200


async def test_nobody_is_first_without_the_token(api: Api) -> None:
    for token in ("x", api.one_time_token() + "x", api.one_time_token()[:-1]):
        assert (await api.client.post("/v1/first-admin", json=a_body(api, token=token))).status_code == 401


async def test_a_refused_draft_does_not_use_the_token_up(api: Api) -> None:
    for changed in ({"password": "court"}, {"email": "x"}, {"name": ""}):
        assert (await api.client.post("/v1/first-admin", json=a_body(api, **changed))).status_code == 422
    assert (await api.client.post("/v1/first-admin", json=a_body(api))).status_code == 201


async def test_of_two_at_one_moment_one_becomes_admin(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api, running_api(tmp_path) as replica:
        answers = await asyncio.gather(
            api.client.post("/v1/first-admin", json=a_body(api)),
            replica.client.post("/v1/first-admin", json=a_body(replica, email="other@moisson.example")),
        )
        assert sorted(answer.status_code for answer in answers) == [201, 401]


async def test_links_die_with_the_first_admin_and_none_is_printed_afterwards(tmp_path: Path) -> None:
    async with running_api(tmp_path) as early:
        forgotten = a_body(early)
    async with running_api(tmp_path) as api:
        assert api.links
        await api.first_admin()
        assert (await api.client.post("/v1/first-admin", json=forgotten)).status_code == 401
    async with running_api(tmp_path) as later:
        assert later.links == []
        assert (await later.client.post("/v1/first-admin", json=forgotten)).status_code == 401


async def test_a_link_holds_for_a_day(tmp_path: Path) -> None:
    clock = MovableClock()
    async with running_api(tmp_path, clock=clock) as api:
        clock.advance(hours=24)
        assert (await api.client.post("/v1/first-admin", json=a_body(api))).status_code == 401


async def test_the_page_behind_the_link_works_without_script(api: Api) -> None:
    page = await api.client.get(api.links[0])
    assert page.status_code == 200
    assert f"value='{api.one_time_token()}'" in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    wrong = await api.client.post("/first-admin", data=a_body(api, password="court", name='<b a="'))
    assert wrong.status_code == 422
    assert "&lt;b a=&quot;" in wrong.text
    assert "court" not in wrong.text.partition("<form")[2]
    assert (await api.client.post("/first-admin", data=a_body(api))).status_code == 201
    assert (await api.client.post("/first-admin", data=a_body(api))).status_code == 401
    await api.login(ADMIN)


def command(folder: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str, stdin: str = "") -> None:
    """Runs `moisson-api` with its settings in the environment, as an operator does."""
    settings = api_settings(folder)
    for name in ("documents_url", "search_url", "issuer"):
        monkeypatch.setenv(settings.variable(name), getattr(settings, name))
    monkeypatch.setenv("MOISSON_API_DEMO", "true")
    monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
    main(arguments)


ASKED = ("create-admin", "--email", ADMIN, "--name", "Ada")


async def in_thread(*arguments: Any, **named: Any) -> None:
    """A command has an event loop of its own."""
    await asyncio.to_thread(command, *arguments, **named)


async def test_the_command_makes_an_admin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await in_thread(tmp_path, monkeypatch, *ASKED, stdin=PASSWORD + "\n")
    async with running_api(tmp_path) as api:
        assert api.links == []
        assert (await api.login(ADMIN))["account"]["roles"] == ["admin"]


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "words"),
    [
        (ASKED, "court\n", 1, "at least 12"),
        (ASKED, "", 1, "at least 12"),
        (("create-admin", "--email", "x", "--name", "Ada"), PASSWORD, 2, "e-mail address"),
        (("create-admin", "--email", ADMIN), PASSWORD, 2, "--name"),
        (("make-coffee",), "", 2, "make-coffee"),
    ],
)
def test_a_wrong_command_says_why(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    stdin: str,
    code: int,
    words: str,
) -> None:
    with pytest.raises(SystemExit) as ended:
        command(tmp_path, monkeypatch, *arguments, stdin=stdin)
    assert ended.value.code == code
    said = capsys.readouterr().err
    assert words in said
    assert PASSWORD not in said


@pytest.mark.parametrize(
    ("name", "value"),
    [("DOCUMENTS_URL", ""), ("DOCUMENTS_URL", "oracle://x"), ("SEARCH_URL", ""), ("SEARCH_URL", "tantivy://x")],
)
def test_a_backend_that_is_not_understood_is_named_by_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    for known in ("DOCUMENTS_URL", "SEARCH_URL"):
        monkeypatch.setenv(f"MOISSON_API_{known}", getattr(api_settings(tmp_path), known.lower()))
    monkeypatch.setenv("MOISSON_API_DEMO", "true")
    monkeypatch.setenv(f"MOISSON_API_{name}", value)
    with pytest.raises(SystemExit) as ended:
        main(["serve"])
    assert ended.value.code == 2
    assert f"MOISSON_API_{name}" in capsys.readouterr().err


def test_secrets_that_everybody_knows_are_for_the_demo(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("MOISSON_API_DEMO", raising=False)
    with pytest.raises(SystemExit):
        main(["serve"])
    said = capsys.readouterr().err
    for name in ("SCRAPER", "NORMALIZER", "VIZ_GATEWAY"):
        assert f"MOISSON_API_{name}_SECRET" in said
    assert "CLIENT_SECRET" not in said


async def test_an_address_that_is_taken_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await in_thread(tmp_path, monkeypatch, *ASKED, stdin=PASSWORD)
    with pytest.raises(SystemExit):
        await in_thread(tmp_path, monkeypatch, *ASKED, stdin=PASSWORD)
    assert "already" in capsys.readouterr().err


async def test_the_key_is_renewed_by_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running_api(tmp_path) as api:
        before = (await api.client.get("/.well-known/jwks.json")).json()["keys"]
    await in_thread(tmp_path, monkeypatch, "rotate-signing-key")
    async with running_api(tmp_path) as api:
        after = (await api.client.get("/.well-known/jwks.json")).json()["keys"]
    assert after[0] == before[0]
    assert len(after) == 2
    assert json.dumps(after) != json.dumps(before)
