"""Signing in, refreshing, signing out: rotation, reuse, races, closed accounts, and what is never said."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from moisson_api.identity.account import CREDENTIALS
from moisson_api.identity.refresh_family import REFRESH_FAMILIES
from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.ports.documents import Find
from tests.api.running_api import ADMIN, PASSWORD, Api, MovableClock, bearer, running_api


async def refresh(api: Api, session: dict[str, Any]) -> httpx.Response:
    return await api.client.post("/v1/refresh", json={"refresh_token": session["refresh_token"]})


async def test_a_session_says_whose_it_is(api: Api) -> None:
    session = await api.first_admin()
    assert session["token_type"] == "Bearer"
    assert session["expires_in"] == 600
    assert session["account"]["email"] == ADMIN
    assert session["account"]["roles"] == ["admin"]
    answer = await api.client.get("/v1/me", headers=bearer(session))
    assert answer.json() == session["account"]
    assert answer.headers["cache-control"] == "no-store"


async def test_capitals_in_the_address_do_not_matter(api: Api) -> None:
    await api.first_admin()
    await api.login(ADMIN.upper())


async def test_composed_and_decomposed_letters_are_one_password(api: Api) -> None:
    admin = await api.first_admin()
    await api.account(admin, "e@moisson.example", password="été à la mer é")
    await api.login("e@moisson.example", "e\u0301te\u0301 a\u0300 la mer e\u0301")


async def test_every_refused_sign_in_looks_the_same(api: Api) -> None:
    admin = await api.first_admin()
    await api.account(admin, "closed@moisson.example", disabled=True)
    no_password = {"email": "new@moisson.example", "name": "New"}
    assert (await api.client.post("/v1/accounts", json=no_password, headers=bearer(admin))).status_code == 201
    seen = set()
    for email, password in (
        (ADMIN, "not the right password"),
        ("nobody@moisson.example", PASSWORD),
        ("closed@moisson.example", PASSWORD),
        ("new@moisson.example", ""),
        ("not an address", PASSWORD),
    ):
        headers = {"X-Request-Id": "the-same-id"}
        answer = await api.client.post("/v1/login", json={"email": email, "password": password}, headers=headers)
        assert answer.status_code == 401
        seen.add(answer.content)
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/login", {"email": ADMIN}),
        ("/v1/login", {"email": ADMIN, "password": PASSWORD, "remember": True}),
        ("/v1/login", {"email": ADMIN, "password": ["x"]}),
        ("/v1/refresh", {}),
        ("/v1/refresh", {"refresh_token": "x" * 1000}),
        ("/v1/logout", []),
    ],
)
async def test_malformed_bodies_are_refused_without_repeating_them(api: Api, path: str, body: object) -> None:
    answer = await api.client.post(path, json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert PASSWORD not in answer.text


async def test_each_refresh_token_is_good_once(api: Api) -> None:
    first = await api.first_admin()
    second = (await refresh(api, first)).json()
    third = (await refresh(api, second)).json()
    assert len({session["refresh_token"] for session in (first, second, third)}) == 3
    assert (await api.client.get("/v1/me", headers=bearer(third))).status_code == 200


async def test_using_one_again_ends_the_whole_family_and_no_other(api: Api) -> None:
    first = await api.first_admin()
    elsewhere = await api.login(ADMIN)
    second = (await refresh(api, first)).json()
    assert (await refresh(api, first)).status_code == 401
    assert (await refresh(api, second)).status_code == 401
    assert (await refresh(api, elsewhere)).status_code == 200


async def test_of_two_refreshes_at_one_moment_one_wins(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api, running_api(tmp_path) as replica:
        session = await api.first_admin()
        answers = await asyncio.gather(*(refresh(each, session) for each in (api, replica) * 4))
        assert sorted(answer.status_code for answer in answers) == [200, *[401] * 7]


@pytest.mark.parametrize("token", ["x", "x.y", ".", "é.é", "a.b.c", " "])
async def test_tokens_we_never_wrote_do_not_hold(api: Api, token: str) -> None:
    assert (await api.client.post("/v1/refresh", json={"refresh_token": token})).status_code == 401


async def test_signing_out_ends_the_session_and_may_be_repeated(api: Api) -> None:
    session = await api.first_admin()
    for _ in range(2):
        answer = await api.client.post("/v1/logout", json={"refresh_token": session["refresh_token"]})
        assert answer.status_code == 204
    assert (await refresh(api, session)).status_code == 401


async def test_a_session_ends_after_thirty_days_however_busy(api: Api) -> None:
    session = await api.first_admin()
    for _ in range(3):
        api.clock.advance(days=9, hours=23)
        session = (await refresh(api, session)).json()
    api.clock.advance(hours=4)
    assert (await refresh(api, session)).status_code == 401


async def test_sessions_that_are_over_are_forgotten(tmp_path: Path) -> None:
    async with running_api(tmp_path) as api:
        await api.first_admin()
        url = api.settings.documents_url
    clock = MovableClock()
    clock.advance(days=31)
    async with running_api(tmp_path, clock=clock):
        documents = open_documents(url)
        await documents.open([REFRESH_FAMILIES])
        for _ in range(200):
            if not (await documents.find(REFRESH_FAMILIES, Find())).items:
                break
            await asyncio.sleep(0.02)
        assert await documents.count(REFRESH_FAMILIES) == 0
        await documents.close()


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


async def test_neither_passwords_nor_tokens_are_kept(tmp_path: Path) -> None:
    async with running_api(tmp_path, hasher=None) as api:
        session = await api.first_admin()
        token = api.one_time_token()
        documents = open_documents(api.settings.documents_url)
        await documents.open([CREDENTIALS])
        credential = (await documents.find(CREDENTIALS, Find())).items[0].value
        await documents.close()
    assert credential.password_hash.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    kept = everything_in(tmp_path)
    for secret in (PASSWORD, session["refresh_token"].partition(".")[2], session["access_token"], token):
        assert secret.encode() not in kept


@pytest.mark.parametrize(
    "change", [{"disabled": True}, {"password": "une autre phrase longue"}], ids=["disabled", "new password"]
)
async def test_a_new_password_or_a_closed_account_ends_all_sessions(api: Api, change: dict[str, object]) -> None:
    admin = await api.first_admin()
    account = await api.account(admin, "u@moisson.example")
    session = await api.login("u@moisson.example")
    draft = {"email": "u@moisson.example", "name": "U", **change}
    answer = await api.client.put(
        f"/v1/accounts/{account['id']}", json=draft, headers={**bearer(admin), "If-Match": '"1"'}
    )
    assert answer.status_code == 200
    assert (await refresh(api, session)).status_code == 401


async def test_another_name_keeps_the_sessions_and_other_roles_hold_from_the_next_token(api: Api) -> None:
    admin = await api.first_admin()
    account = await api.account(admin, "u@moisson.example")
    session = await api.login("u@moisson.example")
    draft = {"email": "u@moisson.example", "name": "Une autre", "roles": ["steward"]}
    await api.client.put(f"/v1/accounts/{account['id']}", json=draft, headers={**bearer(admin), "If-Match": '"1"'})
    renewed = (await refresh(api, session)).json()
    assert renewed["account"]["roles"] == ["steward"]


async def test_a_closed_account_is_nobody_here_though_its_token_lives_on(api: Api) -> None:
    admin = await api.first_admin()
    account = await api.account(admin, "u@moisson.example")
    session = await api.login("u@moisson.example")
    await api.client.delete(f"/v1/accounts/{account['id']}", headers=bearer(admin))
    assert (await api.client.get("/v1/me", headers=bearer(session))).status_code == 401


async def test_a_person_changes_their_password(api: Api) -> None:
    session = await api.first_admin()
    new = "une phrase toute neuve"
    for current, wanted, status in (
        ("not the right password", new, 403),
        (PASSWORD, "court", 422),
        (PASSWORD, new, 204),
    ):
        body = {"current_password": current, "new_password": wanted}
        answer = await api.client.put("/v1/me/password", json=body, headers=bearer(session))
        assert answer.status_code == status, answer.text
    assert (await refresh(api, session)).status_code == 401
    await api.login(ADMIN, new)


async def test_failed_sign_ins_are_throttled_per_account_known_or_not(tmp_path: Path) -> None:
    async with running_api(tmp_path, failed_logins_per_account=3) as api:
        await api.first_admin()
        for email in (ADMIN, "nobody@moisson.example"):
            for _ in range(3):
                wrong = {"email": email, "password": "not the right password"}
                assert (await api.client.post("/v1/login", json=wrong)).status_code == 401
            answer = await api.client.post("/v1/login", json={"email": email.upper(), "password": PASSWORD})
            assert answer.status_code == 429
            assert 1 <= int(answer.headers["retry-after"]) <= 300


async def test_failed_sign_ins_are_throttled_per_address(tmp_path: Path) -> None:
    async with (
        running_api(tmp_path, failed_logins_per_address=3, client_address=("2001:db8::1", 1)) as api,
        running_api(tmp_path, failed_logins_per_address=3) as elsewhere,
    ):
        await elsewhere.first_admin()
        for number in range(3):
            wrong = {"email": f"n{number}@moisson.example", "password": PASSWORD}
            assert (await api.client.post("/v1/login", json=wrong)).status_code == 401
        right = {"email": ADMIN, "password": PASSWORD}
        assert (await api.client.post("/v1/login", json=right)).status_code == 429
        assert (await elsewhere.client.post("/v1/login", json=right)).status_code == 200


async def test_signing_in_often_with_success_is_not_throttled(tmp_path: Path) -> None:
    async with running_api(tmp_path, failed_logins_per_account=2, failed_logins_per_address=2) as api:
        await api.first_admin()
        for _ in range(3):
            await api.login(ADMIN)
