"""What may be asked for, judged before anything is opened."""

from urllib.parse import urlsplit

import httpx
import pytest
import yarl
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from moisson_shared.adapters.outbound_http import AddressRefused, BadAddress, FetchFailed, OutboundPolicy
from moisson_shared.adapters.outbound_policy import destination

POLICY = OutboundPolicy()
EXEMPTING = OutboundPolicy(allow=["127.0.0.1:8111", "[::1]:8112", ("sample.test", 80)])


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.0.0.1:8111/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.0.0.1/",
        "http://0177.0.0.1/",
        "http://017700000001/",
        "http://127.1/",
        "http://127.0.1/",
        "http://127.0.0.1./",
        "http://0/",
        "http://0.0.0.0/",
        "http://127.0.0.01/",
        "http://0X7F.1/",
        "http://0177.0x0.0.1/",
        "http://00000000000000000000000000000177.1/",
        "http://[64:ff9b:1::7f00:1]/",
        "http://[2001:0:7f00:1::]/",
        "http://[::ffff:0:127.0.0.1]/",
        "http://1.2.3.4.5/",
        "http://256.256.256.256/",
        "http://134744072/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1:8080/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[0:0:0:0:0:ffff:7f00:1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[fe80::1]/",
        "http://[fd00:ec2::254]/",
        "http://localhost/",
        "http://LOCALHOST:8080/",
        "http://localhost./",
        "http://api.localhost/",
        "http://example.org:25/",
        "http://example.org:22/",
    ],
)
def test_addresses_that_lead_inside_are_refused(url: str) -> None:
    with pytest.raises(AddressRefused) as refusal:
        destination(url, POLICY)
    assert refusal.value.reason == "address-refused"
    assert not refusal.value.transient


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "//example.org/",
        "/path",
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "javascript:alert(1)",
        "data:text/html,x",
        "http:///path",
        "http://",
        "http://:80/",
        "http://user@example.org/",
        "http://user:secret@example.org/",
        "http://example.org@127.0.0.1/",
        "http://127.0.0.1\\@example.org/",
        "http://example.org\\@127.0.0.1/",
        "http://exa mple.org/",
        "http://example.org/\r\nHost: inside",
        "http://example.org/\x00",
        "http://example.org:0/",
        "http://example.org:99999/",
        "http://example.org:x/",
        "http://[::1/",
        "http://[not-an-address]/",
        "http://１２７.０.０.１/",
        "http://①②⑦.0.0.1/",
        "http://exam..ple.org/",
        "http://-bad.example/",
        "http://exa%6dple.org/",
        "http://127.0.0.1%2f.example.org/",
        "http://" + "a" * 64 + ".org/",
        "http://xn--/",
        "http://xn--0.example/",
        "http:127.0.0.1/",
        "http:/127.0.0.1/",
        "http://127.0.0.1:80:80/",
        "http://ⓛocalhost/",
        "http://localhost%00.example.org/",
        "http://example.org/" + "a" * 5000,
    ],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises((BadAddress, AddressRefused)) as refusal:
        destination(url, POLICY)
    assert isinstance(refusal.value, FetchFailed)
    assert len(str(refusal.value)) < 600
    assert "\n" not in str(refusal.value)


PIECES = ["http://", "https://", "127.0.0.1", "localhost", "[::1]", "example.org", "2130706433", "0x7f", "xn--", "@"]
PIECES += [
    ":",
    ":80",
    "/",
    "//",
    "\\",
    "?",
    "#",
    "%",
    "%00",
    ".",
    "..",
    "[",
    "]",
    "-",
    "a",
    "é",
    "ß",
    "。",
    "１",
    "\u200b",
]


@given(text=st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=8).map("".join)))
def test_any_text_is_judged_and_what_passes_can_be_asked_for(text: str) -> None:
    try:
        found = destination(text, POLICY)
    except FetchFailed:
        return
    request = httpx.Request("GET", found.url)
    sent = urlsplit(str(request.url))
    assert sent.hostname == found.host == request.url.raw_host.decode()
    assert (sent.port or {"http": 80, "https": 443}[sent.scheme]) == found.port
    assert (sent.username, sent.password, sent.fragment) == (None, None, "")
    assert yarl.URL(str(request.url)).raw_host == found.host
    assert "localhost" not in found.host.split(".")[-1:]


@pytest.mark.parametrize(
    ("url", "host", "port", "asked"),
    [
        ("http://example.org", "example.org", 80, "http://example.org/"),
        ("https://example.org/a?b=c#d", "example.org", 443, "https://example.org/a?b=c"),
        ("http://EXAMPLE.org:8080/", "example.org", 8080, "http://example.org:8080/"),
        ("http://example.org./x", "example.org", 80, "http://example.org/x"),
        ("https://économie.example/é", "xn--conomie-9xa.example", 443, "https://xn--conomie-9xa.example/%C3%A9"),
        ("http://8.8.8.8/", "8.8.8.8", 80, "http://8.8.8.8/"),
        ("http://[2001:4860:4860::8888]:81/", "2001:4860:4860::8888", 81, "http://[2001:4860:4860::8888]:81/"),
        ("http://a_b.example.org/", "a_b.example.org", 80, "http://a_b.example.org/"),
        ("http://3com.example/", "3com.example", 80, "http://3com.example/"),
    ],
)
def test_web_addresses_are_taken_apart(url: str, host: str, port: int, asked: str) -> None:
    found = destination(url, POLICY)
    assert (found.host, found.port, found.exempt) == (host, port, False)
    assert str(found.url) in {asked, asked.removesuffix("/")}


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8111/a", "http://[::1]:8112/", "http://sample.test/", "http://SAMPLE.test:80/"]
)
def test_named_targets_are_exempt(url: str) -> None:
    assert destination(url, EXEMPTING).exempt


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8112/",
        "http://127.0.0.1/",
        "http://127.0.0.2:8111/",
        "http://[::ffff:127.0.0.1]:8111/",
        "http://2130706433:8111/",
        "http://127.1:8111/",
        "http://localhost:8111/",
        "http://[::1]:8111/",
        "http://[0:0:0:0:0:0:0:1]:8113/",
    ],
)
def test_only_that_text_and_that_port_are_exempt(url: str) -> None:
    with pytest.raises(AddressRefused):
        destination(url, EXEMPTING)
    assert not destination("http://sample.test:8080/", EXEMPTING).exempt
    assert not destination("https://sample.test/", EXEMPTING).exempt


@pytest.mark.parametrize("entry", ["127.0.0.1", "", ":80", "host:0", "host:70000", "host:x", 5, ("a",)])
def test_a_target_names_host_and_port(entry: object) -> None:
    with pytest.raises(ValidationError):
        OutboundPolicy.model_validate({"allow": [entry]})
