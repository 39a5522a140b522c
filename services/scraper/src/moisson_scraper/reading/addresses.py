"""Addresses in pages: joined as the HTML standard says (2.4.3), and brought to one spelling (RFC 3986, 6.2.2)."""

import re
from functools import lru_cache
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

import idna

_CANONICAL = re.compile(
    r"https?://[a-z0-9_-]+(?:\.[a-z0-9_-]+)*(?::(?:[1-9][0-9]{3}|[1-5][0-9]{4}))?/[A-Za-z0-9_.~!$&'()*+,;=:@/-]*"
    r"(?:\?[A-Za-z0-9_.~!$&()*+,;=:@/-]+)?"
)
"""Addresses that surely are in their canonical form, without an escape; most are."""
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_REMOVED = re.compile(r"[\t\n\r]")
_AROUND = "".join(map(chr, range(33)))
_DOTS = re.compile(r"(?<=/)(?:\.|%2e){1,2}(?=/|$)", re.IGNORECASE)
_UNRESERVED_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
LONGEST = 2048


def join_address(base: str, reference: str, encoding: str = "utf-8") -> str | None:
    """The reference made absolute against an http(s) base; None where it is no address at all. Other schemes stay.

    As browsers read it (URL standard, 4.4): blanks around it, tabs and line ends go, backslashes are slashes, `https:x`
    is relative to an https base, slashes too many before a host do not count. The query is written in the page's
    `encoding`, as browsers send it; the rest stays as it was written, and `page_address` gives it its one spelling.
    """
    reference = _REMOVED.sub("", reference.strip(_AROUND))
    home = urlsplit(base)
    scheme = _SCHEME.match(reference)
    if scheme is not None:
        name = scheme[1].lower()
        if name not in _DEFAULT_PORTS:
            return reference
        reference = reference[scheme.end() :]
        if name != home.scheme or reference.startswith("//"):
            return _checked(f"{name}://", reference.lstrip("/\\"), encoding)
    path, query, fragment = _parted(reference)
    if path.startswith("//"):
        return _checked(f"{home.scheme}://", reference.lstrip("/\\"), encoding)
    home_path = home.path or "/"
    if not path:
        path = home_path
        query = query or (f"?{home.query}" if home.query else "")
    elif not path.startswith("/"):
        path = home_path[: home_path.rfind("/") + 1] + path
    front = f"{home.scheme}://{home.netloc}"
    return _checked(front, _without_dots(path) + query + fragment, encoding)


def _parted(reference: str) -> tuple[str, str, str]:
    """Path with its slashes mended, query with its `?`, fragment with its `#`."""
    rest, mark, fragment = reference.partition("#")
    path, question, query = rest.partition("?")
    return path.replace("\\", "/"), question + query, mark + fragment


def _checked(front: str, reference: str, encoding: str) -> str | None:
    path, query, fragment = _parted(reference)
    if not query.isascii() and not encoding.startswith("utf"):
        # What the encoding does not have is sent as a character reference (URL standard, 5.2).
        query = "".join(
            letter if letter.isascii() else quote(letter.encode(encoding, "xmlcharrefreplace")) for letter in query
        )
    address = f"{front}{path}{query}{fragment}"
    try:
        urlsplit(address)
    except ValueError:
        return None
    return address


def page_address(address: str | None) -> str | None:
    """The canonical form of an address that a page can be fetched from; None for other schemes, or nonsense.

    Scheme and host in lower case, no default port, no fragment, no dot segments, one spelling of percent escapes. The
    query stays as it is but for its escapes: its order may matter to the site.
    """
    if address is None:
        return None
    if len(address) <= LONGEST and _CANONICAL.fullmatch(address) and "/." not in address:
        return address
    try:
        parts = urlsplit(address)
        port = parts.port
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not host or len(address) > LONGEST or parts.username is not None:
        return None
    name = _host_name(host)
    if name is None:
        return None
    authority = name if port in {None, _DEFAULT_PORTS[parts.scheme]} else f"{name}:{port}"
    path = _without_dots(_escaped(parts.path, "/:@!$&'()*+,;=~%")) or "/"
    query = _escaped(parts.query, "/:@!$&()*+,;=~?%")
    return urlunsplit(SplitResult(parts.scheme, authority, path, query, ""))


def stated_address(address: str, *, with_fragment: bool = False) -> str:
    """An address that a partner wrote in the spelling that links to the same page have once they are read; as it is
    where it has none. A fragment is no part of a page but in a browser, where it may be a page of its own."""
    plain, mark, fragment = address.partition("#")
    known = page_address(plain) or plain
    return known + mark + fragment if with_fragment else known


@lru_cache(maxsize=256)
def origin_of(address: str) -> str:
    """`https://host:port` of a canonical address, as robots.txt counts (RFC 9309, 2.3)."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


@lru_cache(maxsize=256)
def slot_of(address: str) -> str:
    """What one politeness slot is for: the host; with its port only where that is not a usual one."""
    parts = urlsplit(address)
    usual = parts.port in {None, *_DEFAULT_PORTS.values()}
    return (parts.hostname or "") if usual else f"{parts.hostname}:{parts.port}"


def _host_name(host: str) -> str | None:
    if ":" in host:
        return f"[{host}]"
    try:
        name = host if host.isascii() else _ascii_name(host)
    except (UnicodeError, idna.IDNAError):
        return None
    name = name.lower().rstrip(".")
    return name if name and not re.search(r"[\s<>\"#%/\\^`{|}]", name) else None


def _ascii_name(host: str) -> str:
    """As browsers map names (UTS 46, non-transitional): `ß` is a letter of its own, full-width dots are dots."""
    labels = idna.uts46_remap(host, std3_rules=False, transitional=False).split(".")
    return ".".join(label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in labels)


def _escaped(text: str, safe: str) -> str:
    """Escapes what must be escaped, unescapes what need not be (RFC 3986, 6.2.2.2), writes escapes in upper case."""

    def one(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        return character if character in _UNRESERVED else match[0].upper()

    text = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text)
    return quote(_UNRESERVED_ESCAPE.sub(one, text), safe=safe, errors="replace")


def _without_dots(path: str) -> str:
    """RFC 3986, 5.2.4; `%2e` is a dot there too (URL standard, 4.1)."""
    if "%2" in path:
        path = _DOTS.sub(lambda dots: re.sub("%2e", ".", dots[0], flags=re.IGNORECASE), path)
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")
    for position, segment in enumerate(segments):
        if segment in {".", ".."}:
            if segment == ".." and len(kept) > 1:
                kept.pop()
            if position == len(segments) - 1:
                kept.append("")
        else:
            kept.append(segment)
    return "/".join(kept)


def readable(address: str) -> str:
    """The address as people read it, for samples: at most 300 characters."""
    text = unquote(address, errors="replace") if len(address) < LONGEST else address
    return text if len(text) <= 300 else text[:299] + "…"
