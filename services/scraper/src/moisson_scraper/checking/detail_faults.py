"""Pages behind an item: how each is found, and what is taken there."""

from collections.abc import Iterator

from moisson_scraper.checking.expressions import (
    Place,
    in_address,
    in_element,
    in_encoding,
    in_html_fields,
    in_json_fields,
    in_path,
    in_pattern,
)
from moisson_scraper.reading.selectors import Scope
from moisson_shared.contracts.detail import Detail, HtmlDetail
from moisson_shared.contracts.errors import Fault


def in_detail(detail: Detail | None, place: Place, scope: Scope) -> Iterator[Fault]:
    """A detail and those behind it; `scope` is where its link is looked for."""
    if detail is None:
        return
    if detail.link is not None:
        yield from in_element(detail.link, (*place, "link"), scope)
        if detail.link.pattern is not None:
            yield from in_pattern(detail.link.pattern, (*place, "link", "pattern"))
    if detail.value is not None:
        yield from in_path(detail.value, (*place, "value"))
    if detail.address is not None:
        yield from in_address(detail.address.replace("{value}", "1"), (*place, "address"))
    if isinstance(detail, HtmlDetail):
        yield from in_html_fields(detail.fields, (*place, "fields"), Scope.PAGE)
        yield from in_encoding(detail.encoding, (*place, "encoding"))
    else:
        yield from in_json_fields(detail.fields, (*place, "fields"))
    yield from in_detail(detail.detail, (*place, "detail"), Scope.PAGE)
