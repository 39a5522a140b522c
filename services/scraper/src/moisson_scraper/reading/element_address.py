"""The address that an element stands for, as it is written: where it leads, or what it shows. Pure.

Pages that load their images late write a placeholder into `src` and the image's own address beside it. Such an image is
taken from there, as a reader of the page would see it in the end.
"""

import re

from moisson_scraper.reading.selectors import Node

_LATE = ("data-src", "data-lazy-src", "data-original")
_SETS = ("srcset", "data-srcset")
_CANDIDATE = re.compile(r"[\s,]*(\S+)")


def written_address(element: Node) -> str | None:
    """Its `href`, else its `src`; where that is missing, blank or a `data:` address, what stands in for it."""
    href: str | None = element.get("href")
    if href is not None:
        return href
    source: str | None = element.get("src")
    if source is not None and not _is_placeholder(source):
        return source
    beside = [element.get(name) for name in _LATE] + [_first_candidate(element.get(name)) for name in _SETS]
    return next((address for address in beside if address is not None and not _is_placeholder(address)), source)


def _is_placeholder(address: str) -> bool:
    return not address.strip() or address.lstrip()[:5].lower() == "data:"


def _first_candidate(images: str | None) -> str | None:
    """The first address of a `srcset` (HTML standard, 4.8.4.2.2): up to a blank, without the commas behind it."""
    found = _CANDIDATE.match(images) if images is not None else None
    return found[1].rstrip(",") if found is not None else None
