"""Whatever a user writes, and wherever a site or a name leads: nothing connects to a refused address."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from moisson_shared.adapters.guarded_session import Refused, guarded_session
from moisson_shared.adapters.outbound_http import (
    AddressRefused,
    BadAddress,
    NameNotFound,
    OutboundClient,
    OutboundPolicy,
    outbound_client,
)
from tests.shared.http.scripted_site import ScriptedResolver, ScriptedSite, answer, moved, scripted_site

PUBLIC = "93.184.216.34"
PUBLIC_6 = "2606:2800:220:1:248:1893:25c8:1946"


@pytest.fixture
async def canary() -> AsyncIterator[ScriptedSite]:
    """Something inside that must never hear from us; it answers, so that a hole would show."""
    async with scripted_site({"/": answer(b"internal secret")}) as site:
        yield site


def allowing(site: ScriptedSite) -> OutboundClient:
    """A client that may reach this one site beside the public ones."""
    return outbound_client(OutboundPolicy(allow=[f"127.0.0.1:{site.port}"]))


ADDRESSES_OF_THIS_MACHINE = [
    "http://127.0.0.1:{port}/",
    "http://127.0.0.2:{port}/",
    "http://0.0.0.0:{port}/",
    "http://0:{port}/",
    "http://localhost:{port}/",
    "http://localhost.:{port}/",
    "http://LocalHost:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://0X7F000001:{port}/",
    "http://0x7f.1:{port}/",
    "http://0177.1:{port}/",
    "http://127.0.0x0.01:{port}/",
    "http://127.0.1:{port}/",
    "http://127.1:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://[::1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[64:ff9b::127.0.0.1]:{port}/",
    "http://[64:ff9b:1::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[2001:0:7f00:1::]:{port}/",
    "http://[::ffff:0:127.0.0.1]:{port}/",
    "http://[::]:{port}/",
    "http://[fe80::1]:{port}/",
    "http://１２７.０.０.１:{port}/",
    "http://user:secret@127.0.0.1:{port}/",
    "http://example.org@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@example.org/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://100.100.100.200/",
    "http://inside.test:{port}/",
    "http://both.test:{port}/",
    "http://both-reversed.test:{port}/",
    "http://four-and-six.test:{port}/",
    "http://six-and-four.test:{port}/",
    "http://inside-and-six.test:{port}/",
    "http://mapped.test:{port}/",
    "http://nat64.test:{port}/",
    "http://six-to-four.test:{port}/",
    "http://link-local.test/",
    "http://zoned.test:{port}/",
]
NAMES = {
    "inside.test": [["127.0.0.1"]],
    "both.test": [[PUBLIC, "127.0.0.1"]],
    "both-reversed.test": [["127.0.0.1", PUBLIC]],
    "four-and-six.test": [[PUBLIC, "::1"]],
    "six-and-four.test": [[PUBLIC_6, "127.0.0.1"]],
    "inside-and-six.test": [["127.0.0.1", PUBLIC_6]],
    "mapped.test": [["::ffff:127.0.0.1"]],
    "nat64.test": [["64:ff9b::7f00:1"]],
    "six-to-four.test": [["2002:7f00:1::1"]],
    "link-local.test": [["169.254.169.254"]],
    "zoned.test": [["fe80::1%1"]],
}


@pytest.mark.parametrize("url", ADDRESSES_OF_THIS_MACHINE)
async def test_no_address_leads_inside(canary: ScriptedSite, url: str) -> None:
    async with outbound_client(OutboundPolicy(), ScriptedResolver(NAMES)) as client:
        with pytest.raises((AddressRefused, BadAddress)):
            await client.fetch(url.format(port=canary.port))
    assert canary.connections == 0


@pytest.mark.parametrize("url", ADDRESSES_OF_THIS_MACHINE)
async def test_no_redirect_leads_inside(canary: ScriptedSite, url: str) -> None:
    inside = url.format(port=canary.port)
    pages = {"/start": moved("/next"), "/next": moved(inside, "307 Temporary Redirect")}
    async with scripted_site(pages) as site:
        policy = OutboundPolicy(allow=[f"127.0.0.1:{site.port}"])
        async with outbound_client(policy, ScriptedResolver(NAMES)) as client:
            with pytest.raises((AddressRefused, BadAddress)):
                await client.fetch(f"{site.url}/start")
        assert len(site.asked) == 2
    assert canary.connections == 0


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://ftp.test/", "javascript:alert(1)", "data:,x", "http://a b/"]
)
async def test_redirects_to_what_is_no_web_address_are_refused(url: str) -> None:
    async with scripted_site({"/": moved(url)}) as site, allowing(site) as client:
        with pytest.raises(BadAddress):
            await client.fetch(site.url + "/")


async def test_a_name_that_changes_between_two_look_ups_is_judged_each_time(canary: ScriptedSite) -> None:
    resolver = ScriptedResolver({"turning.test": [[PUBLIC], ["127.0.0.1"]]})
    async with outbound_client(OutboundPolicy(), resolver) as client:
        # pytest-socket stops the connection: it is the judged public address that was about to be opened.
        with pytest.raises(UserWarning, match=PUBLIC):
            await client.fetch("http://turning.test/")
        with pytest.raises(AddressRefused, match=r"turning\.test leads to 127\.0\.0\.1"):
            await client.fetch(f"http://turning.test:{canary.port}/")
    assert resolver.asked == ["turning.test", "turning.test"]
    assert canary.connections == 0


async def test_redirects_to_a_name_that_changes_between_two_look_ups_are_judged_each_time(
    canary: ScriptedSite,
) -> None:
    resolver = ScriptedResolver({"turning.test": [[PUBLIC], ["::1"], ["127.0.0.1"]]})
    # Another port each time: for some seconds a name and port are what they were judged to be.
    ports = {"/first": 80, "/second": canary.port, "/third": 8080}
    pages = {path: moved(f"http://turning.test:{port}/", "307 Temporary Redirect") for path, port in ports.items()}
    async with scripted_site(pages) as site:
        policy = OutboundPolicy(allow=[f"127.0.0.1:{site.port}"])
        async with outbound_client(policy, resolver) as client:
            # pytest-socket stops the connection: it is the judged public address that was about to be opened.
            with pytest.raises(UserWarning, match=PUBLIC):
                await client.fetch(f"{site.url}/first")
            for path, inside in (("/second", "::1"), ("/third", r"127\.0\.0\.1")):
                with pytest.raises(AddressRefused, match=rf"turning\.test leads to {inside}"):
                    await client.fetch(site.url + path)
        assert len(site.asked) == 3
    assert resolver.asked == ["turning.test"] * 3
    assert canary.connections == 0


async def test_one_look_up_serves_judgement_and_connection(canary: ScriptedSite) -> None:
    resolver = ScriptedResolver({"rebinding.test": [[PUBLIC], ["127.0.0.1"]]})
    async with outbound_client(OutboundPolicy(), resolver) as client:
        with pytest.raises(UserWarning, match=PUBLIC):
            await client.fetch(f"http://rebinding.test:{canary.port}/")
    assert resolver.asked == ["rebinding.test"]
    assert canary.connections == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "[::ffff:127.0.0.1]", "[::1]", "localhost"])
async def test_the_socket_is_guarded_even_when_nothing_was_judged_before(canary: ScriptedSite, host: str) -> None:
    async with guarded_session(OutboundPolicy()) as session:
        with pytest.raises(aiohttp.ClientError) as failure:
            await session.get(f"http://{host}:{canary.port}/")
    reasons = []
    error: BaseException | None = failure.value
    while error is not None:
        reasons.append(error)
        error = error.__cause__
    assert any(isinstance(reason, Refused) for reason in reasons)
    assert canary.connections == 0


async def test_an_exempt_target_is_reached_and_only_that_one(canary: ScriptedSite) -> None:
    async with scripted_site({"/": answer(b"a sample site")}) as site:
        policy = OutboundPolicy(allow=[f"127.0.0.1:{site.port}", f"sample.test:{site.port}"])
        resolver = ScriptedResolver({"sample.test": [["127.0.0.1"]], "other.test": [["127.0.0.1"]]})
        async with outbound_client(policy, resolver) as client:
            assert (await client.fetch(f"http://127.0.0.1:{site.port}/")).body == b"a sample site"
            assert (await client.fetch(f"http://sample.test:{site.port}/")).body == b"a sample site"
            for url in (canary.url, f"http://sample.test:{canary.port}/", f"http://other.test:{site.port}/"):
                with pytest.raises(AddressRefused):
                    await client.fetch(url)
    assert canary.connections == 0


async def test_the_environment_names_no_proxy(canary: ScriptedSite, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, canary.url)
    async with scripted_site({"/": answer(b"direct")}) as site, allowing(site) as client:
        assert (await client.fetch(site.url + "/")).body == b"direct"
    assert canary.connections == 0


async def test_a_name_without_an_address_is_not_found() -> None:
    async with outbound_client(OutboundPolicy(), ScriptedResolver({})) as client:
        with pytest.raises(NameNotFound) as failure:
            await client.fetch("http://nowhere.test/")
    assert failure.value.transient
