"""The issuer's keys: rotation, outages, restarts, and callers who invent key ids."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from moisson_shared.adapters.open_backends import open_documents
from moisson_shared.contracts.errors import Unavailable
from moisson_shared.contracts.model import JsonObject
from moisson_shared.ports.documents import DocumentStore
from moisson_shared.web.jwks import FRESH_SECONDS, PAUSE_SECONDS, SEEN_KEYS, KeySource, usable_keys
from tests.shared.web.tokens import a_key, jwks


class Issuer:
    """Gives its keys, or is away; counts how often it was asked."""

    def __init__(self, keys: JsonObject) -> None:
        self.keys = keys
        self.away = False
        self.asked = 0

    async def fetch(self) -> JsonObject:
        self.asked += 1
        if self.away:
            raise Unavailable("The api cannot be reached.")
        return self.keys


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def documents(tmp_path: Path) -> AsyncIterator[DocumentStore]:
    store = open_documents(f"sqlite:///{tmp_path}/keys.sqlite")
    await store.open([SEEN_KEYS])
    yield store
    await store.close()


async def test_keys_are_fetched_when_first_needed_and_kept() -> None:
    issuer = Issuer(jwks(a=a_key(), b=a_key()))
    keys = KeySource(issuer.fetch)
    assert await keys.key("a") is not None
    assert await keys.key("b") is not None
    assert issuer.asked == 1


async def test_a_rotated_key_is_fetched_when_it_is_first_seen() -> None:
    issuer, clock = Issuer(jwks(old=a_key())), Clock()
    keys = KeySource(issuer.fetch, clock=clock)
    assert await keys.key("old") is not None
    issuer.keys = {"keys": [*issuer.keys["keys"], *jwks(new=a_key())["keys"]]}
    clock.now += PAUSE_SECONDS
    assert await keys.key("new") is not None
    assert await keys.key("old") is not None
    assert issuer.asked == 2


async def test_invented_key_ids_do_not_become_requests_to_the_issuer() -> None:
    issuer, clock = Issuer(jwks(a=a_key())), Clock()
    keys = KeySource(issuer.fetch, clock=clock)
    for number in range(100):
        assert await keys.key(f"invented-{number}") is None
    assert issuer.asked == 1
    clock.now += PAUSE_SECONDS
    assert await keys.key("another") is None
    assert issuer.asked == 2


async def test_a_withdrawn_key_is_forgotten() -> None:
    issuer, clock = Issuer(jwks(a=a_key(), withdrawn=a_key())), Clock()
    keys = KeySource(issuer.fetch, clock=clock)
    assert await keys.key("withdrawn") is not None
    issuer.keys = jwks(a=a_key())
    clock.now += FRESH_SECONDS + 1
    await keys.key("a")
    clock.now += PAUSE_SECONDS
    await keys.key("unknown")
    assert await keys.key("withdrawn") is None
    await keys.close()


async def test_an_outage_changes_nothing_for_known_keys() -> None:
    issuer, clock = Issuer(jwks(a=a_key())), Clock()
    keys = KeySource(issuer.fetch, clock=clock)
    assert await keys.key("a") is not None
    issuer.away = True
    clock.now += FRESH_SECONDS * 100
    assert await keys.key("a") is not None
    assert await keys.key("unknown") is None
    await keys.close()


async def test_a_service_that_starts_during_an_outage_remembers(documents: DocumentStore) -> None:
    issuer = Issuer(jwks(a=a_key()))
    before = KeySource(issuer.fetch, documents)
    known = await before.key("a")
    assert known is not None
    issuer.away = True
    after = KeySource(issuer.fetch, documents)
    remembered = await after.key("a")
    assert remembered is not None
    assert remembered.public_bytes_raw() == known.public_bytes_raw()


async def test_nothing_known_and_nobody_there_is_unavailable_until_somebody_is(documents: DocumentStore) -> None:
    issuer, clock = Issuer(jwks(a=a_key())), Clock()
    issuer.away = True
    keys = KeySource(issuer.fetch, documents, clock=clock)
    with pytest.raises(Unavailable):
        await keys.key("a")
    with pytest.raises(Unavailable):
        await keys.check()
    issuer.away = False
    clock.now += PAUSE_SECONDS
    assert await keys.key("a") is not None
    await keys.check()


async def test_a_useless_key_set_does_not_replace_a_good_one() -> None:
    issuer, clock = Issuer(jwks(a=a_key())), Clock()
    keys = KeySource(issuer.fetch, clock=clock)
    assert await keys.key("a") is not None
    useless_sets: list[JsonObject] = [{}, {"keys": []}, {"keys": "x"}, {"keys": [{"kty": "RSA"}]}]
    for useless in useless_sets:
        issuer.keys = useless
        clock.now += PAUSE_SECONDS
        assert await keys.key("b") is None
        assert await keys.key("a") is not None


def test_only_signing_keys_of_our_kind_are_usable() -> None:
    good = jwks(good=a_key())["keys"][0]
    others = [
        {**good, "kid": "encryption", "use": "enc"},
        {**good, "kid": ""},
        {key: value for key, value in good.items() if key != "kid"},
        {**good, "kid": "no-point", "x": ""},
        {**good, "kid": "broken", "x": "!!"},
        {**good, "kid": "other-curve", "crv": "Ed448"},
        {"kty": "oct", "kid": "shared", "k": "c2VjcmV0"},
        "not a key",
        None,
    ]
    assert set(usable_keys({"keys": [*others, good]})) == {"good"}
