"""What of a quarantined run is not as expected, in the reader's language. Pure."""

from moisson_shared.contracts.broken_expectation import BrokenExpectation
from moisson_shared.contracts.run import CrawlRun
from moisson_viz_gateway.studio.recipe_words import quoted
from moisson_viz_gateway.wording.catalogue import Wording
from moisson_viz_gateway.wording.coded_sentences import Said


def broken_sentences(run: CrawlRun, words: Wording) -> list[Said]:
    """One for each thing; what is new to us is said in the scraper's own words."""
    return [_said(broken, words) for broken in run.broken]


def _said(broken: BrokenExpectation, words: Wording) -> Said:
    key = f"broken.{broken.code}"
    if not words.has(key):
        return Said(broken.message, foreign=True)
    if broken.field is None:
        return Said(words(key, found=round(broken.found), expected=round(broken.expected)))
    shares = {"found": words.share(broken.found), "expected": words.share(broken.expected)}
    return Said(words(key, field=quoted(broken.field, words), **shares))
