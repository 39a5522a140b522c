"""Which single-byte encoding of Western Europe a text is in, told by the letters that come of its bytes. Pure.

Each byte means something in all of them, so only what the text then says can tell. Statistics over whole languages need
long texts, and files are often short: here the letters and signs that French writes often count most, those of its
neighbours next, and what no one writes (`Ž` after a small letter, a control character) counts against.
"""

import re

ENCODINGS = ("cp1252", "iso8859-15", "cp850", "mac_roman")
"""Of Windows, of Unix, of DOS, of old Macs; of two that are as likely, the first."""
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_OFTEN = frozenset("éèêëàâçôîïûùœæÉÈÊÀÂÇÔÎŒ’«»€…°½–—\u00a0")
_ELSEWHERE = frozenset("äöüßáíóúñãõåøìòÄÖÜÑÁÍÓÚØÅ‘“”•²³¼¡¿ºª·©®")


def likeliest_encoding(sample: bytes) -> str:
    """The encoding in which the sample reads most like a text."""
    return max(ENCODINGS, key=lambda encoding: _likeness(sample, encoding))


def _likeness(sample: bytes, encoding: str) -> int:
    text = sample.decode(encoding, "replace")
    likeness = 0
    for found in _BEYOND_ASCII.finditer(text):
        letter = found[0]
        if letter.isupper() and text[max(0, found.start() - 1)].islower():
            likeness -= 2
        elif letter in _OFTEN:
            likeness += 3
        elif letter in _ELSEWHERE:
            likeness += 2
        elif not letter.isalpha():
            likeness -= 2
    return likeness
