"""Tokens that hold, and all the ways in which they do not."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from moisson_shared.contracts.access import ANONYMOUS, Caller, Role
from moisson_shared.contracts.errors import Forbidden, Unauthenticated, Unavailable
from moisson_shared.contracts.model import JsonObject
from moisson_shared.web.auth import LEEWAY_SECONDS, TokenVerifier, bearer_token, require_roles, require_scope
from moisson_shared.web.jwks import KeySource
from tests.shared.web.tokens import ISSUER, a_key, a_token, a_verifier, claims, jwks

KEY = a_key()
FOREIGN = a_key()


def b64(data: bytes | dict[str, object]) -> str:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed_by_hmac_with_the_public_key(form: str) -> str:
    """The confusion of RFC 8725, 2.1: the public key, which everybody has, taken as a shared secret."""
    if form == "pem":
        public = KEY.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    else:
        public = KEY.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    signed = f"{b64({'alg': 'HS256', 'kid': 'k1', 'typ': 'JWT'})}.{b64(claims())}"
    return f"{signed}.{b64(hmac.new(public, signed.encode(), hashlib.sha256).digest())}"


def with_payload(token: str, **changes: object) -> str:
    """Another payload under the same signature."""
    head, _, signature = token.split(".")
    return f"{head}.{b64(claims(**changes))}.{signature}"


def with_header(**changes: object) -> str:
    return jwt.encode(claims(), KEY, algorithm="EdDSA", headers={"kid": "k1", **changes})


NOW = int(time.time())
BAD: dict[str, Callable[[], str]] = {
    "expired": lambda: a_token(KEY, exp=NOW - 60, iat=NOW - 700),
    "not yet valid": lambda: a_token(KEY, nbf=NOW + 600),
    "issued in the future": lambda: a_token(KEY, iat=NOW + 600),
    "foreign key under our id": lambda: a_token(FOREIGN),
    "foreign key under its own id": lambda: a_token(FOREIGN, kid="foreign"),
    "our key under another id": lambda: a_token(KEY, kid="k2"),
    "no algorithm": lambda: f"{b64({'alg': 'none', 'kid': 'k1'})}.{b64(claims())}.",
    "no algorithm, other case": lambda: f"{b64({'alg': 'nOnE', 'kid': 'k1'})}.{b64(claims())}.",
    "unsigned": lambda: a_token(KEY).rpartition(".")[0] + ".",
    "public key as HMAC secret, PEM": lambda: signed_by_hmac_with_the_public_key("pem"),
    "public key as HMAC secret, raw": lambda: signed_by_hmac_with_the_public_key("raw"),
    "another algorithm": lambda: jwt.encode(
        claims(), generate_private_key(SECP256R1()), algorithm="ES256", headers={"kid": "k1"}
    ),
    "other audience": lambda: a_token(KEY, aud=["normalizer"]),
    "audience that begins like ours": lambda: a_token(KEY, aud="scraper2"),
    "no audience": lambda: a_token(KEY, aud=None),
    "other issuer": lambda: a_token(KEY, iss="http://other.test"),
    "issuer with a slash": lambda: a_token(KEY, iss=ISSUER + "/"),
    "no issuer": lambda: a_token(KEY, iss=None),
    "no expiry": lambda: a_token(KEY, exp=None),
    "no time of issue": lambda: a_token(KEY, iat=None),
    "no subject": lambda: a_token(KEY, sub=None),
    "empty subject": lambda: a_token(KEY, sub=""),
    "subject is anonymous": lambda: a_token(KEY, sub="anonymous"),
    "unknown role": lambda: a_token(KEY, roles=["emperor"]),
    "roles are a text": lambda: a_token(KEY, roles="admin"),
    "no such role in a partner": lambda: a_token(KEY, partner_roles={"ronce": "emperor"}),
    "partner is no slug": lambda: a_token(KEY, partners=["../../etc"]),
    "scope is a list": lambda: a_token(KEY, scope=["raw-records:read"]),
    "payload changed": lambda: with_payload(a_token(KEY), roles=["admin"]),
    "signature cut": lambda: a_token(KEY)[:-4],
    "signature with more": lambda: a_token(KEY) + "AAAA",
    "huge": lambda: a_token(KEY, name="x" * 10_000),
    "empty": lambda: "",
    "no token": lambda: "x",
    "three dots": lambda: "...",
    "not base64": lambda: "é.é.é",
    "key id is a path": lambda: a_token(KEY, kid="../../../dev/null"),
    "key id is an address": lambda: a_token(KEY, kid="http://evil.test/jwks.json"),
    "key id is empty": lambda: a_token(KEY, kid=""),
    "brings its own key": lambda: jwt.encode(
        claims(), FOREIGN, algorithm="EdDSA", headers={"kid": "k9", "jwk": {"kty": "OKP"}, "jku": "http://evil.test"}
    ),
    "demands an extension": lambda: with_header(crit=["b64"], b64=False),
}


@pytest.mark.parametrize("case", BAD)
async def test_tokens_that_do_not_hold_are_refused(case: str) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        await a_verifier(KEY).verify(BAD[case]())
    assert "eyJ" not in str(refusal.value)


async def test_a_user_token_says_who_is_calling() -> None:
    caller = await a_verifier(KEY).verify(a_token(KEY))
    assert caller == Caller(subject="ada", roles=frozenset({Role.PARTNER}), partners=frozenset({"ronce"}))


async def test_a_service_token_has_one_audience_and_scopes() -> None:
    token = a_token(KEY, aud="scraper", sub="normalizer", roles=[], partners=[], scope="raw-records:read partners:read")
    caller = await a_verifier(KEY).verify(token)
    assert caller.scopes == {"raw-records:read", "partners:read"}
    with pytest.raises(Unauthenticated):
        await a_verifier(KEY, audience="normalizer").verify(token)


async def test_clocks_may_differ_by_seconds() -> None:
    assert (await a_verifier(KEY).verify(a_token(KEY, iat=NOW + 3))).subject == "ada"


async def test_a_token_known_before_dies_with_its_time_and_its_key() -> None:
    published = {"k1": KEY}
    clock = [0.0]

    async def fetch() -> JsonObject:
        return jwks(**published)

    verifier = TokenVerifier(KeySource(fetch, clock=lambda: clock[0]), issuer=ISSUER, audience="scraper")
    token, brief = a_token(KEY), a_token(KEY, exp=int(time.time()) + 2 - LEEWAY_SECONDS)
    for _ in range(3):
        assert (await verifier.verify(token)).subject == "ada"
    assert (await verifier.verify(brief)).subject == "ada"
    await asyncio.sleep(2.1)
    with pytest.raises(Unauthenticated, match="expired"):
        await verifier.verify(brief)
    published.clear()
    published["k2"] = FOREIGN
    clock[0] += 1000
    assert (await verifier.verify(a_token(FOREIGN, kid="k2"))).subject == "ada"
    with pytest.raises(Unauthenticated, match="not signed by a key"):
        await verifier.verify(token)


async def test_very_many_tokens_are_not_all_remembered() -> None:
    verifier = a_verifier(KEY)
    for number in range(1100):
        assert (await verifier.verify(a_token(KEY, sub=f"account-{number}"))).subject == f"account-{number}"
    assert len(verifier._verified) == 1000


async def test_without_any_key_it_is_our_fault_not_the_callers() -> None:
    async def fetch() -> JsonObject:
        raise Unavailable("The api cannot be reached.")

    verifier = TokenVerifier(KeySource(fetch), issuer=ISSUER, audience="scraper")
    with pytest.raises(Unavailable) as failure:
        await verifier.verify(a_token(KEY))
    assert failure.value.retry_after > 0


@pytest.mark.parametrize(
    ("header", "token"), [(None, None), ("Bearer abc", "abc"), ("bearer abc", "abc"), ("BEARER  abc ", "abc")]
)
def test_the_header_gives_the_token(header: str | None, token: str | None) -> None:
    assert bearer_token(header) == token


@pytest.mark.parametrize("header", ["", "abc", "Basic abc", "Bearer", "Bearer ", "Bearer a b", "Bearer,abc"])
def test_other_headers_are_refused(header: str) -> None:
    with pytest.raises(Unauthenticated):
        bearer_token(header)


def test_rights_are_asked_for() -> None:
    steward = Caller(subject="s", roles=frozenset({Role.STEWARD}))
    service = Caller(subject="scraper", scopes=frozenset({"notices:write"}))
    require_roles(steward, Role.ADMIN, Role.STEWARD)
    require_scope(service, "notices:write")
    with pytest.raises(Forbidden, match="admin"):
        require_roles(steward, Role.ADMIN)
    with pytest.raises(Forbidden, match="raw-records:read"):
        require_scope(service, "raw-records:read")
    with pytest.raises(Unauthenticated):
        require_roles(ANONYMOUS, Role.ADMIN)
    with pytest.raises(Unauthenticated):
        require_scope(ANONYMOUS, "notices:write")
