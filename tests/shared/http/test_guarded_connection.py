"""A bare connection is judged as a fetch is: the same table, the same moments."""

import pytest

from moisson_shared.adapters.guarded_connection import open_guarded_connection
from moisson_shared.adapters.outbound_http import (
    AddressRefused,
    BadAddress,
    ConnectionFailed,
    NameNotFound,
    OutboundPolicy,
)
from tests.shared.http.scripted_site import ScriptedResolver, answer, scripted_site

PUBLIC = "93.184.216.34"


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.0.0.2", "0.0.0.0", "0", "localhost", "localhost.", "LocalHost", "2130706433", "0x7f000001"),
        *("0177.0.0.1", "127.1", "::1", "::ffff:127.0.0.1", "64:ff9b::127.0.0.1", "2002:7f00:1::", "fe80::1"),
        *("169.254.169.254", "fd00:ec2::254", "inside.test", "both.test", "mapped.test", "zoned.test"),
        *("a b", "", "127.0.0.1/x", "x@127.0.0.1", "[::1]", "127.0.0.1:80"),
    ],
)
async def test_nothing_leads_inside(host: str) -> None:
    names = {
        "inside.test": [["127.0.0.1"]],
        "both.test": [[PUBLIC, "127.0.0.1"]],
        "mapped.test": [["::ffff:127.0.0.1"]],
        "zoned.test": [["fe80::1%1"]],
    }
    async with scripted_site({"/": answer(b"internal secret")}) as canary:
        with pytest.raises((AddressRefused, BadAddress)):
            await open_guarded_connection(OutboundPolicy(), host, canary.port, resolver=ScriptedResolver(names))
    assert canary.connections == 0


async def test_the_judged_address_is_the_one_that_is_opened() -> None:
    resolver = ScriptedResolver({"turning.test": [[PUBLIC], ["127.0.0.1"]]})
    async with scripted_site({}) as canary:
        # pytest-socket stops the connection: it is the judged public address that was about to be opened.
        with pytest.raises(UserWarning, match=PUBLIC):
            await open_guarded_connection(OutboundPolicy(), "turning.test", canary.port, resolver=resolver)
    assert resolver.asked == ["turning.test"]
    assert canary.connections == 0


async def test_an_exempt_target_is_that_name_and_that_port() -> None:
    resolver = ScriptedResolver({"sample.test": [["127.0.0.1"]]})
    async with scripted_site({}) as site, scripted_site({}) as canary:
        policy = OutboundPolicy(allow=[f"sample.test:{site.port}"])
        _, writer = await open_guarded_connection(policy, "sample.test", site.port, resolver=resolver)
        writer.close()
        for host, port in (("sample.test", canary.port), ("127.0.0.1", site.port)):
            with pytest.raises(AddressRefused):
                await open_guarded_connection(policy, host, port, resolver=resolver)
    assert canary.connections == 0


async def test_a_port_of_another_protocol_is_refused() -> None:
    with pytest.raises(AddressRefused, match="port 25"):
        await open_guarded_connection(OutboundPolicy(), PUBLIC, 25)


async def test_nobody_there_and_no_such_name() -> None:
    async with scripted_site({}) as site:
        port = site.port
    with pytest.raises(ConnectionFailed):
        await open_guarded_connection(OutboundPolicy(allow=[f"127.0.0.1:{port}"]), "127.0.0.1", port)
    with pytest.raises(NameNotFound):
        await open_guarded_connection(OutboundPolicy(), "nowhere.test", 80, resolver=ScriptedResolver({}))
