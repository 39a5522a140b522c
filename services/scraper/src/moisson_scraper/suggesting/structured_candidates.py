"""Fields from the structured data of like pages: what each says of itself in JSON-LD, and its OpenGraph image."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moisson_scraper.reading.html_page import HtmlPage
from moisson_scraper.reading.structured_data import read_structured
from moisson_scraper.suggesting.confidence import PROPERTY
from moisson_scraper.suggesting.describe_json import step
from moisson_scraper.suggesting.proposed_field import ProposedField
from moisson_scraper.suggesting.vocabulary import name_of_token, word_set
from moisson_shared.contracts.selecting import HtmlField, Syntax, Take

_OF_THE_SITE = word_set(
    "WebSite WebPage BreadcrumbList SearchAction ImageObject CollectionPage ItemList ListItem SiteNavigationElement"
)
_NAMES = {
    "name": "titre",
    "headline": "titre",
    "url": "lien",
    "datePublished": "date",
    "startDate": "début",
    "endDate": "fin",
}
_MOST = 20
_DEEPEST = 2


def structured_fields(pages: Sequence[HtmlPage]) -> Iterator[ProposedField]:
    """What all pages have in one type of JSON-LD object, and not all the same."""
    told = [_objects(page) for page in pages]
    kinds = [kind for kind in told[0] if all(kind in objects for objects in told)] if told else []
    for kind in kinds[:2]:
        rows = [dict(_leaves(objects[kind])) for objects in told]
        for keys in list(dict.fromkeys(keys for row in rows for keys in row))[:_MOST]:
            values = [row.get(keys) for row in rows]
            if len(pages) > 1 and all(value == values[0] for value in values):
                continue
            path = f"$[?@['@type']{kind.place} == '{kind.name}']" + "".join(map(step, keys))
            field = HtmlField(syntax=Syntax.JSON_LD, expression=path)
            yield ProposedField(_name(keys), field, PROPERTY, f"The page says so of itself as {kind.name} (JSON-LD).")
    images = [_image(page) for page in pages]
    if all(images) and (len(images) == 1 or len(set(images)) > 1):
        field = HtmlField(syntax=Syntax.OPENGRAPH, expression="$['og:image'][0]", take=Take.LINK)
        yield ProposedField("image", field, PROPERTY, "The page names its image for social networks (OpenGraph).")


@dataclass(frozen=True, slots=True)
class _Kind:
    """A type, and where it stands in `@type`: an object may be of several."""

    name: str
    place: str


def _kind(value: Mapping[str, Any]) -> _Kind | None:
    """The first type that is about a thing, not about the site."""
    written = value.get("@type")
    names = [(written, "")] if isinstance(written, str) else []
    if isinstance(written, list):
        names = [(name, f"[{place}]") for place, name in enumerate(written[:5]) if isinstance(name, str)]
    if not names or any(name in _OF_THE_SITE for name, _ in names):
        return None
    return next((_Kind(name, place) for name, place in names if name.isalnum()), None)


def _objects(page: HtmlPage) -> dict[_Kind, Mapping[str, Any]]:
    """The first object of each type."""
    found: dict[_Kind, Mapping[str, Any]] = {}
    for value in list(read_structured(page, Syntax.JSON_LD, None))[:50]:
        if isinstance(value, dict) and (kind := _kind(value)) is not None:
            found.setdefault(kind, value)
    return found


def _leaves(value: Mapping[str, Any], keys: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    for key, part in list(value.items())[:60]:
        if key.startswith("@"):
            continue
        if isinstance(part, dict):
            if len(keys) < _DEEPEST:
                yield from _leaves(part, (*keys, key))
        elif isinstance(part, str | int | float) and part != "":
            yield (*keys, key), part


def _name(keys: tuple[str, ...]) -> str:
    last = keys[-1]
    named = _NAMES.get(last) or name_of_token(last) or last
    if last in {"name", "url"} and len(keys) > 1:
        return name_of_token(keys[-2]) or keys[-2]
    return named


def _image(page: HtmlPage) -> str | None:
    data = read_structured(page, Syntax.OPENGRAPH, None)
    values = data.get("og:image") if isinstance(data, dict) else None
    return values[0] if isinstance(values, list) and values and isinstance(values[0], str) else None
