"""Old expressions that could take too long on a large page, begun at one element where that makes them usable."""

from moisson_scraper.openscraper.findings import Findings, Place
from moisson_scraper.openscraper.old_xpath import from_one_element
from moisson_scraper.reading.selectors import Scope, SelectorRefused, compile_selector
from moisson_shared.contracts.selecting import Selector, Syntax


def bounded(expression: str, scope: Scope, place: Place, findings: Findings) -> str:
    """The expression, or the like of it that can be used; one that cannot stays, and its fault is told later."""
    if not expression or _usable(expression, scope):
        return expression
    changed = from_one_element(expression)
    if changed is None or not _usable(changed, scope):
        return expression
    message = f"{expression!r} could take too long on a large page; it looks from one element now: {changed!r}."
    findings.note("from-one-element", place, message)
    return changed


def _usable(expression: str, scope: Scope) -> bool:
    try:
        compile_selector(Selector(syntax=Syntax.XPATH, expression=expression[:2000]), scope)
    except SelectorRefused:
        return False
    return True
