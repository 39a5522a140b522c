"""Names of fields in a sentence: quoted, and not more of them than one reads. Pure."""

from collections.abc import Iterable

from moisson_viz_gateway.studio.recipe_words import quoted
from moisson_viz_gateway.wording.catalogue import Wording

MOST_NAMES = 8


def listed_names(names: Iterable[str], words: Wording) -> str:
    """The names, or the first of them and how many more there are."""
    every = list(names)
    text = ", ".join(quoted(name, words) for name in every[:MOST_NAMES])
    return text if len(every) <= MOST_NAMES else words("text.and_more", text=text, count=len(every) - MOST_NAMES)
