"""Redirects: how far, in which form, and with what of the request."""

import pytest

from moisson_shared.adapters.outbound_http import TooManyRedirects
from tests.shared.http.scripted_site import answer, fetching, moved, scripted_site


async def test_redirects_are_followed_as_far_as_the_policy_goes() -> None:
    answers = {f"/{n}": moved(f"/{n + 1}") for n in range(9)} | {"/9": answer(b"there")}
    async with fetching(answers) as (site, client):
        fetched = await client.fetch(site.url + "/6")
        assert fetched.body == b"there"
        assert fetched.url == site.url + "/9"
        assert fetched.redirects == tuple(f"{site.url}/{n}" for n in (6, 7, 8))
        with pytest.raises(TooManyRedirects):
            await client.fetch(site.url + "/5")
        with pytest.raises(TooManyRedirects):
            await client.fetch(site.url + "/7", max_redirects=1)


async def test_redirects_in_a_circle_end() -> None:
    async with fetching({"/a": moved("/b"), "/b": moved("/a")}) as (site, client):
        with pytest.raises(TooManyRedirects):
            await client.fetch(site.url + "/a")
    assert len(site.asked) == 2


async def test_a_redirect_can_be_the_answer() -> None:
    async with fetching({"/dir/a": moved("b?c=d", "301 Moved Permanently")}) as (site, client):
        fetched = await client.fetch(site.url + "/dir/a", max_redirects=0)
    assert (fetched.status, fetched.location) == (301, site.url + "/dir/b?c=d")


async def test_secrets_stay_with_their_site() -> None:
    secrets = {"Authorization": "Bearer secret", "X-Api-Key": "secret", "Cookie": "a=secret", "Accept-Language": "fr"}
    async with scripted_site({"/": answer()}) as other:
        answers = {"/away": moved(other.url + "/"), "/near": moved("/here"), "/here": answer()}
        async with fetching(answers, other) as (site, client):
            await client.fetch(site.url + "/near", headers=secrets)
            await client.fetch(site.url + "/away", headers=secrets)
    assert all("secret" in asked for asked in site.asked)
    assert len(other.asked) == 1
    assert "secret" not in other.asked[0]
    assert "accept-language: fr" in other.asked[0].lower()


@pytest.mark.parametrize(
    ("status", "method", "kept"),
    [
        ("301 x", "GET", False),
        ("302 x", "GET", False),
        ("303 x", "GET", False),
        ("307 x", "POST", True),
        ("308 x", "POST", True),
    ],
)
async def test_methods_change_as_the_rfc_says(status: str, method: str, kept: bool) -> None:
    async with fetching({"/form": moved("/done", status), "/done": answer()}) as (site, client):
        await client.fetch(site.url + "/form", method="POST", content=b"a=b", headers={"Content-Type": "text/plain"})
    assert site.asked[1].startswith(f"{method} /done ")
    assert (site.bodies[1] == b"a=b") is kept
    assert ("text/plain" in site.asked[1]) is kept
