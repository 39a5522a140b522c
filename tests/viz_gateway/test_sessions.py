"""Sessions through the login form: cookies, rotation, one refresh at a time, ends; and forms from elsewhere."""

import asyncio
import sqlite3
from datetime import timedelta

import pytest

from moisson_viz_gateway.sealing import Seal
from tests.viz_gateway.fake_api import PASSWORD
from tests.viz_gateway.running_gateway import Running


async def test_the_studio_asks_to_sign_in_and_leads_back(gateway: Running) -> None:
    response = await gateway.get("/studio/corpora/cis?published=3")
    assert response.status_code == 303
    assert response.headers["location"] == "/studio/login?next=%2Fstudio%2Fcorpora%2Fcis%3Fpublished%3D3"
    fields = {"email": "a@b.example", "password": PASSWORD, "next": "/studio/corpora/cis"}
    response = await gateway.post("/studio/login", "/studio/login", **fields)
    assert (response.status_code, response.headers["location"]) == (303, "/studio/corpora/cis")


async def test_the_api_hears_who_signs_in_from_where(gateway: Running) -> None:
    """It counts failures by address: without this one person's would lock out everybody."""
    await gateway.sign_in()
    assert gateway.api.signed_in_from == ["127.0.0.1"]


async def test_the_cookie_is_for_the_server_alone(gateway: Running) -> None:
    fields = {"email": "a@b.example", "password": PASSWORD}
    response = await gateway.post("/studio/login", "/studio/login", **fields)
    cookie = next(c for c in response.headers.get_list("set-cookie") if c.startswith("moisson_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "access-" not in cookie


async def test_a_wrong_password_is_told_without_saying_which(gateway: Running) -> None:
    fields = {"email": "a@b.example", "password": "wrong"}
    response = await gateway.post("/studio/login", "/studio/login", **fields)
    assert response.status_code == 401
    assert "Adresse ou mot de passe incorrect." in response.text
    assert 'value="a@b.example"' in response.text
    assert "wrong" not in response.text


async def test_too_many_attempts_pass_through(gateway: Running) -> None:
    token = await gateway.form_token("/studio/login")
    gateway.api.problem = (429, "too-many-requests")
    response = await gateway.http.post("/studio/login", data={"form_token": token, "email": "a", "password": "b"})
    assert response.status_code == 429


async def test_login_never_leads_to_strangers(gateway: Running) -> None:
    fields = {"email": "a@b.example", "password": PASSWORD, "next": "//evil.example/"}
    response = await gateway.post("/studio/login", "/studio/login", **fields)
    assert response.headers["location"] == "/studio"


async def test_signing_in_gives_a_new_number(gateway: Running) -> None:
    gateway.http.cookies.set("moisson_session", "chosen-by-an-attacker", domain="gateway.test")
    await gateway.sign_in()
    numbers = [cookie.value for cookie in gateway.http.cookies.jar if cookie.name == "moisson_session"]
    assert "chosen-by-an-attacker" not in numbers


async def test_an_old_token_is_renewed_once_for_all_requests(gateway: Running) -> None:
    await gateway.sign_in()
    gateway.clock.now += timedelta(seconds=590)
    responses = await asyncio.gather(*(gateway.get("/studio/spiders/ronce-annuaire") for _ in range(8)))
    assert {response.status_code for response in responses} == {200}
    assert gateway.api.refreshes == 1
    gateway.clock.now += timedelta(seconds=590)
    assert (await gateway.get("/studio")).status_code == 200
    assert gateway.api.refreshes == 2


async def test_a_revoked_session_leads_to_the_login(gateway: Running) -> None:
    await gateway.sign_in()
    gateway.api.refresh_tokens.clear()
    gateway.clock.now += timedelta(seconds=700)
    response = await gateway.get("/studio")
    assert (response.status_code, response.headers["location"]) == (303, "/studio/login?next=%2Fstudio")


async def test_a_session_survives_an_api_that_is_away_for_a_while(gateway: Running) -> None:
    await gateway.sign_in()
    gateway.clock.now += timedelta(seconds=700)
    gateway.api.down = True
    assert (await gateway.get("/studio")).status_code == 503
    gateway.api.down = False
    assert (await gateway.get("/studio")).status_code == 200


async def test_a_session_ends_when_nobody_uses_it(gateway: Running) -> None:
    await gateway.sign_in()
    gateway.clock.now += timedelta(hours=gateway.settings.session_hours, seconds=1)
    assert (await gateway.get("/studio")).status_code == 303


async def test_logging_out_ends_it_everywhere(gateway: Running) -> None:
    await gateway.sign_in()
    number = gateway.http.cookies["moisson_session"]
    response = await gateway.post("/studio/logout", "/studio")
    assert response.headers["location"] == "/studio/login"
    assert len(gateway.api.logged_out) == 1
    gateway.http.cookies.set("moisson_session", number, domain="gateway.test")
    assert (await gateway.get("/studio")).status_code == 303


async def test_nothing_in_the_store_lets_anybody_in(gateway: Running) -> None:
    await gateway.sign_in()
    number = gateway.http.cookies["moisson_session"]
    path = gateway.settings.documents_url.removeprefix("sqlite://")
    with sqlite3.connect(path) as store:
        everything = "\n".join(store.iterdump())
    store.close()
    assert "Équipe éditoriale" in everything
    for secret in (number, "refresh-0", "access-0"):
        assert secret not in everything


FORMS = (
    "/studio/login",
    "/studio/logout",
    "/studio/first-admin",
    "/studio/spiders",
    "/studio/spiders/ronce-annuaire/edit",
    "/studio/spiders/ronce-annuaire/preview",
    "/studio/spiders/ronce-annuaire/runs",
    "/studio/spiders/ronce-annuaire/trial",
    "/studio/runs/r1/cancel",
    "/studio/corpora/cis/runs",
    "/studio/corpora/cis/publish",
    "/studio/recipes/ronce-annuaire/edit",
    "/studio/portals/cis",
)


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("token", ["", "made.up", "0.0"])
async def test_a_form_from_elsewhere_is_refused(gateway: Running, path: str, token: str) -> None:
    await gateway.sign_in("admin", "steward", "partner")
    fields = {"form_token": token, "version": "3", "document": "{}", "email": "a", "password": PASSWORD}
    response = await gateway.http.post(path, data=fields)
    assert response.status_code == 403
    assert gateway.normalizer.published == []
    assert gateway.scraper.asked == []


async def test_the_token_of_one_session_is_worth_nothing_in_another(gateway: Running) -> None:
    await gateway.sign_in()
    token = await gateway.form_token("/studio")
    gateway.http.cookies.clear()
    await gateway.sign_in()
    response = await gateway.http.post("/studio/logout", data={"form_token": token})
    assert response.status_code == 403


async def test_a_form_that_a_browser_calls_foreign_is_refused(gateway: Running) -> None:
    await gateway.sign_in()
    data = {"form_token": await gateway.form_token("/studio")}
    response = await gateway.http.post("/studio/logout", data=data, headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403


def test_a_form_token_holds_only_for_its_binding() -> None:
    seal, other = Seal("one"), Seal("other")
    token = seal.form_token("session")
    assert seal.form_holds(token, "session")
    assert token != seal.form_token("session")
    assert not seal.form_holds(token, "another")
    assert not seal.form_holds(token, "")
    assert not other.form_holds(token, "session")
    assert other.open(seal.seal("secret")) is None


async def test_the_first_admin(gateway: Running) -> None:
    page = "/studio/first-admin?token=once"
    fields = {"token": "once", "email": "a@b.example", "name": "Ada"}
    response = await gateway.post("/studio/first-admin", page, **fields, password="short")
    assert response.status_code == 422
    assert "give at least 12 characters" in response.text
    response = await gateway.post("/studio/first-admin", page, **fields, password="long enough for all")
    assert (response.status_code, response.headers["location"]) == (303, "/studio/login")
    response = await gateway.post("/studio/first-admin", page, **{**fields, "token": "twice"}, password="long enough")
    assert response.status_code == 403
    assert "Ce lien a déjà servi" in response.text


async def test_the_language_is_remembered(gateway: Running) -> None:
    response = await gateway.get("/studio/language/en?next=/studio/login")
    assert response.headers["location"] == "/studio/login"
    assert "Sign in" in (await gateway.get("/studio/login")).text
    assert (await gateway.get("/")).headers["location"] == "/en/cis"
