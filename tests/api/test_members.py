"""Members of a partner: who may say who belongs to it, and what their tokens say then."""

from typing import Any

import jwt
import pytest

from tests.api.running_api import ADMIN, Api, bearer

MEMBERS = "/v1/partners/essor/members"
WHO = ("nobody", "user", "stranger", "viewer", "editor", "owner", "steward", "admin")
ACCOUNTS: dict[str, dict[str, Any]] = {
    "user": {},
    "stranger": {"roles": ["partner"], "partners": ["tilleul"], "partner_roles": {"tilleul": "owner"}},
    "viewer": {"roles": ["partner"], "partners": ["essor"], "partner_roles": {"essor": "viewer"}},
    "editor": {"roles": ["partner"], "partners": ["essor"]},
    "owner": {"roles": ["partner"], "partners": ["essor", "tilleul"], "partner_roles": {"essor": "owner"}},
    "steward": {"roles": ["steward"]},
}


def address(who: str) -> str:
    return f"{who}@moisson.example"


async def everybody(api: Api) -> dict[str, dict[str, Any]]:
    """A session for each of WHO."""
    admin = await api.first_admin()
    for who, draft in ACCOUNTS.items():
        await api.account(admin, address(who), **draft)
    await api.account(admin, address("new"))
    return {"admin": admin} | {who: await api.login(address(who)) for who in ACCOUNTS}


def claims(session: dict[str, Any]) -> dict[str, Any]:
    read: dict[str, Any] = jwt.decode(session["access_token"], options={"verify_signature": False})
    return read


async def test_who_may_read_and_change_members(api: Api) -> None:
    sessions = await everybody(api)
    new = {"email": address("new"), "role": "viewer"}
    listed = (await api.client.get(MEMBERS, headers=bearer(sessions["admin"]))).json()
    ids = {member["email"]: member["account"] for member in listed["items"]}
    calls: list[tuple[str, str, Any, tuple[int, ...]]] = [
        ("GET", MEMBERS, None, (401, 404, 404, 200, 200, 200, 200, 200)),
        ("PUT", MEMBERS, new, (401, 404, 404, 403, 403, 200, 403, 200)),
        ("DELETE", f"{MEMBERS}/{ids[address('viewer')]}", None, (401, 404, 404, 403, 403, 204, 403, 404)),
    ]
    for method, path, body, expected in calls:
        for who, status in zip(WHO, expected, strict=True):
            headers = {} if who == "nobody" else bearer(sessions[who])
            answer = await api.client.request(method, path, json=body, headers=headers)
            assert answer.status_code == status, (method, who, answer.text)


async def test_the_token_says_what_a_member_is(api: Api) -> None:
    sessions = await everybody(api)
    assert claims(sessions["owner"])["partner_roles"] == {"essor": "owner"}
    assert claims(sessions["editor"])["partner_roles"] == {}
    owner = bearer(sessions["owner"])
    session: dict[str, Any] = {}
    for role, stated in (("viewer", {"essor": "viewer"}), ("editor", {}), ("owner", {"essor": "owner"})):
        body = {"email": address("new").upper(), "role": role}
        answer = await api.client.put(MEMBERS, json=body, headers=owner)
        assert answer.json()["role"] == role
        session = await api.login(address("new"))
        assert claims(session)["partner_roles"] == stated
        assert session["account"]["partner_roles"] == {"essor": role}
        assert sorted(claims(session)["roles"]) == ["partner", "user"]
    removed = await api.client.delete(f"{MEMBERS}/{session['account']['id']}", headers=owner)
    assert removed.status_code == 204
    session = await api.login(address("new"))
    assert (claims(session)["roles"], claims(session)["partners"]) == (["user"], [])


async def test_an_owner_says_nothing_of_other_partners_and_nothing_more_once_they_are_none(api: Api) -> None:
    sessions = await everybody(api)
    body = {"email": address("new")}
    owner = bearer(sessions["owner"])
    other = await api.client.put("/v1/partners/tilleul/members", json=body, headers=owner)
    assert other.status_code == 403, "a member there, but no owner"
    admin = bearer(sessions["admin"])
    demoted = {"email": address("owner"), "role": "editor"}
    assert (await api.client.put(MEMBERS, json=demoted, headers=admin)).status_code == 200
    late = await api.client.put(MEMBERS, json=body, headers=owner)
    assert late.status_code == 403, "the token says owner still, the account does not"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({"email": "x@moisson.example"}, "/email"), ({"email": ADMIN, "role": "emperor"}, "/role")],
)
async def test_what_is_no_member_is_refused(api: Api, body: dict[str, Any], pointer: str) -> None:
    admin = await api.first_admin()
    answer = await api.client.put(MEMBERS, json=body, headers=bearer(admin))
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["faults"]] == [pointer]


async def test_an_account_has_no_role_for_a_partner_it_does_not_belong_to(api: Api) -> None:
    admin = await api.first_admin()
    body = {"email": "u@moisson.example", "name": "U", "partner_roles": {"essor": "owner"}}
    assert (await api.client.post("/v1/accounts", json=body, headers=bearer(admin))).status_code == 422
    assert (await api.client.put(MEMBERS, json={"email": ADMIN}, headers=bearer(admin))).status_code == 200
    assert (await api.client.get("/v1/accounts", headers=bearer(admin))).status_code == 200, "an admin still"


async def test_every_change_of_members_stands_in_the_trail(api: Api) -> None:
    sessions = await everybody(api)
    admin, owner = bearer(sessions["admin"]), bearer(sessions["owner"])
    by = {who: claims(sessions[who])["sub"] for who in ("admin", "owner")}
    new = (await api.client.put(MEMBERS, json={"email": address("new"), "role": "viewer"}, headers=owner)).json()
    for role in ("owner", "owner"):
        await api.client.put(MEMBERS, json={"email": address("new"), "role": role}, headers=owner)
    account = f"/v1/accounts/{new['account']}"
    known = await api.client.get(account, headers=admin)
    draft = {"email": address("new"), "name": "N", "roles": ["partner"], "partners": ["essor", "tilleul"]}
    await api.client.put(account, json=draft, headers=admin | {"If-Match": known.headers["etag"]})
    assert (await api.client.delete(account, headers=admin)).status_code == 204
    trail = (await api.client.get(f"{MEMBERS}/audit", headers=bearer(sessions["viewer"]))).json()["items"]
    told = [
        (entry["who"], entry["verb"], entry["changes"][0]["before"], entry["changes"][0]["after"])
        for entry in trail
        if entry["document"] == new["account"]
    ]
    assert told == [
        (by["admin"], "deleted", "editor", None),
        (by["admin"], "replaced", "owner", "editor"),
        (by["owner"], "replaced", "viewer", "owner"),
        (by["owner"], "created", None, "viewer"),
    ]
    assert {(entry["kind"], entry["partner"]) for entry in trail} == {("member", "essor")}
    assert address("new") not in str(trail)


async def test_the_trail_of_members_is_read_page_by_page_by_who_may_read_members(api: Api) -> None:
    sessions = await everybody(api)
    expected = (401, 404, 404, 200, 200, 200, 200, 200)
    for who, status in zip(WHO, expected, strict=True):
        headers = {} if who == "nobody" else bearer(sessions[who])
        assert (await api.client.get(f"{MEMBERS}/audit", headers=headers)).status_code == status, who
    seen: list[str] = []
    after: dict[str, str] = {}
    while True:
        wanted = {"limit": "2", **after}
        page = (await api.client.get(f"{MEMBERS}/audit", params=wanted, headers=bearer(sessions["owner"]))).json()
        seen += [entry["verb"] for entry in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert seen == ["created"] * 3, "viewer, editor and owner came with their accounts"
