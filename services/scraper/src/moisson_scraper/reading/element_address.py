"""The address that an element stands for, as it is written: where it leads, or what it shows. Pure.

Pages that load their images late write a placeholder into `src` and the image's own address beside it, and so do those
that wait for a consent before they show a frame. It is taken from there, as a reader of the page sees it in the end.
"""

import re

from moisson_scraper.reading.selectors import Node

_LATE = ("data-src", "data-lazy-src", "data-original")
_SETS = ("srcset", "data-srcset")
_CANDIDATE = re.compile(r"[\s,]*(\S+)")


def written_address(element: Node) -> str | None:
    """Its `href`, else its `src`; where that is missing, blank or shows nothing (`data:`, `about:`), what stands in for
    it. A blank `src` is no address, and not that of its page (HTML standard, 4.8.4.3.5)."""
    href: str | None = element.get("href")
    if href is not None:
        return href
    source: str | None = element.get("src")
    if source is not None and not _is_placeholder(source):
        return source
    beside = [element.get(name) for name in _LATE] + [_first_candidate(element.get(name)) for name in _SETS]
    found = next((address for address in beside if address is not None and not _is_placeholder(address)), source)
    return found if found is not None and found.strip() else None


def _is_placeholder(address: str) -> bool:
    return not address.strip() or address.lstrip()[:6].lower().startswith(("data:", "about:"))


def _first_candidate(images: str | None) -> str | None:
    """The first address of a `srcset` (HTML standard, 4.8.4.2.2): up to a blank, without the commas behind it."""
    found = _CANDIDATE.match(images) if images is not None else None
    return found[1].rstrip(",") if found is not None else None
