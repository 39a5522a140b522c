"""Where the values of structured data stand: the script of JSON-LD, the element of microdata, the `<meta>`. Pure."""

from moisson_scraper.locating.element_paths import place_of
from moisson_scraper.reading.html_page import HtmlPage
from moisson_scraper.reading.json_paths import PathFailed
from moisson_scraper.reading.notice import Unreadable
from moisson_scraper.reading.selectors import Node
from moisson_scraper.reading.structured_fields import StructuredField, StructuredLook
from moisson_scraper.reading.text_cleaning import TooDeep
from moisson_scraper.reading.value_room import ValueRoom
from moisson_shared.contracts.spider_preview import ElementPlace


def structured_places(fields: dict[str, StructuredField], page: HtmlPage, node: Node) -> dict[str, list[ElementPlace]]:
    """Of each field's values in a page or an item, in their order; a field that finds nothing is not among them."""
    look = StructuredLook(page, node, "", ValueRoom())
    found = {name: _places(field, look) for name, field in fields.items()}
    return {name: places for name, places in found.items() if places}


def _places(field: StructuredField, look: StructuredLook) -> list[ElementPlace]:
    standing = look.standing(field.syntax)
    places: list[ElementPlace] = []
    try:
        for steps, value in field.path.stepped(standing.data):
            if field.taken(look, value) is None:
                continue
            element = standing.element_at(steps)
            if element is None:
                return []  # one place less would put all that follow beside the wrong value
            places.append(place_of(element, element))
            if not field.many:
                break
    except (PathFailed, TooDeep, Unreadable):
        pass  # the reader has said so; what was found before it stands where it stands
    return places
