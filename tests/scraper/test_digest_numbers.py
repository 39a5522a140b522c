"""Digests by the ten thousand: what a dict and a set say of them, in a tenth of the room."""

from hashlib import blake2b

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moisson_scraper.digest_numbers import DigestNumbers, DigestSet
from moisson_scraper.fingerprint import BYTES

FEW_DIGESTS = st.integers(0, 200).map(lambda number: digest(number))


def digest(number: int) -> bytes:
    return blake2b(str(number).encode(), digest_size=BYTES).digest()


@given(st.lists(FEW_DIGESTS, max_size=400))
def test_numbers_are_those_of_a_dict(added: list[bytes]) -> None:
    numbers, peer = DigestNumbers(), dict[bytes, int]()
    for one in added:
        assert numbers.add(one) == peer.setdefault(one, len(peer))
    assert len(numbers) == len(peer)
    assert list(numbers) == list(peer)
    for number in range(201):
        assert numbers.find(digest(number)) == peer.get(digest(number))


@given(st.lists(st.tuples(st.booleans(), FEW_DIGESTS), max_size=400))
def test_a_set_of_digests_is_a_set(steps: list[tuple[bool, bytes]]) -> None:
    digests, peer = DigestSet(), set[bytes]()
    for adds, one in steps:
        (digests.add if adds else digests.discard)(one)
        (peer.add if adds else peer.discard)(one)
        assert len(digests) == len(peer)
    for number in range(201):
        assert (digest(number) in digests) == (digest(number) in peer)
    assert "not a digest" not in digests


def test_very_many_are_found_again() -> None:
    numbers = DigestNumbers()
    for number in range(50_000):
        assert numbers.add(digest(number)) == number
    assert all(numbers.find(digest(number)) == number for number in range(0, 50_000, 7))
    assert numbers.find(digest(50_000)) is None


def test_what_is_no_digest_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes, and not 3"):
        DigestNumbers().add(b"abc")
