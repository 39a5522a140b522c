"""Where a page of a listing leads, and what is to be said of it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from moisson_scraper.reading.addresses import LONGEST, page_address
from moisson_scraper.reading.notice import Notice
from moisson_scraper.reading.source_reader import PageRequest


@dataclass(frozen=True, slots=True)
class NextPages:
    """The pages to read next. `open_ended`: there are more, which cannot be asked for, so absence says nothing."""

    pages: tuple[PageRequest, ...] = ()
    notices: tuple[Notice, ...] = ()
    open_ended: bool = False


def cannot_be_asked_for(written: str | None) -> bool:
    """Whether it is an address of the web, and yet none that is fetched from: too long, or it makes no sense."""
    return written is not None and written.startswith(("http:", "https:")) and page_address(written) is None


def without_unfetchable(count: int, place: str, pages: Iterable[PageRequest] = ()) -> NextPages:
    """`count` next pages are left out, because their addresses cannot be fetched; `place` is the page that names
    them."""
    message = (
        f"Next pages whose address cannot be fetched (it has more than {LONGEST:,} characters, or makes no sense) were "
        "not asked for; the run is not complete."
    )
    return NextPages(tuple(pages), (Notice("next-address", message, place, count),), open_ended=True)
