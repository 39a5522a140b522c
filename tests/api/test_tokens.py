"""Which tokens hold: ours, alive, for us. Service tokens, the matrix of bad ones, and keys that change."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from moisson_api.identity.identity import build_identity
from moisson_api.identity.keyring import Keyring
from moisson_api.identity.signing_key import SIGNING_KEYS
from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.adapters.sealing import Sealer
from moisson_shared.ports.documents import DocumentStore, Find
from tests.api.running_api import ADMIN, ISSUER, Api, MovableClock, bearer, running_api

SCRAPER = {"client_id": "scraper", "client_secret": "secret-of-the-scraper"}
ASKED = {"grant_type": "client_credentials", "audience": "normalizer"}
SEARCH = "/v1/corpora"


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


async def test_a_persons_token_says_what_is_promised(api: Api) -> None:
    admin = await api.first_admin()
    await api.account(admin, "p@moisson.example", roles=["partner", "user"], partners=["ffe", "emmaus"])
    session = await api.login("p@moisson.example")
    claims = claims_of(session["access_token"])
    assert {name: claims[name] for name in ("iss", "aud", "sub", "name", "roles", "partners", "scope")} == {
        "iss": ISSUER,
        "aud": ["api", "scraper", "normalizer"],
        "sub": session["account"]["id"],
        "name": "Quelqu’un",
        "roles": ["partner", "user"],
        "partners": ["emmaus", "ffe"],
        "scope": "",
    }
    assert claims["exp"] - claims["iat"] == 600
    assert claims["jti"] != claims_of((await api.login("p@moisson.example"))["access_token"])["jti"]


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


@pytest.mark.parametrize(
    ("form", "headers", "scope"),
    [
        (SCRAPER, {}, "notices:write"),
        ({}, basic("scraper", "secret-of-the-scraper"), "notices:write"),
        ({}, basic("scraper", "secret%2Dof%2Dthe%2Dscraper"), "notices:write"),
        ({"client_id": "scraper"}, basic("scraper", "secret-of-the-scraper"), "notices:write"),
        ({**SCRAPER, "scope": "notices:write"}, {}, "notices:write"),
        (
            {"client_id": "normalizer", "client_secret": "secret-of-the-normalizer"},
            {},
            "partners:read raw-records:read",
        ),
    ],
)
async def test_a_service_gets_a_token_for_one_neighbour(
    api: Api, form: dict[str, str], headers: dict[str, str], scope: str
) -> None:
    answer = await api.client.post("/v1/token", data=ASKED | form, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 600)
    claims = claims_of(body["access_token"])
    assert (claims["aud"], claims["scope"], claims["roles"]) == (["normalizer"], scope, [])


@pytest.mark.parametrize(
    ("form", "headers", "status", "error"),
    [
        ({**SCRAPER, "client_secret": "wrong"}, {}, 401, "invalid_client"),
        ({**SCRAPER, "client_secret": ""}, {}, 401, "invalid_client"),
        ({**SCRAPER, "client_secret": "é"}, {}, 401, "invalid_client"),
        ({**SCRAPER, "client_id": "nobody"}, {}, 401, "invalid_client"),
        ({"client_id": "nobody", "client_secret": ""}, {}, 401, "invalid_client"),
        ({**SCRAPER, "client_id": "normalizer"}, {}, 401, "invalid_client"),
        ({}, {}, 401, "invalid_client"),
        ({}, basic("scraper", "wrong"), 401, "invalid_client"),
        ({}, {"Authorization": "Basic ????"}, 401, "invalid_client"),
        ({}, {"Authorization": "Basic " + base64.b64encode(b"scraper").decode()}, 401, "invalid_client"),
        (SCRAPER, basic("scraper", "secret-of-the-scraper"), 400, "invalid_request"),
        ({"client_id": "x"}, basic("scraper", "secret-of-the-scraper"), 400, "invalid_request"),
        ({**SCRAPER, "grant_type": "password"}, {}, 400, "unsupported_grant_type"),
        ({**SCRAPER, "audience": "bank"}, {}, 400, "invalid_target"),
        ({**SCRAPER, "scope": "notices:write raw-records:read"}, {}, 400, "invalid_scope"),
    ],
)
async def test_a_refused_service_is_told_in_both_languages_of_errors(
    api: Api, form: dict[str, str], headers: dict[str, str], status: int, error: str
) -> None:
    answer = await api.client.post("/v1/token", data=ASKED | form, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["error"]) == (status, error)
    assert ("www-authenticate" in answer.headers) == (status == 401)
    assert "secret-of-the-scraper" not in answer.text


@pytest.mark.parametrize(
    "content",
    [
        b"client_id=scraper&client_secret=secret-of-the-scraper&audience=normalizer",
        b"grant_type=client_credentials&client_id=scraper&client_secret=secret-of-the-scraper",
        b"grant_type=client_credentials&audience=x&client_id=scraper&audience=y&client_secret=secret-of-the-scraper",
    ],
)
async def test_a_form_says_everything_once(api: Api, content: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await api.client.post("/v1/token", content=content, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_a_form_is_a_form(api: Api) -> None:
    answer = await api.client.post("/v1/token", json=ASKED | SCRAPER)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_basic_holds_nowhere_else(api: Api) -> None:
    answer = await api.client.get(SEARCH, headers=basic("scraper", "secret-of-the-scraper"))
    assert answer.status_code == 401


async def test_a_service_has_no_account_and_no_rights_here(api: Api) -> None:
    token = (await api.client.post("/v1/token", data=ASKED | SCRAPER | {"audience": "api"})).json()
    assert (await api.client.get(SEARCH, headers=bearer(token))).status_code == 200
    assert (await api.client.get("/v1/me", headers=bearer(token))).status_code == 403
    assert (await api.client.get("/v1/accounts", headers=bearer(token))).status_code == 403


@pytest.fixture
async def late_api(tmp_path: Path) -> AsyncIterator[Api]:
    """An api whose clock is eleven minutes late, for as long as the test wants."""
    async with running_api(tmp_path, clock=MovableClock(timedelta(minutes=-11))) as running:
        yield running


def forged(session: dict[str, Any], key: Ed25519PrivateKey | None = None, **changed: Any) -> str:
    """The token's claims, changed, under a foreign key that claims to be ours."""
    kid = jwt.get_unverified_header(session["access_token"])["kid"]
    claims = claims_of(session["access_token"]) | changed
    return jwt.encode(claims, key or Ed25519PrivateKey.generate(), algorithm="EdDSA", headers={"kid": kid})


def unsigned(session: dict[str, Any]) -> str:
    _, payload, _ = session["access_token"].split(".")
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).rstrip(b"=").decode()
    return f"{header}.{payload}."


def confused(session: dict[str, Any], public: str) -> str:
    """Signed by HMAC with the public key as its secret."""
    claims = claims_of(session["access_token"])
    kid = jwt.get_unverified_header(session["access_token"])["kid"]
    secret = base64.urlsafe_b64decode(public + "=")
    return jwt.encode(claims, secret, algorithm="HS256", headers={"kid": kid})


@pytest.mark.parametrize("path", [SEARCH, "/v1/me", "/v1/accounts", "/.well-known/jwks.json", "/v1/corpora/x/projects"])
async def test_a_token_that_does_not_hold_is_401_even_where_none_is_needed(late_api: Api, path: str) -> None:
    api = late_api
    expired = await api.first_admin()
    api.clock.moved = timedelta()
    session = await api.login(ADMIN)
    (key,) = (await api.client.get("/.well-known/jwks.json")).json()["keys"]
    service = (await api.client.post("/v1/token", data=ASKED | SCRAPER)).json()
    token = session["access_token"]
    bad = {
        "expired": expired["access_token"],
        "foreign": forged(session),
        "unsigned": unsigned(session),
        "wrong audience": service["access_token"],
        "HMAC with the public key": confused(session, key["x"]),
        "changed payload": ".".join(
            (token.split(".")[0], forged(session, name="X").split(".")[1], token.split(".")[2])
        ),
        "cut": token[:-10],
        "refresh token": session["refresh_token"],
        "nothing": "x",
    }
    for name, each in bad.items():
        answer = await api.client.get(path, headers={"Authorization": f"Bearer {each}"})
        assert answer.status_code == 401, name
        assert answer.json()["type"] == "/problems/unauthenticated", name
    assert (await api.client.get(path, headers=bearer(session))).status_code in {200, 404}


async def test_a_token_in_use_still_ends(late_api: Api) -> None:
    late_api.clock.moved = timedelta(seconds=-605)
    session = await late_api.first_admin()
    late_api.clock.moved = timedelta()
    statuses = []
    for _ in range(60):
        statuses.append((await late_api.client.get(SEARCH, headers=bearer(session))).status_code)
        if statuses[-1] != 200:
            break
        await asyncio.sleep(0.25)
    assert statuses[0] == 200
    assert statuses[-1] == 401


async def keys_of(api: Api) -> list[str]:
    answer = await api.client.get("/.well-known/jwks.json")
    assert answer.headers["cache-control"] == "public, max-age=300"
    keys = answer.json()["keys"]
    assert all(set(key) == {"kid", "x", "kty", "crv", "alg", "use"} for key in keys)
    return [key["kid"] for key in keys]


def kid_of(session: dict[str, Any]) -> str:
    kid: str = jwt.get_unverified_header(session["access_token"])["kid"]
    return kid


async def test_replicas_that_start_together_share_one_key(tmp_path: Path) -> None:
    clock = MovableClock()
    url = f"sqlite://{tmp_path}/api.sqlite"
    stores = [open_documents(url) for _ in range(4)]
    await asyncio.gather(*(store.open([SIGNING_KEYS]) for store in stores))
    rings = [Keyring(store, Sealer(None, "api keys"), clock, timedelta(days=90)) for store in stores]
    signing = await asyncio.gather(*(ring.signing() for ring in rings))
    assert len({kid for kid, _ in signing}) == 1
    await asyncio.gather(*(store.close() for store in stores))


async def rotate(api: Api, *, compromised: bool = False) -> str:
    """As the command does it, beside the running api."""
    documents: DocumentStore = open_documents(api.settings.documents_url)
    await documents.open([SIGNING_KEYS])
    identity = build_identity(api.settings, documents, api.clock)
    key = await identity.keyring.rotate(compromised=compromised)
    identity.hashing.close()
    await documents.close()
    return key.kid


async def test_a_new_key_is_published_first_and_old_tokens_hold_on(api: Api) -> None:
    session = await api.first_admin()
    (old,) = await keys_of(api)
    new = await rotate(api)
    api.clock.advance(seconds=61)
    assert await keys_of(api) == [old, new]
    assert kid_of(await api.login(ADMIN)) == old
    api.clock.advance(hours=1)
    later = await api.login(ADMIN)
    assert kid_of(later) == new
    assert await keys_of(api) == [old, new]
    assert (await api.client.get(SEARCH, headers=bearer(session))).status_code == 200
    api.clock.advance(hours=1, seconds=61)
    assert await keys_of(api) == [new]
    assert (await api.client.get(SEARCH, headers=bearer(session))).status_code == 401


async def test_a_compromised_key_goes_at_once(api: Api) -> None:
    session = await api.first_admin()
    new = await rotate(api, compromised=True)
    api.clock.advance(seconds=61)
    assert await keys_of(api) == [new]
    assert (await api.client.get(SEARCH, headers=bearer(session))).status_code == 401
    api.clock.advance(seconds=-61)
    renewed = await api.client.post("/v1/refresh", json={"refresh_token": session["refresh_token"]})
    assert kid_of(renewed.json()) == new
    assert (await api.client.get(SEARCH, headers=bearer(renewed.json()))).status_code == 200


async def test_keys_renew_themselves_in_time(tmp_path: Path) -> None:
    async with running_api(tmp_path, signing_key_days=1) as api:
        (first,) = await keys_of(api)
        await api.first_admin()
        api.clock.advance(hours=23, minutes=1)
        assert (await keys_of(api))[0] == first
        assert len(await keys_of(api)) == 2
        api.clock.advance(hours=1)
        assert kid_of(await api.login(ADMIN)) == (await keys_of(api))[1]


async def test_private_keys_are_sealed_where_there_is_a_secret(tmp_path: Path) -> None:
    async with running_api(tmp_path, key_secret="a secret of the operator") as api:
        await api.first_admin()
        documents = open_documents(api.settings.documents_url)
        await documents.open([SIGNING_KEYS])
        (stored,) = (await documents.find(SIGNING_KEYS, Find())).items
        await documents.close()
    assert stored.value.sealed_private.startswith("aes256gcm:")
    async with running_api(tmp_path, key_secret="another secret") as api:
        answer = await api.client.post("/v1/login", json={"email": ADMIN, "password": "une phrase assez longue"})
        assert answer.status_code == 503
    async with running_api(tmp_path, key_secret="a secret of the operator") as api:
        await api.login(ADMIN)
