"""A portal as data: which corpus, in which languages and words, what is shown where, in which colours, on which map.

The models refuse what a reader could not use: colours without contrast, a tile address without places for the numbers.
They do not know the schema of the corpus: a field that it does not have (any more) is simply not shown.
"""

import json
from typing import Annotated, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from moisson_shared.contracts.model import Contract, FieldName, Language, LocalizedText, Slug
from moisson_shared.ports.documents import Collection
from moisson_viz_gateway.portal.contrast import contrast

Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]
"""An sRGB colour in hexadecimal, lower case."""

LEAST_CONTRAST = 4.5
"""WCAG 2.2, success criterion 1.4.3, level AA, for text of any size."""


class Landmark(Contract):
    """A town whose name helps readers to find their way on a map without tiles."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]


class PortalMap(Contract):
    """Where the map looks first and what it is drawn on: tiles of somebody's server, or our own countries."""

    tile_address: Annotated[str, StringConstraints(pattern=r"^https?://[a-zA-Z0-9.\-:]+/[^\s;,']*$")] | None = None
    attribution: Annotated[str, Field(max_length=200)] = ""
    latitude: Annotated[float, Field(ge=-90, le=90)] = 46.6
    longitude: Annotated[float, Field(ge=-180, le=180)] = 2.4
    zoom: Annotated[int, Field(ge=2, le=18)] = 6
    home: Annotated[str, StringConstraints(pattern=r"^\d{3}$")] | None = "250"
    """The country that stands out, by its ISO 3166-1 number."""
    landmarks: tuple[Landmark, ...] = ()
    region_field: FieldName | None = None
    """The field by which places are listed for readers without script; else the first facet that belongs to places."""

    @model_validator(mode="after")
    def _tiles_have_places_for_numbers(self) -> Self:
        if self.tile_address is not None and not all(part in self.tile_address for part in ("{z}", "{x}", "{y}")):
            raise ValueError("tile_address: it must contain {z}, {x} and {y}")
        return self

    @property
    def landmarks_json(self) -> str:
        """The landmarks as the map's script reads them."""
        return json.dumps([landmark.model_dump() for landmark in self.landmarks], ensure_ascii=False)

    @property
    def tile_origin(self) -> str | None:
        """Scheme and host of the tiles: the one stranger that the page may ask."""
        return None if self.tile_address is None else "/".join(self.tile_address.split("/", 3)[:3])


class PortalColours(Contract):
    """The banner with the ink that stands on it, and the accent of links and buttons on white."""

    banner: Colour = "#ffd23f"
    banner_ink: Colour = "#171c3a"
    accent: Colour = "#2b3fbf"

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        for name, one, other in (
            ("banner_ink on banner", self.banner_ink, self.banner),
            ("accent on white", self.accent, "#ffffff"),
        ):
            if (found := contrast(one, other)) < LEAST_CONTRAST:
                raise ValueError(f"{name}: the contrast is {found:.1f}, and less than {LEAST_CONTRAST} cannot be read")
        return self


class PageBlock(Contract):
    """Fields of a project page that belong together under one heading."""

    title: LocalizedText
    fields: Annotated[tuple[FieldName, ...], Field(min_length=1)]


class Portal(Contract):
    """A portal. Where it says nothing about fields, the schema's own `shown` and `facet` decide."""

    id: Slug
    corpus: Slug
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("fr", "en")
    titles: LocalizedText
    taglines: LocalizedText
    intros: LocalizedText
    footers: LocalizedText
    list_fields: tuple[FieldName, ...] | None = None
    map_fields: tuple[FieldName, ...] | None = None
    page_blocks: tuple[PageBlock, ...] | None = None
    summary_field: FieldName | None = None
    """The text under a title in the list; else the first text field that is searched."""
    facets: tuple[FieldName, ...] | None = None
    """Their order; `partner` is the partner."""
    page_size: Annotated[int, Field(ge=5, le=100)] = 20
    show_images: bool = False
    """Images come from the partners' own servers, which then learn who reads: off unless somebody decides so."""
    map: PortalMap = PortalMap()
    colours: PortalColours = PortalColours()

    @field_validator("languages")
    @classmethod
    def _are_ours(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := [language for language in languages if language not in ("fr", "en")]:
            raise ValueError(f"no words for {', '.join(unknown)}; the interface speaks fr and en")
        return tuple(dict.fromkeys(languages))


PORTALS = Collection(name="portals", model=Portal, key=lambda portal: portal.id)
