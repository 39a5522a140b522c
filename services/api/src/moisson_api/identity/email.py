"""E-mail addresses: what looks like one, and the form in which two of them are the same. Pure."""

import re
import unicodedata

_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x1f]{1,64}@[^\s@<>()\[\],;:\\\"_]+\.[^\s@<>()\[\],;:\\\"_.]+")


def check_email(text: str) -> str:
    """The address without blanks around it. Whether anybody reads it, only a letter could tell."""
    text = unicodedata.normalize("NFC", text).strip()
    if not text.isprintable() or not _ADDRESS.fullmatch(text) or ".." in text:
        raise ValueError("write an e-mail address such as prenom.nom@exemple.fr")
    return text


def email_key(text: str) -> str:
    """The address as it is compared: in one normal form, without capitals."""
    return unicodedata.normalize("NFKC", text.strip().casefold())
