"""The pure parts of identity: throttles, passwords, addresses, sealing, languages, keys in time."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from moisson_api.identity.email import check_email, email_key
from moisson_api.identity.passwords import check_password
from moisson_api.identity.signing_key import (
    PUBLISHED_AFTER,
    PUBLISHED_AHEAD,
    SigningKey,
    new_signing_key,
    published,
    rotation_due,
    signing_now,
)
from moisson_api.identity.throttle import Throttle, address_key
from moisson_api.searching.language import choose_language
from moisson_shared.adapters.sealing import Sealer
from moisson_shared.contracts.errors import Invalid, TooManyRequests, Unavailable

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Seconds:
    """A clock of seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_throttle_slides() -> None:
    seconds = Seconds()
    throttle = Throttle(3, 60, seconds)
    for _ in range(3):
        throttle.attempt("a")
        seconds.now += 10
    with pytest.raises(TooManyRequests) as refused:
        throttle.attempt("a")
    assert refused.value.retry_after == 30
    throttle.attempt("b")
    seconds.now += 30
    throttle.attempt("a")
    with pytest.raises(TooManyRequests):
        throttle.attempt("a")


def test_success_is_not_held_against_anyone() -> None:
    throttle = Throttle(1, 60, Seconds())
    for _ in range(5):
        throttle.attempt("a")
        throttle.forgive("a")


def test_a_throttle_forgets_whom_it_has_not_seen_for_longest() -> None:
    throttle = Throttle(1, 60, Seconds(), most_keys=2)
    for key in ("a", "b", "c"):
        throttle.attempt(key)
    throttle.attempt("a")
    with pytest.raises(TooManyRequests):
        throttle.attempt("c")


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_addresses_stand_for_households(host: str, key: str) -> None:
    assert address_key(host) == key


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("onze signes", "at least 12"),
        ("é" * 257, "at most 256"),
        ("Ada@Moisson.example", "e-mail"),
        ("aaaaaaaaaaaaaa", "repeated"),
    ],
)
def test_weak_passwords(password: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        check_password(password, "ada@moisson.example")
    assert refused.value.faults[0].pointer == "/password"


@pytest.mark.parametrize(
    "text", ["", "ada", "@x.fr", "a@b", "a b@c.fr", "a@b..fr", "a@b.fr\n.com", "a@b.fr,c@d.fr", "a@\u202eb.fr"]
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="e-mail address"):
        check_email(text)


def test_addresses_are_compared_without_capitals() -> None:
    assert check_email(" Ada@Exemple.FR ") == "Ada@Exemple.FR"
    assert email_key("ADA@Exemple.FR") == email_key("ada@exemple.fr")
    assert email_key("re\u0301mi@exemple.fr") == email_key("Rémi@exemple.fr")


def test_sealing() -> None:
    sealed = Sealer("a secret", "api keys").seal(b"key", "purpose")
    assert Sealer("a secret", "api keys").open(sealed, "purpose") == b"key"
    for secret, what, purpose in (
        ("another", "api keys", "purpose"),
        (None, "api keys", "purpose"),
        ("a secret", "spider secrets", "purpose"),
        ("a secret", "api keys", "other"),
    ):
        with pytest.raises(Unavailable):
            Sealer(secret, what).open(sealed, purpose)
    assert Sealer("now there is one", "api keys").open(Sealer(None, "api keys").seal(b"key", "p"), "p") == b"key"


def test_what_was_sealed_before_is_opened_still() -> None:
    """Sealed by an earlier version: the key derived from a secret must not change."""
    nonce = bytes(12)
    info = b"moisson api keys at rest"
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(b"a secret")
    sealed = "aes256gcm:" + b64encode(nonce + AESGCM(key).encrypt(nonce, b"key", b"purpose")).decode()
    assert Sealer("a secret", "api keys").open(sealed, "purpose") == b"key"


@pytest.mark.parametrize(
    ("asked", "accepted", "chosen"),
    [
        (None, None, "fr"),
        ("de", "en", "de"),
        (None, "en", "en"),
        (None, "en-GB,fr;q=0.9", "en"),
        (None, "de,en;q=0.5,fr;q=0.4", "en"),
        (None, "de", "fr"),
        (None, "*", "fr"),
        (None, "en;q=0, fr;q=0.1", "fr"),
        (None, "en;q=x", "fr"),
        (None, ",;=,", "fr"),
    ],
)
def test_languages(asked: str | None, accepted: str | None, chosen: str) -> None:
    assert choose_language(asked, accepted, {"fr", "en"}) == chosen


def a_key(number: int, signs_from: datetime) -> SigningKey:
    return new_signing_key(number, signs_from, NOW, Sealer(None, "api keys"))


def test_keys_are_published_before_they_sign_and_after() -> None:
    first, second = a_key(1, NOW), a_key(2, NOW + timedelta(days=1))
    keys = [second, first]
    before, after = second.signs_from - timedelta(seconds=1), second.signs_from
    assert signing_now(keys, before) == first
    assert signing_now(keys, after) == second
    assert published(keys, before) == [first, second]
    assert published(keys, after) == [first, second]
    assert published(keys, after + PUBLISHED_AFTER) == [second]
    assert signing_now([], NOW) is None


def test_the_next_key_is_due_an_hour_before_the_last_one_ends() -> None:
    life = timedelta(days=90)
    end = NOW + life
    assert not rotation_due([a_key(1, NOW)], end - PUBLISHED_AHEAD - timedelta(seconds=1), life)
    assert rotation_due([a_key(1, NOW)], end - PUBLISHED_AHEAD, life)
    assert not rotation_due([a_key(1, NOW), a_key(2, end)], end - PUBLISHED_AHEAD, life)
    assert not rotation_due([], NOW, life)
