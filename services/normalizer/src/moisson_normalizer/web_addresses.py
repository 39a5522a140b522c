"""What an http(s) address looks like, and how people write one. Whether it may be fetched is nobody's question here."""

import re

from moisson_normalizer.raw_values import remembered

LONGEST = 2048
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_HOST = rf"(?:{_LABEL}\.)+[^\W\d_](?:[\w-]{{0,61}}[^\W_])?\.?"
_IP = r"\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\]"
_ADDRESS = re.compile(rf"https?://(?:{_HOST}|localhost|{_IP})(?::\d{{1,5}})?(?:[/?#]\S*)?", re.IGNORECASE)
_BARE = re.compile(rf"{_HOST}(?::\d{{1,5}})?(?:[/?#]\S*)?", re.IGNORECASE)
_BROKEN_SCHEME = re.compile(r"^(https?)\s*:\s*/\s*/\s*", re.IGNORECASE)
_IN_TEXT = re.compile(r"(?:https?://|www\.)[^\s<>\"'|,;]+", re.IGNORECASE)
_CUTS = re.compile(r"[\s,;|]+")
_AFTER_SENTENCE = ".,;:!?)»”"


@remembered
def is_address(text: str) -> bool:
    """Whether this is an absolute http(s) address with a host that could exist, without user and password."""
    return len(text) <= LONGEST and _ADDRESS.fullmatch(text) is not None


def one_address(text: str) -> str | None:
    """The address that the whole text is: `www.` and a bare domain get `http://` (a server with TLS leads on)."""
    words = _BROKEN_SCHEME.sub(lambda found: f"{found[1].lower()}://", text.strip()[: LONGEST + 1])
    if is_address(words):
        return words
    if _BARE.fullmatch(words) and is_address(f"http://{words}"):
        return f"http://{words}"
    return None


def addresses_in(text: str) -> tuple[tuple[str, ...], str]:
    """All addresses in a text, and the words that are left without them.

    A bare domain counts only where everything else is an address too: `web.example` in a sentence may be a name.
    """
    parts = [part for part in _CUTS.split(text) if part.strip("-–/")]
    whole = [one_address(part) for part in parts]
    if parts and all(whole):
        return tuple(dict.fromkeys(address for address in whole if address)), ""
    found: list[str] = []

    def take(piece: re.Match[str]) -> str:
        written = piece[0].rstrip(_AFTER_SENTENCE)
        address = one_address(written)
        if address is None:
            return piece[0]
        found.append(address)
        return " " + piece[0][len(written) :]

    rest = _IN_TEXT.sub(take, _BROKEN_SCHEME.sub(lambda scheme: f"{scheme[1]}://", text))
    return tuple(dict.fromkeys(found)), leftover(rest)


def leftover(text: str) -> str:
    """The words beside what was looked for; nothing where only separators and joining words are left."""
    words = " ".join(text.split()).strip(" -–/,;:|.()<>[]\"'")
    says_something = any(len(word) > 2 and not word.isdigit() for word in re.findall(r"\w+", words))
    return words if says_something else ""
