"""The lines of a run's log in the reader's language: by code and figures; the scraper's own sentence for the rest."""

from typing import NamedTuple

from moisson_shared.contracts.run_log import LogLine
from moisson_viz_gateway.wording.catalogue import Wording
from moisson_viz_gateway.wording.coded_sentences import Said, say


class LoggedWords(NamedTuple):
    """What happened; what is known of it besides; and the scraper's own words where they say more than both."""

    said: Said
    detail: str | None = None
    own: str | None = None


def logged_words(english: Wording, words: Wording, line: LogLine) -> LoggedWords:
    """One line. A code, or a figure, that we do not know leaves the scraper's sentence beside what we do."""
    code = f"log.code.{line.code}"
    if not words.has(code):
        first = str(line.figures.get("first", ""))
        said = say(english, words, "reason", line.code, line.message.removesuffix(f" First: {first}"))
        return LoggedWords(said, words("log.told.first", first=first) if first else None, said.own)
    said = Said(words(code))
    figures: dict[str, object] = dict(line.figures)
    if words.has(state := f"state.{figures.get('state')}"):
        figures["state"] = words(state)
    try:
        detail = words(f"log.told.{line.code}", **figures)
    except KeyError:  # no such line, or a figure is missing: another version of the scraper
        return LoggedWords(said, own=None if line.message == english(code) else line.message)
    if "why" not in figures:
        return LoggedWords(said, detail)
    why = say(english, words, "failure", str(figures["why"]), "").sentence
    return LoggedWords(said, f"{detail} {why}".rstrip(), line.message)
