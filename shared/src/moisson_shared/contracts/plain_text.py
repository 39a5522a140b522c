"""Text of others, as it may stand in a line that people read in a terminal. Pure."""

from unicodedata import category

_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp"})
"""Categories of characters that steer terminals, turn the direction of text, or begin a line."""


def plain_line(text: str) -> str:
    """The text with a replacement character for each that is not seen itself."""
    return "".join("\N{REPLACEMENT CHARACTER}" if category(letter) in _UNSEEN else letter for letter in text)
