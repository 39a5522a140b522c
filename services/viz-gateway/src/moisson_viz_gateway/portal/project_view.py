"""From a project as the api gives it to what its page shows: blocks, places, the source, data for machines. Pure."""

import json
from dataclasses import dataclass

from markupsafe import Markup

from moisson_shared.contracts.model import localized
from moisson_shared.contracts.partner import PartnerCard
from moisson_shared.contracts.schema import FieldType, Scope, View
from moisson_viz_gateway.neighbours.api_client import CorpusAnswer, ProjectAnswer
from moisson_viz_gateway.portal.field_display import FieldDisplay, ShownField, safe_link
from moisson_viz_gateway.portal.portal_document import Portal
from moisson_viz_gateway.wording.catalogue import Wording


@dataclass(frozen=True, slots=True)
class Block:
    """Fields under one heading; the first one has none."""

    title: str | None
    fields: tuple[ShownField, ...]


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """A place in words, and whether the map shows it."""

    text: str
    on_map: bool


@dataclass(frozen=True, slots=True)
class ProjectView:
    """All that a project page shows."""

    title: str
    lead: tuple[ShownField, ...]
    """Prose."""
    blocks: tuple[Block, ...]
    places: tuple[PlaceLine, ...]
    points: str
    """The points as JSON, for the small map; `[]` without any."""
    source: str | None
    partner: PartnerCard
    partner_link: str | None
    summary: str
    linked_data: Markup


def project_view(
    project: ProjectAnswer, portal: Portal, corpus: CorpusAnswer, words: Wording, address: str
) -> ProjectView:
    """The page of a project that stands at `address`."""
    display = FieldDisplay(corpus, words)
    schema = corpus.data_schema
    own = [field for field in schema.fields if field.scope is Scope.PROJECT and field.name != schema.title]
    prose = [field.name for field in own if field.type is FieldType.TEXT and View.PAGE in field.shown]
    prose = prose or [field.name for field in own if field.type is FieldType.TEXT]
    if portal.page_blocks is not None:
        blocks = [
            Block(localized(block.title, words.language), tuple(display.shown(block.fields, project.fields)))
            for block in portal.page_blocks
        ]
    else:
        others = [field.name for field in own if View.PAGE in field.shown and field.name not in prose]
        blocks = [Block(None, tuple(display.shown(others, project.fields)))]
    partner = display.partner(project.partner)
    summary = " ".join(str(next((project.fields[name] for name in prose if name in project.fields), "")).split())[:300]
    return ProjectView(
        title=project.title,
        lead=tuple(display.shown(prose, project.fields)) if portal.page_blocks is None else (),
        blocks=tuple(block for block in blocks if block.fields),
        places=_places(project, corpus, display, words),
        points=_points(project),
        source=safe_link(project.url),
        partner=partner,
        partner_link=safe_link(partner.url),
        summary=summary,
        linked_data=_linked_data(project, partner, summary, address),
    )


def _places(
    project: ProjectAnswer, corpus: CorpusAnswer, display: FieldDisplay, words: Wording
) -> tuple[PlaceLine, ...]:
    names = [f.name for f in corpus.data_schema.fields if f.scope is Scope.PLACE and View.PAGE in f.shown]
    names = names or [f.name for f in corpus.data_schema.fields if f.scope is Scope.PLACE]
    lines = []
    for place in project.places:
        values = (value.text for field in display.shown(names, place.fields) for value in field.values)
        text = ", ".join(dict.fromkeys(values))
        if not text and place.point is not None:
            text = words(
                "project.point", latitude=round(place.point.latitude, 3), longitude=round(place.point.longitude, 3)
            )
        if text:
            lines.append(PlaceLine(text, place.point is not None))
    return tuple(dict.fromkeys(lines))


def _points(project: ProjectAnswer) -> str:
    points = [
        {"latitude": place.point.latitude, "longitude": place.point.longitude, "title": project.title, "id": project.id}
        for place in project.places
        if place.point is not None
    ]
    return json.dumps(points, ensure_ascii=False)


def _linked_data(project: ProjectAnswer, partner: PartnerCard, summary: str, address: str) -> Markup:
    """JSON-LD with schema.org's words. `<`, `>` and `&` are written as escapes, so no value can end the element."""
    data: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "Project",
        "@id": address,
        "name": project.title,
        "url": address,
        "sourceOrganization": {"@type": "Organization", "name": partner.name},
    }
    if summary:
        data["description"] = summary
    if (source := safe_link(project.url)) is not None:
        data["sameAs"] = source
    points = [place.point for place in project.places if place.point is not None]
    if points:
        data["location"] = [
            {
                "@type": "Place",
                "geo": {"@type": "GeoCoordinates", "latitude": point.latitude, "longitude": point.longitude},
            }
            for point in points
        ]
    text = json.dumps(data, ensure_ascii=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704 escaped here
