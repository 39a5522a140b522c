"""Accounts, for admins: rules, versions, pages, and that there is always an admin left."""

import asyncio
from typing import Any

import pytest

from tests.api.running_api import ADMIN, PASSWORD, Api, bearer


@pytest.mark.parametrize(
    ("draft", "pointer"),
    [
        ({"email": "x"}, "/email"),
        ({"name": " "}, "/name"),
        ({"name": "two\nlines"}, "/name"),
        ({"roles": []}, "/roles"),
        ({"roles": ["emperor"]}, "/roles/0"),
        ({"roles": ["partner"]}, ""),
        ({"partners": ["emmaus"]}, ""),
        ({"roles": ["partner"], "partners": ["Not A Slug"]}, "/partners/0"),
        ({"password": "court"}, "/password"),
        ({"password": "U@moisson.example"}, "/password"),
        ({"id": "chosen"}, "/id"),
        ({"password_hash": "x"}, "/password_hash"),
    ],
)
async def test_what_is_no_account_is_refused_with_its_place(api: Api, draft: dict[str, Any], pointer: str) -> None:
    admin = await api.first_admin()
    body = {"email": "u@moisson.example", "name": "U", "password": PASSWORD, **draft}
    answer = await api.client.post("/v1/accounts", json=body, headers=bearer(admin))
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["faults"]] == [pointer]
    assert PASSWORD not in answer.text


async def test_an_address_is_taken_whatever_its_capitals(api: Api) -> None:
    admin = await api.first_admin()
    body = {"email": ADMIN.upper(), "name": "Double"}
    answer = await api.client.post("/v1/accounts", json=body, headers=bearer(admin))
    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/already-exists"


async def test_accounts_are_read_by_page_and_never_show_a_hash(api: Api) -> None:
    admin = await api.first_admin()
    for number in range(4):
        await api.account(admin, f"u{number}@moisson.example", roles=["partner"], partners=["emmaus"])
    seen: list[str] = []
    after: str | None = None
    while True:
        parameters = {"limit": "2"} | ({"after": after} if after else {})
        answer = await api.client.get("/v1/accounts", params=parameters, headers=bearer(admin))
        assert "argon2" not in answer.text
        page = answer.json()
        seen += [account["email"] for account in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == [ADMIN, *(f"u{number}@moisson.example" for number in range(4))]


async def test_changes_need_the_version_that_was_read(api: Api) -> None:
    admin = await api.first_admin()
    account = await api.account(admin, "u@moisson.example")
    address = f"/v1/accounts/{account['id']}"
    read = await api.client.get(address, headers=bearer(admin))
    assert read.headers["etag"] == '"1"'
    draft = {"email": "U@moisson.example", "name": "Nouveau nom"}
    for if_match, status in ((None, 428), ('"7"', 412), ('W/"1"', 412), ("1", 422), ('"1"', 200), ('"1"', 412)):
        headers = bearer(admin) | ({"If-Match": if_match} if if_match else {})
        answer = await api.client.put(address, json=draft, headers=headers)
        assert answer.status_code == status, answer.text
    changed = await api.client.get(address, headers=bearer(admin))
    assert changed.headers["etag"] == '"2"'
    assert changed.json()["name"] == "Nouveau nom"
    assert changed.json()["created_at"] == account["created_at"]
    same = await api.client.get(address, headers={**bearer(admin), "If-None-Match": '"2"'})
    assert same.status_code == 304
    await api.login("u@moisson.example")


async def test_deleting_honours_the_version_and_what_is_gone_is_not_found(api: Api) -> None:
    admin = await api.first_admin()
    account = await api.account(admin, "u@moisson.example")
    address = f"/v1/accounts/{account['id']}"
    assert (await api.client.delete(address, headers={**bearer(admin), "If-Match": '"9"'})).status_code == 412
    assert (await api.client.delete(address, headers=bearer(admin))).status_code == 204
    for method in ("GET", "DELETE"):
        assert (await api.client.request(method, address, headers=bearer(admin))).status_code == 404
    await api.account(admin, "u@moisson.example")


LAST_ADMIN_DRAFTS = [
    {"email": ADMIN, "name": "Ada", "roles": ["user"]},
    {"email": ADMIN, "name": "Ada", "roles": ["admin"], "disabled": True},
]


@pytest.mark.parametrize("draft", [*LAST_ADMIN_DRAFTS, None], ids=["role", "disabled", "deleted"])
async def test_the_last_admin_stays(api: Api, draft: dict[str, Any] | None) -> None:
    admin = await api.first_admin()
    address = f"/v1/accounts/{admin['account']['id']}"
    headers = {**bearer(admin), "If-Match": '"1"'}
    method = "PUT" if draft else "DELETE"
    answer = await api.client.request(method, address, headers=headers, json=draft)
    assert answer.status_code == 409
    assert "last admin" in answer.json()["detail"]
    other = await api.account(admin, "second@moisson.example", roles=["admin"])
    assert other["roles"] == ["admin"]
    assert (await api.client.request(method, address, headers=headers, json=draft)).status_code in {200, 204}


@pytest.mark.parametrize("draft", [*LAST_ADMIN_DRAFTS, None], ids=["role", "disabled", "deleted"])
async def test_an_admin_who_cannot_sign_in_yet_replaces_nobody(api: Api, draft: dict[str, Any] | None) -> None:
    admin = await api.first_admin()
    address = f"/v1/accounts/{admin['account']['id']}"
    headers = {**bearer(admin), "If-Match": '"1"'}
    method = "PUT" if draft else "DELETE"
    second = {"email": "second@moisson.example", "name": "Second", "roles": ["admin"]}
    created = await api.client.post("/v1/accounts", json=second, headers=bearer(admin))
    assert created.status_code == 201
    assert (await api.client.request(method, address, headers=headers, json=draft)).status_code == 409
    given = {**bearer(admin), "If-Match": created.headers["etag"]}
    body = {**second, "password": PASSWORD}
    answer = await api.client.put(created.headers["location"], json=body, headers=given)
    assert answer.status_code == 200
    assert (await api.client.request(method, address, headers=headers, json=draft)).status_code in {200, 204}
    await api.login("second@moisson.example")


async def test_two_admins_cannot_remove_each_other_at_the_same_moment(api: Api) -> None:
    first = await api.first_admin()
    await api.account(first, "second@moisson.example", roles=["admin"])
    second = await api.login("second@moisson.example")
    answers = await asyncio.gather(
        api.client.delete(f"/v1/accounts/{second['account']['id']}", headers=bearer(first)),
        api.client.delete(f"/v1/accounts/{first['account']['id']}", headers=bearer(second)),
    )
    assert 204 in {answer.status_code for answer in answers}
    remaining = [
        session
        for session in (first, second)
        if (await api.client.get("/v1/accounts", headers=bearer(session))).status_code == 200
    ]
    assert len(remaining) == 1


async def test_an_admin_who_was_removed_administers_no_more_though_the_token_lives_on(api: Api) -> None:
    first = await api.first_admin()
    await api.account(first, "second@moisson.example", roles=["admin"])
    second = await api.login("second@moisson.example")
    await api.client.delete(f"/v1/accounts/{second['account']['id']}", headers=bearer(first))
    body = {"email": "third@moisson.example", "name": "Third", "roles": ["admin"], "password": PASSWORD}
    assert (await api.client.post("/v1/accounts", json=body, headers=bearer(second))).status_code == 403


@pytest.mark.parametrize("roles", [["user"], ["contributor"], ["steward"], ["partner"]])
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("POST", ""), ("GET", "/x"), ("PUT", "/x"), ("DELETE", "/x")],
)
async def test_only_admins_administer(api: Api, roles: list[str], method: str, path: str) -> None:
    admin = await api.first_admin()
    partners = ["emmaus"] if roles == ["partner"] else []
    await api.account(admin, "u@moisson.example", roles=roles, partners=partners)
    session = await api.login("u@moisson.example")
    body = {"email": "x@moisson.example", "name": "X"} if method in {"POST", "PUT"} else None
    for headers, status in ((bearer(session), 403), ({}, 401)):
        answer = await api.client.request(method, f"/v1/accounts{path}", headers=headers, json=body)
        assert answer.status_code == status
