"""From what the api found to what the results page shows: cards, facets, chips, order, pages. Pure."""

from dataclasses import dataclass

from markupsafe import Markup

from moisson_shared.contracts.schema import FieldType, SchemaField, Scope, View
from moisson_viz_gateway.marked_text import marked
from moisson_viz_gateway.neighbours.api_client import CorpusAnswer, HighlightAnswer, ProjectAnswer, SearchAnswer
from moisson_viz_gateway.portal.field_display import FieldDisplay, ShownField
from moisson_viz_gateway.portal.portal_document import Portal
from moisson_viz_gateway.portal.search_address import SearchAddress, sort_choices
from moisson_viz_gateway.wording.catalogue import Wording

FACET_SIZE = 100
SHOWN_VALUES = 6
"""Values of a facet that stand open; the others are one click away."""
SUMMARY = 260
"""Characters of a text in the list."""


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value that can be chosen."""

    value: str
    label: str
    count: int
    selected: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A group of values; the selected ones always stand among those that are open."""

    name: str
    label: str
    open: tuple[FacetValue, ...]
    folded: tuple[FacetValue, ...]
    selected: int
    cut: bool
    """Whether only the `FACET_SIZE` most frequent values, and the selected ones, are here."""


@dataclass(frozen=True, slots=True)
class Chip:
    """Something chosen, and the address without it."""

    label: str
    text: str
    query: str


@dataclass(frozen=True, slots=True)
class Card:
    """A project in the list."""

    id: str
    title: Markup
    partner: str
    places: tuple[str, ...]
    more_places: int
    summary: Markup
    fields: tuple[ShownField, ...]


@dataclass(frozen=True, slots=True)
class SortChoice:
    """An order: its value in the address, and whether it is the one."""

    value: str
    label: str
    selected: bool


def facet_names(portal: Portal, corpus: CorpusAnswer) -> list[str]:
    """The facets of a portal, in its order: its own choice as far as this reader may use them, else all."""
    offered = [field.name for field in corpus.data_schema.fields if field.facet]
    if portal.facets is None:
        return [*offered, "partner"]
    return [name for name in portal.facets if name in offered or name == "partner"]


def region_field(portal: Portal, corpus: CorpusAnswer) -> str | None:
    """The facet by which places are listed in words."""
    of_places = [f.name for f in corpus.data_schema.fields if f.facet and f.scope is Scope.PLACE]
    wanted = portal.map.region_field
    return wanted if wanted in of_places else next(iter(of_places), None)


def facets_of(found: SearchAnswer, names: list[str], address: SearchAddress, display: FieldDisplay) -> list[Facet]:
    """The facets that have something to choose. A chosen value without results stays, so that it can be undone."""
    facets = []
    for name in names:
        answer = found.facets.get(name)
        chosen = address.selected(name)
        values = [
            FacetValue(
                value.value, display.facet_label(name, value.value, value.label), value.count, value.value in chosen
            )
            for value in (answer.values if answer else ())
        ]
        known = {value.value for value in values}
        values += [
            FacetValue(value, display.value_label(name, value), 0, True) for value in chosen if value not in known
        ]
        if not values:
            continue
        first = [value for place, value in enumerate(values) if place < SHOWN_VALUES or value.selected]
        rest = [value for place, value in enumerate(values) if place >= SHOWN_VALUES and not value.selected]
        cut = answer is not None and not answer.complete
        facets.append(Facet(name, display.label(name), tuple(first), tuple(rest), len(chosen), cut))
    return facets


def chips_of(address: SearchAddress, display: FieldDisplay, words: Wording) -> list[Chip]:
    """All that is chosen, each with the way to undo it."""
    chips = []
    if address.text:
        chips.append(
            Chip(
                words("chip.text"),
                f"« {address.text} »" if words.language == "fr" else f"“{address.text}”",
                address.without_text().query(),
            )
        )
    for name, values in address.filters:
        chips += [
            Chip(display.label(name), display.value_label(name, value), address.without_value(name, value).query())
            for value in values
        ]
    for name, value in address.bounds:
        field, _, end = name.partition(".")
        if name == "bbox":
            label, text = words("chip.area"), words("chip.area_drawn")
        else:
            label, text = f"{display.label(field)} {words('chip.from' if end == 'min' else 'chip.to')}", value
        chips.append(Chip(label, text, address.without_bound(name).query()))
    return chips


def cards_of(found: SearchAnswer, portal: Portal, corpus: CorpusAnswer, display: FieldDisplay) -> list[Card]:
    """The projects of a page."""
    schema = corpus.data_schema
    fields = schema.by_name()
    summary = portal.summary_field or next(
        (f.name for f in schema.fields if f.type is FieldType.TEXT and f.search_weight and f.name != schema.title), None
    )
    listed = [name for name in _listed(portal, corpus) if name not in {summary, schema.title} and name in fields]
    own = [name for name in listed if fields[name].scope is Scope.PROJECT]
    of_places = [name for name in listed if fields[name].scope is Scope.PLACE]
    return [
        Card(
            id=project.id,
            title=_title(project, schema.title),
            partner=display.partner(project.partner).name,
            places=(places := _places(project, of_places, display))[:2],
            more_places=max(0, len(places) - 2),
            summary=_summary(project, summary),
            fields=tuple(field for field in display.shown(own, project.fields) if field.form == "words"),
        )
        for project in found.projects
    ]


def sort_options(
    corpus: CorpusAnswer, address: SearchAddress, display: FieldDisplay, words: Wording
) -> list[SortChoice]:
    """Every order that the corpus allows, by relevance first."""
    fields = corpus.data_schema.by_name()
    choices = [SortChoice("", words("sort.relevance" if address.text else "sort.usual"), address.sort == "")]
    for value in sort_choices(corpus.data_schema):
        field = fields[value.removeprefix("-")]
        way = _way(field, descending=value.startswith("-"))
        choices.append(SortChoice(value, words(f"sort.{way}", field=display.label(field.name)), address.sort == value))
    return choices


def _way(field: SchemaField, *, descending: bool) -> str:
    if field.type is FieldType.DATE:
        return "newest" if descending else "oldest"
    if field.type in {FieldType.NUMBER, FieldType.INTEGER}:
        return "largest" if descending else "smallest"
    return "z_to_a" if descending else "a_to_z"


def _listed(portal: Portal, corpus: CorpusAnswer) -> list[str]:
    if portal.list_fields is not None:
        return list(portal.list_fields)
    return [field.name for field in corpus.data_schema.fields if View.LIST in field.shown]


def _title(project: ProjectAnswer, name: str) -> Markup:
    """The title with the found words in it, when the highlight is the whole of it."""
    whole = next((h for h in project.highlights.get(name, ()) if h.text == project.title), None)
    return marked(project.title, whole.marks if whole else ())


def _summary(project: ProjectAnswer, name: str | None) -> Markup:
    """The passages in which words were found; else how the text begins."""
    if name is None:
        return Markup("")
    whole = " ".join(str(project.fields.get(name, "")).split())
    if passages := [passage for passage in project.highlights.get(name, ()) if passage.marks][:2]:
        return Markup(" ").join(_passage(passage, whole) for passage in passages)
    return marked(_beginning(whole), ())


def _passage(passage: HighlightAnswer, whole: str) -> Markup:
    """A passage with its found words, and with dots where the text goes on."""
    plain = " ".join(passage.text.split())
    before = "" if whole.startswith(plain) else "… "
    after = "" if whole.endswith(plain) else " …"
    return Markup("{}{}{}").format(before, marked(passage.text, passage.marks), after)


def _beginning(text: str) -> str:
    """The first words of a text, up to `SUMMARY` characters."""
    if len(text) <= SUMMARY:
        return text
    return text[:SUMMARY].rsplit(" ", 1)[0].rstrip(" ,;:.–-") + "…"


def _places(project: ProjectAnswer, names: list[str], display: FieldDisplay) -> tuple[str, ...]:
    """Each place in one line, as its listed fields say it; equal ones once."""
    lines = (
        ", ".join(dict.fromkeys(value.text for field in display.shown(names, place.fields) for value in field.values))
        for place in project.places
    )
    return tuple(dict.fromkeys(line for line in lines if line))
