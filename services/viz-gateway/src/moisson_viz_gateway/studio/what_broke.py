"""What of a quarantined run is not as expected, in plain words. Pure.

The scraper judges by rules of its own (the median of several good runs, shapes of values); here its figures are laid
beside what is stated and beside the last good run. Its own words stand below, and tell the rest.
"""

from moisson_shared.contracts.expectations import Expectations
from moisson_shared.contracts.run_report import RunReport
from moisson_viz_gateway.studio.recipe_words import quoted
from moisson_viz_gateway.studio.run_report_view import field_fills
from moisson_viz_gateway.wording.catalogue import Wording


def broken_sentences(
    report: RunReport, expectations: Expectations, last_good: RunReport | None, words: Wording
) -> list[str]:
    """One for each thing; none where the figures alone do not show it."""
    items = report.items_found
    told = []
    if expectations.least_records is not None and items < expectations.least_records:
        told.append(words.plural("broken.least", items, least=expectations.least_records))
    if expectations.most_records is not None and items > expectations.most_records:
        told.append(words.plural("broken.most", items, most=expectations.most_records))
    told += [
        words("broken.fill", name=quoted(fill.name, words), share=words.share(fill.share), expected=words.share(least))
        for fill in field_fills(report)
        if fill.short and (least := fill.expected) is not None
    ]
    if last_good is not None and expectations.learn:
        told += _fallen(report, last_good, 1 - expectations.tolerance, words)
    return told


def _fallen(report: RunReport, last_good: RunReport, kept: float, words: Wording) -> list[str]:
    """What is below `kept`, a share of what it was."""
    told = []
    if report.items_found < last_good.items_found * kept:
        told.append(words.plural("broken.fewer", report.items_found, before=last_good.items_found))
    now = {fill.name: fill.share for fill in field_fills(report)}
    for before in field_fills(last_good):
        share = now.get(before.name, 0.0)
        if share < before.share * kept:
            figures = {"share": words.share(share), "before": words.share(before.share)}
            told.append(words("broken.emptier", name=quoted(before.name, words), **figures))
    return told
