"""What a site's robots.txt allows us (RFC 9309). Pure: from an answer to rules."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from protego import Protego

PRODUCT_TOKEN = "Moisson"  # noqa: S105 - the name robots.txt files call us by (RFC 9309, 2.2.1)
OUR_NAMES = frozenset({PRODUCT_TOKEN.lower()})
MOST_BYTES = 500 * 1024
"""What is read of a robots.txt (RFC 9309, 2.5); the rest is ignored."""
MOST_STARRED = 5000
"""Rules with a star, which are held against each address one by one. No site has so many; of further ones each counts
as its beginning: less is fetched then, and an address is still judged in some milliseconds."""
FRESH_SECONDS = 24 * 3600.0
"""How long rules hold (RFC 9309, 2.4)."""
RETRY_SECONDS = 300.0
"""How long "unreachable" holds."""
MOST_REDIRECTS = 5
"""How many redirects in a row are followed to a robots.txt (RFC 9309, 2.3.1.2); more of them count as none."""
_TOO_MANY_REQUESTS = 429
_AGENT_LINE = re.compile(r"\s*user(?:-|\s+)?agent(?:\s*:\s*|\s+)([^#]*)", re.IGNORECASE)
_RULE_LINE = re.compile(r"\s*(?:(allow)|diss?all?ow|diasllow|disallaw)(?![\w-])", re.IGNORECASE)
"""In the spellings that the parser knows."""
_DELAY_LINE = re.compile(r"\s*crawl[-\s]delay(?![\w-])", re.IGNORECASE)
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
"""One that is no escape; addresses of pages have it escaped."""
_ALL_AGENTS = re.compile(r"\*(?![\w*-])")
"""`*`, whatever is said behind it: `* (all robots)`, `*, a`."""
_OTHER_AGENTS = "User-agent: another"
_TOKEN = re.compile(r"[A-Za-z_-]*")
_PRODUCT = re.compile(r"^[A-Za-z_-]+|(?<=[\s(;])[A-Za-z_-]+(?=/)")
_BORROWED = frozenset({"mozilla"})
_LINE_ENDS = re.compile(r"\r\n|\r|\n")
# Only CR and LF end a line (RFC 9309, 2.2), but Python's splitlines, which the parser uses, knows more.
_NO_LINE_ENDS = {ord(char): quote(char) for char in "\v\f\x1c\x1d\x1e\x85\u2028\u2029"} | {0: "\ufffd"}


class Standing(StrEnum):
    """Where a site's rules come from."""

    STATED = "stated"
    NONE = "none"
    """There is no robots.txt (4xx): all is allowed (RFC 9309, 2.3.1.3)."""
    UNREACHABLE = "unreachable"
    """The server failed (5xx) or did not answer: all is off-limits (RFC 9309, 2.3.1.4)."""
    REFUSED = "refused"
    """It leads to an address that must not be fetched: nothing is, as long as it does."""


@dataclass(frozen=True, slots=True)
class RobotsRules:
    """The rules of one origin, as they concern us."""

    standing: Standing
    _parsed: Protego | None = None

    def allows(self, address: str) -> bool:
        """Whether the address may be fetched."""
        if self._parsed is None:
            return self.standing is Standing.NONE
        return all(self._parsed.can_fetch(spelled, PRODUCT_TOKEN) for spelled in _spellings(address))

    @property
    def crawl_delay(self) -> float:
        """Seconds between two requests, 0 where nothing is said."""
        delay = self._parsed.crawl_delay(PRODUCT_TOKEN) if self._parsed is not None else None
        return max(0.0, float(delay)) if delay is not None else 0.0

    @property
    def fresh_seconds(self) -> float:
        """How long these rules may be used."""
        return FRESH_SECONDS if self.standing in {Standing.STATED, Standing.NONE} else RETRY_SECONDS


NO_RULES = RobotsRules(Standing.NONE)
UNREACHABLE = RobotsRules(Standing.UNREACHABLE)
REFUSED = RobotsRules(Standing.REFUSED)


def _spellings(address: str) -> tuple[str, ...]:
    """The address, and the same with the other spelling of the slashes of its query: a rule about `?u=https://a` is one
    about `?u=https%3A%2F%2Fa` (RFC 9309, 2.2.2), which the parser knows of all characters but the slash."""
    path, mark, query = address.partition("?")
    if "/" not in query and "%2F" not in query:
        return (address,)
    return (address, path + mark + query.replace("/", "%2F"), path + mark + query.replace("%2F", "/"))


def standing_of(status: int) -> Standing:
    """What an answer to the request for robots.txt means. A redirect that leads nowhere counts as none.

    429 is a 4xx, which RFC 9309 (2.3.1.3) reads as "there is none": but a host that says "too many requests" has not
    said that, and to go on and fetch all it has is the opposite of what it asks. As Google does, it is read as a
    server that fails.
    """
    if status >= 500 or status == _TOO_MANY_REQUESTS:
        return Standing.UNREACHABLE
    return Standing.STATED if 200 <= status < 300 else Standing.NONE


def robots_text(body: bytes) -> str:
    """The text of a robots.txt: UTF-8 (RFC 9309, 2.2), without its byte order mark, no longer than is read.

    Of one that is longer the last line that is read may be half a line: `Allow: /` of `Allow: /public`. It goes.
    """
    if len(body) > MOST_BYTES:
        body = body[: max(body.rfind(b"\n", 0, MOST_BYTES), body.rfind(b"\r", 0, MOST_BYTES)) + 1]
    return body.decode("utf-8", "replace").removeprefix("\ufeff").translate(_NO_LINE_ENDS)


def names_in(user_agent: str) -> frozenset[str]:
    """The names that robots.txt files may call us by, in lower case: our own, and those that a site is told. Who sees
    `Essor/1.0` in its logs forbids itself to Essor (RFC 9309, 2.2.1: the token is a part of what a crawler sends)."""
    return OUR_NAMES | frozenset(map(str.lower, _PRODUCT.findall(user_agent))) - _BORROWED


def stated(text: str, ours: frozenset[str] = OUR_NAMES) -> RobotsRules:
    """The rules that such a text states for who goes by any of these names."""
    return RobotsRules(Standing.STATED, Protego.parse("\n".join(_heeded(_LINE_ENDS.split(text), ours))))


def rules_from(status: int, body: bytes) -> RobotsRules:
    """The rules that an answer states."""
    match standing_of(status):
        case Standing.STATED:
            return stated(robots_text(body))
        case Standing.NONE:
            return NO_RULES
        case _:
            return UNREACHABLE


def _heeded(lines: list[str], ours: frozenset[str]) -> Iterator[str]:
    """The lines that concern us. Others must not come between those of a group (RFC 9309, 2.2.4): to the parser any
    line that it does not know, such as `Noindex: /x`, ends the user agents that a group begins with.

    Nor must a crawl-delay, which the RFC does not know: rules below it are for all agents above. It is itself for those
    right above it, as all who heed it read it, and stands in groups of its own, behind the others. A rule that a group
    repeats counts once.
    """
    agents: dict[str, None] = {}
    rules: set[str] = set()
    delays: dict[tuple[str, str], None] = {}
    more_agents, starred = True, 0
    for line in lines:
        agent = _AGENT_LINE.match(line)
        if agent is not None:
            if not more_agents:
                agents.clear()
                rules.clear()
            more_agents = True
            told = _for_us(agent[1].strip(), ours)
            agents[told] = None
            yield told
        elif (rule := _RULE_LINE.match(line)) is not None:
            more_agents = False
            if line in rules:
                continue
            rules.add(line)
            starred += "*" in line and agents.keys() != {_OTHER_AGENTS}
            yield _LONE_PERCENT.sub("%25", line if starred <= MOST_STARRED else _beginning(line, rule))
        elif _DELAY_LINE.match(line) is not None:
            more_agents = False
            delays.update(((told, line), None) for told in agents)
    for told, line in delays:
        yield from ("Disallow:", told, line)


def _beginning(line: str, rule: re.Match[str]) -> str:
    """A rule without its star and what comes behind; nothing of one that allows."""
    before, star, _ = line[rule.end() :].partition("#")[0].partition("*")
    if not star:
        return line
    return "" if rule[1] else f"Disallow: {before.strip(' :') or '/'}"


def _for_us(name: str, ours: frozenset[str]) -> str:
    """The line of a user agent: ours gets one name, all others but `*` get one name that is not ours.

    Our product token is what counts, whatever its case and whatever stands behind it ("Moisson/0.1", "moisson*"); the
    parser wants the name alone, and would find the beginnings of it ("Mo") in it. And it keeps each rule once for each
    agent of its group, so that thousands of agents before thousands of rules would never end.
    """
    if not name:
        return "User-agent:"
    if _ALL_AGENTS.match(name) is not None:
        return "User-agent: *"
    token = _TOKEN.match(name)
    is_ours = token is not None and token[0].lower() in ours
    return f"User-agent: {PRODUCT_TOKEN}" if is_ours else _OTHER_AGENTS
