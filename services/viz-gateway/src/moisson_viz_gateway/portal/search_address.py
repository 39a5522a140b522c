"""What a reader looks for, as the address of a page says it: nothing of a search lives anywhere else.

Pure. It knows the grammar of addresses and of the api's parameters, not how either is fetched. Parameters that the
schema does not know are dropped: addresses get tracking parameters on their way, and an old link must still work.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from moisson_shared.contracts.schema import FieldType, Schema

MOST_CURSORS = 12
"""How many pages back an address can lead; the way further back is the first page."""
OWN_FILTERS = ("partner", "source")
MOST_TEXT = 1000
MOST_VALUES = 100


@dataclass(frozen=True, slots=True)
class SearchAddress:
    """A search: words, filters, order, and the way to the page that is shown.

    `cursors` are those of the pages before this one that are still known, the last one being this page's own.
    """

    text: str = ""
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    bounds: tuple[tuple[str, str], ...] = ()
    """Ranges and the box: `year.min`, `bbox`."""
    sort: str = ""
    page: int = 1
    cursors: tuple[str, ...] = ()

    def selected(self, name: str) -> tuple[str, ...]:
        """The values of one filter."""
        return next((values for field, values in self.filters if field == name), ())

    @property
    def narrowed(self) -> bool:
        """Whether anything but the order is chosen."""
        return bool(self.text or self.filters or self.bounds)

    def with_value(self, name: str, value: str) -> "SearchAddress":
        """Also this value of this filter, from the first page."""
        values = self.selected(name)
        return self if value in values else self._with_filter(name, (*values, value))

    def without_value(self, name: str, value: str) -> "SearchAddress":
        """Without this value of this filter, from the first page."""
        return self._with_filter(name, tuple(other for other in self.selected(name) if other != value))

    def without_filter(self, name: str) -> "SearchAddress":
        """Without this filter at all, from the first page."""
        return self._with_filter(name, ())

    def without_bound(self, name: str) -> "SearchAddress":
        """Without this bound, from the first page."""
        return self._first(bounds=tuple(bound for bound in self.bounds if bound[0] != name))

    def without_text(self) -> "SearchAddress":
        """Without the words, from the first page."""
        return self._first(text="")

    def first(self) -> "SearchAddress":
        """The first page."""
        return self._first()

    def following(self, cursor: str) -> "SearchAddress":
        """The page that the api's `next` leads to."""
        return replace(self, page=self.page + 1, cursors=(*self.cursors, cursor)[-MOST_CURSORS:])

    def preceding(self) -> "SearchAddress | None":
        """The page before, or the first page where the way back is not known any more; None on the first."""
        if self.page <= 1:
            return None
        if self.page == 2 or len(self.cursors) < 2:
            return self._first()
        return replace(self, page=self.page - 1, cursors=self.cursors[:-1])

    def items(self) -> list[tuple[str, str]]:
        """The parameters of the address, in one order for one search."""
        items = [("q", self.text)] if self.text else []
        items += [(name, value) for name, values in self.filters for value in values]
        items += self.bounds
        items += [("sort", self.sort)] if self.sort else []
        if self.page > 1:
            items += [("page", str(self.page)), *(("after", cursor) for cursor in self.cursors)]
        return items

    def query(self) -> str:
        """`?q=…`, or nothing."""
        return f"?{encoded}" if (encoded := urlencode(self.items())) else ""

    def api_items(self) -> list[tuple[str, str]]:
        """What of it the api is asked: all but the way back."""
        items = [item for item in replace(self, page=1, cursors=()).items() if item[0] != "sort"]
        items += [("sort", self.sort)] if self.sort else []
        return items + ([("cursor", self.cursors[-1])] if self.cursors else [])

    def map_items(self) -> list[tuple[str, str]]:
        """What of it a map is asked: no order, no page."""
        return replace(self, sort="", page=1, cursors=()).items()

    def _with_filter(self, name: str, values: tuple[str, ...]) -> "SearchAddress":
        others = {field: old for field, old in self.filters if field != name}
        filters = [(field, values if field == name else others[field]) for field, _ in self.filters]
        if name not in dict(self.filters):
            filters.append((name, values))
        return self._first(filters=tuple(sorted((field, kept) for field, kept in filters if kept)))

    def _first(self, **changes: object) -> "SearchAddress":
        return replace(self, page=1, cursors=(), **changes)  # type: ignore[arg-type]  # names of this class, above


def read_address(items: Iterable[tuple[str, str]], schema: Schema) -> SearchAddress:
    """The search that an address means; values of one filter once each, unknown parameters dropped."""
    fields = schema.by_name()
    filters: dict[str, dict[str, None]] = {}
    bounds: dict[str, str] = {}
    text, sort, page, cursors = "", "", 1, []
    for name, raw in items:
        value = raw.replace("\x00", "").strip()
        field, dot, end = name.partition(".")
        if not value:
            continue
        if name == "q":
            text = value[:MOST_TEXT]
        elif name == "sort" and value in sort_choices(schema):
            sort = value
        elif name == "page" and value.isascii() and value.isdigit():
            page = min(int(value[:6]), 100_000)
        elif name == "after":
            cursors.append(value)
        elif name in OWN_FILTERS or (name in fields and fields[name].filterable):
            filters.setdefault(name, {})[value] = None
        elif name == "bbox" or (
            dot
            and end in {"min", "max"}
            and field in fields
            and fields[field].filterable
            and fields[field].type in {FieldType.NUMBER, FieldType.INTEGER, FieldType.DATE}
        ):
            bounds[name] = value
    if page < 2 or not cursors:
        page, cursors = 1, []
    return SearchAddress(
        text=text,
        filters=tuple(sorted((name, tuple(values)[:MOST_VALUES]) for name, values in filters.items())),
        bounds=tuple(sorted(bounds.items())),
        sort=sort,
        page=page,
        cursors=tuple(cursors[-MOST_CURSORS:]),
    )


def sort_choices(schema: Schema) -> Sequence[str]:
    """What a reader may order by: each sortable field both ways, as the api writes it."""
    return [sign + field.name for field in schema.fields if field.sort for sign in ("", "-")]
