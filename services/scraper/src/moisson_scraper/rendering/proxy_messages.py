"""What a browser says to its proxy (RFC 9112, 3.2.2 and 3.2.3; RFC 9110, 9.3.6), and what is said on. Pure.

One request per connection, whatever the browser asks for: then nothing that a site sends can be taken for the answer to
a request to another site.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_HEAD_BYTES = 65_536
_REQUEST_LINE = re.compile(r"([A-Z]{1,20}) (\S{1,8192}) HTTP/1\.[01]")
_AUTHORITY = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([^\s:@/?#\[\]\\]{1,253}))(?::([0-9]{1,5}))?")
_FIELD = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*)")
_OF_THE_CONNECTION = frozenset(
    {"connection", "proxy-connection", "keep-alive", "te", "trailer", "upgrade", "host", "http2-settings"}
    | {"proxy-authorization", "proxy-authenticate"}
)
_REASONS = {
    400: "Bad Request",
    403: "Forbidden",
    407: "Proxy Authentication Required",
    411: "Length Required",
    502: "Bad Gateway",
    504: "Gateway Timeout",
}


class BadMessage(Exception):
    """Not what a browser or a site says; `status` is what is answered."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class ProxyRequest:
    """A request to the proxy: where to connect, and for a plain request what to send there."""

    host: str
    port: int
    tunnel: bool
    head: bytes
    """To be sent on; empty for a tunnel."""
    body_bytes: int
    user: str
    password: str


def read_request(raw: bytes) -> ProxyRequest:
    """The request of a head with its blank line. Raises `BadMessage`."""
    lines = raw.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    first = _REQUEST_LINE.fullmatch(lines[0])
    if first is None:
        raise BadMessage("no request line")
    method, target = first[1], first[2]
    fields = list(_fields(lines[1:]))
    user, password = _credentials(fields)
    if method == "CONNECT":
        host, port = _place(target, None)
        return ProxyRequest(host, port, True, b"", 0, user, password)
    if not target.lower().startswith("http://"):
        raise BadMessage("only plain http is asked for without a tunnel")
    end = next((at for at in range(7, len(target)) if target[at] in "/?#"), len(target))
    host, port = _place(target[7:end], 80)
    path = target[end:].partition("#")[0]
    path = path if path.startswith("/") else f"/{path}"
    head = [f"{method} {path} HTTP/1.1", f"Host: {target[7:end]}", "Connection: close"]
    head += [f"{name}: {value}" for name, value in fields if name.lower() not in _OF_THE_CONNECTION]
    return ProxyRequest(host, port, False, _written(head), _body_bytes(fields), user, password)


def read_answer_head(raw: bytes) -> tuple[int, bytes]:
    """The status of a site's answer, and its head as the browser gets it: its connection ends with the answer."""
    lines = raw.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    status = re.match(r"HTTP/1\.[01] ([1-5][0-9]{2})(?: |\Z)", lines[0])
    if status is None:
        raise BadMessage("the site does not speak HTTP", 502)
    head = [lines[0], "Connection: close"]
    head += [f"{name}: {value}" for name, value in _fields(lines[1:]) if name.lower() not in _OF_THE_CONNECTION]
    return int(status[1]), _written(head)


def short_answer(status: int) -> bytes:
    """An answer of the proxy itself, after which it hangs up."""
    asks = ['Proxy-Authenticate: Basic realm="moisson"'] if status == 407 else []
    return _written(
        [f"HTTP/1.1 {status} {_REASONS.get(status, 'No')}", *asks, "Content-Length: 0", "Connection: close"]
    )


def _written(lines: list[str]) -> bytes:
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _fields(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        field = _FIELD.fullmatch(line)
        if field is None:
            raise BadMessage("a header that is none", 502)
        yield field[1], field[2]


def _place(authority: str, usual: int | None) -> tuple[str, int]:
    found = _AUTHORITY.fullmatch(authority)
    port = int(found[3]) if found is not None and found[3] else usual
    if found is None or port is None or not 0 < port < 65536:
        raise BadMessage("no host and port")
    return found[1] or found[2], port


def _body_bytes(fields: list[tuple[str, str]]) -> int:
    lengths = {value.strip() for name, value in fields if name.lower() == "content-length"}
    if any(name.lower() == "transfer-encoding" for name, _ in fields):
        raise BadMessage("bodies are sent with their length", 411)
    if not lengths:
        return 0
    length = lengths.pop()
    if lengths or not re.fullmatch(r"[0-9]{1,12}", length):
        raise BadMessage("a length that is none")
    return int(length)


def _credentials(fields: list[tuple[str, str]]) -> tuple[str, str]:
    """User name and password (RFC 7617); empty where there are none."""
    for name, value in fields:
        scheme, _, token = value.partition(" ")
        if name.lower() == "proxy-authorization" and scheme.lower() == "basic":
            try:
                user, _, password = base64.b64decode(token.strip(), validate=True).decode("latin-1").partition(":")
            except (binascii.Error, ValueError):
                return "", ""
            return user, password
    return "", ""
