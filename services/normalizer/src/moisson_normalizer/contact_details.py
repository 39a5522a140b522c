"""What e-mail addresses and telephone numbers look like, and how people write them."""

import re

from moisson_normalizer.raw_values import remembered
from moisson_normalizer.web_addresses import leftover

_LOCAL = r"[\w!#$%&'*+=?^`{}~-](?:[\w.!#$%&'*+=?^`{}~-]{0,62}[\w!#$%&'*+=?^`{}~-])?"
_DOMAIN = r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,24}"
_EMAIL = re.compile(rf"{_LOCAL}@{_DOMAIN}")
_EMAIL_IN_TEXT = re.compile(rf"(?<![\w.!#$%&'*+=?^`{{}}~-]){_LOCAL}@{_DOMAIN}")
_HIDDEN_AT = re.compile(r"\s{0,3}[\[({]\s{0,3}(?:at|arobase|arobas|chez|@)\s{0,3}[\])}]\s{0,3}", re.IGNORECASE)
_MAILTO = re.compile(r"mailto:\s*", re.IGNORECASE)
_NAMED = re.compile(r"[^<>]*<([^<>\s]+)>")
_PHONE = re.compile(r"\+?[\d\s().\-/\u2010-\u2015]+")
_BETWEEN_PHONES = re.compile(
    r"\s+(?:ou|et|or|and|puis)\s+|[;,|\n\r]+|\s+[/\-–—]\s+|(?<=\d{2})\s*/\s*(?=(?:\+|0)\d)", re.IGNORECASE
)
_PHONE_WORD = re.compile(r"^(?:t[ée]l(?:[ée]phone)?|mobile|portable|fixe|standard)\b\s*\.?\s*:?\s*", re.IGNORECASE)


@remembered
def is_email(text: str) -> bool:
    """An address as RFC 5322 has them in practice: no quotes, no comments, a domain with a dot."""
    return len(text) <= 254 and ".." not in text and _EMAIL.fullmatch(text) is not None


def one_email(text: str) -> str | None:
    """The address that the whole text is: without `mailto:` and its parameters, or with a name around it."""
    words = _HIDDEN_AT.sub("@", text.strip()[:2000])
    scheme = _MAILTO.match(words)
    if scheme:
        words = words[scheme.end() :].partition("?")[0]
    named = _NAMED.fullmatch(words)
    if named:
        words = named[1]
    words = words.strip().rstrip(".,;")
    return words if is_email(words) else None


def emails_in(text: str) -> tuple[tuple[str, ...], str]:
    """All addresses in a text, whatever stands between, and the words that are left without them."""
    words = _HIDDEN_AT.sub("@", _MAILTO.sub(" ", text))
    found = [address for address in _EMAIL_IN_TEXT.findall(words) if is_email(address)]
    return tuple(dict.fromkeys(found)), leftover(_EMAIL_IN_TEXT.sub(" ", words))


@remembered
def one_phone(text: str) -> str | None:
    """A number as it is written, white space collapsed: 3 (emergency, short numbers) to 15 digits (ITU-T E.164)."""
    words = " ".join(_PHONE_WORD.sub("", text.strip()[:200]).split())
    digits = sum(map(str.isdigit, words))
    return words if 3 <= digits <= 15 and words.isprintable() and _PHONE.fullmatch(words) else None


def phones_in(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """All numbers in a text, and the parts that are none."""
    found: list[str] = []
    others: list[str] = []
    for part in _BETWEEN_PHONES.split(text):
        if not part.strip():
            continue
        phone = one_phone(part)
        if phone is None:
            others.append(part.strip())
        else:
            found.append(phone)
    return tuple(dict.fromkeys(found)), tuple(others)
