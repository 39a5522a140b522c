"""How much the values of one page may take: an element gives the text of all that are within it, and so do those."""

from moisson_scraper.reading.notice import Unreadable

MOST_CHARACTERS = 50_000_000
"""Of all values of one page."""


class ValueRoom:
    """The characters that the values of one page may still take."""

    __slots__ = ("_left", "_most")

    def __init__(self, most: int = MOST_CHARACTERS) -> None:
        self._left = self._most = most

    def take(self, characters: int) -> None:
        """Takes some. Raises `Unreadable` when there are none left."""
        self._left -= characters
        if self._left < 0:
            message = f"Pages whose values come to more than {self._most:,} characters were given up."
            raise Unreadable("reading-too-large", message)
