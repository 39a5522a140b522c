"""What a person typed, as words and phrases. Any text is accepted; nothing in it is an operator but quotation marks."""

import re
from dataclasses import dataclass

from moisson_shared.querying.analysis import STOP_WORDS, Word, words

MOST_WORDS = 32
"""Words of a query that are looked for, those of phrases included; further ones are left aside."""

LONGEST_TEXT = 1000
"""Characters of a query that are read."""

_QUOTED = re.compile(r'"([^"]*)"|«([^»]*)»|“([^”]*)”|„([^“”]*)[“”]')


@dataclass(frozen=True, slots=True)
class FreeText:
    """Each word and each phrase (two words or more, side by side) must be found. All are stems."""

    words: tuple[str, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words or self.phrases)


def parse_free_text(text: str) -> FreeText:
    """The words and phrases to look for, without repetitions, at most 32 words in all.

    Stop words are left aside unless there is nothing else. A quotation mark without its partner, and any other sign,
    is not looked for: a text of signs alone asks for nothing, like an empty one. A phrase of one word is that word.
    """
    text = text[:LONGEST_TEXT]
    loose: list[Word] = []
    phrases: list[tuple[str, ...]] = []
    left, end = MOST_WORDS, 0
    for quoted in _QUOTED.finditer(text):
        loose += words(text[end : quoted.start()])
        end = quoted.end()
        phrase = list(words(next(filter(None, quoted.groups()), "")))
        if len(phrase) == 1:
            loose += phrase
        elif phrase:
            stems = tuple(word.stem for word in phrase[:left])
            left -= len(stems)
            phrases.append(stems)
    loose += words(text[end:])
    telling = [word for word in loose if word.folded not in STOP_WORDS]
    wanted = telling or ([] if any(phrases) else loose)
    return FreeText(
        words=tuple(dict.fromkeys(word.stem for word in wanted))[:left],
        phrases=tuple(phrase for phrase in dict.fromkeys(phrases) if phrase),
    )
