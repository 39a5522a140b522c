"""From parameters to a query: what is understood, what is refused, and where."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moisson_api.searching.parameters import Answer, Asked, read_search
from moisson_api.searching.query_string import MOST_PARAMETERS, read_pairs
from moisson_shared.contracts.errors import Invalid
from moisson_shared.contracts.schema import SchemaField
from moisson_shared.contracts.search import BoundingBox, FacetRequest, SearchQuery, SortKey, ValueRange


def a_field(name: str, kind: str, **flags: Any) -> SchemaField:
    scheme = {"taxonomy": "cis", "level": "themes"} if kind == "concept" else None
    return SchemaField(name=name, type=kind, labels={"fr": name}, scheme=scheme, **flags)


FIELDS = {
    field.name: field
    for field in (
        a_field("title", "text", required=True, sort=True),
        a_field("description", "text"),
        a_field("themes", "concept", many=True, facet=True),
        a_field("region", "keyword", facet=True, scope="place"),
        a_field("year", "integer", filter=True, sort=True),
        a_field("budget", "number", filter=True),
        a_field("started", "date", filter=True, sort=True),
        a_field("open", "boolean", facet=True),
        a_field("surface", "number"),
    )
}


def read(query_string: str, answer: Answer = Answer.PAGE) -> Asked:
    return read_search(read_pairs(query_string.encode()), FIELDS, answer)


@pytest.mark.parametrize(
    ("query_string", "query"),
    [
        ("", SearchQuery()),
        ("q=", SearchQuery()),
        ("q=%20%20", SearchQuery()),
        ("q=l%27%C3%A9nergie+solaire", SearchQuery(text="l'énergie solaire")),
        ("q=%00", SearchQuery(text="\0")),
        ("themes=EMP", SearchQuery(filters={"themes": ("EMP",)})),
        ("themes=EMP&themes=LOG&themes=EMP", SearchQuery(filters={"themes": ("EMP", "LOG")})),
        ("partner=a&source=b", SearchQuery(filters={"partner": ("a",), "source": ("b",)})),
        ("year=2016", SearchQuery(filters={"year": ("2016",)})),
        ("open=true", SearchQuery(filters={"open": ("true",)})),
        ("year.min=2010&year.max=2016", SearchQuery(ranges={"year": ValueRange(least=2010, most=2016)})),
        ("budget.min=0.5", SearchQuery(ranges={"budget": ValueRange(least=0.5)})),
        ("started.max=2016-05", SearchQuery(ranges={"started": ValueRange(most="2016-05")})),
        ("bbox=1,2,3,4", SearchQuery(bbox=BoundingBox(west=1, south=2, east=3, north=4))),
        ("sort=title", SearchQuery(sort=(SortKey(field="title"),))),
        ("sort=-year,title", SearchQuery(sort=(SortKey(field="year", descending=True), SortKey(field="title")))),
        ("size=0", SearchQuery(size=0)),
        ("size=100", SearchQuery(size=100)),
        ("facets=themes", SearchQuery(facets=(FacetRequest(field="themes"),))),
        (
            "facets=themes,partner&facets=source&facet_size=3",
            SearchQuery(facets=tuple(FacetRequest(field=name, size=3) for name in ("themes", "partner", "source"))),
        ),
        (
            "facets=all",
            SearchQuery(facets=tuple(FacetRequest(field=name) for name in ("partner", "themes", "region", "open"))),
        ),
        ("highlight=true", SearchQuery(highlight=True)),
    ],
)
def test_what_is_understood(query_string: str, query: SearchQuery) -> None:
    assert read(query_string).query == query


@pytest.mark.parametrize(
    ("query_string", "pointer", "words"),
    [
        ("xyz=1", "/query/xyz", "unknown parameter"),
        ("theme=1", "/query/theme", "did you mean themes?"),
        ("a/b~c=1", "/query/a~1b~0c", "unknown parameter"),
        ("=1", "/query/", "unknown parameter"),
        ("Q=1", "/query/Q", "unknown parameter"),
        ("description=x", "/query/description", "not a filter"),
        ("surface.min=1", "/query/surface.min", "unknown parameter"),
        ("themes.min=1", "/query/themes.min", "unknown parameter"),
        ("year.mid=1", "/query/year.mid", "unknown parameter"),
        ("nothing.min=1", "/query/nothing.min", "unknown parameter"),
        ("themes=", "/query/themes", "empty"),
        ("year=douze", "/query/year", "whole number"),
        ("year.min=nan", "/query/year.min", "whole number"),
        ("budget.min=inf", "/query/budget.min", "finite"),
        ("year.min=2&year.max=1", "/query/year.min", "greater than year.max"),
        ("year.min=1&year.min=2", "/query/year.min", "twice"),
        ("started.min=hier", "/query/started.min", "2016-05-17"),
        ("open=oui", "/query/open", "true or false"),
        ("q=a&q=b", "/query/q", "twice"),
        ("q=" + "x" * 1001, "/query/q", "the limit is 1000"),
        ("bbox=1,2", "/query/bbox", "four numbers"),
        ("bbox=nan,0,1,1", "/query/bbox", "finite"),
        ("size=101", "/query/size", "0 to 100"),
        ("size=-1", "/query/size", "0 to 100"),
        ("size=", "/query/size", "0 to 100"),
        ("size=1e1", "/query/size", "0 to 100"),
        ("sort=", "/query/sort", "unknown field"),
        ("sort=titel", "/query/sort", "did you mean title?"),
        ("sort=region", "/query/sort", "gives no order"),
        ("sort=title,-title", "/query/sort", "twice"),
        ("sort=--title", "/query/sort", "unknown field"),
        ("sort=title,year,started,open", "/query/sort", "gives no order"),
        ("facets=", "/query/facets", "unknown facet"),
        ("facets=title", "/query/facets", "not a facet"),
        ("facets=themes,xyz", "/query/facets", "unknown facet"),
        ("facets=all,themes", "/query/facets", "unknown facet"),
        ("facet_size=0", "/query/facet_size", "1 to 1000"),
        ("highlight=1", "/query/highlight", "true or false"),
        ("lang=français", "/query/lang", "ISO 639-1"),
        ("lang=FR", "/query/lang", "ISO 639-1"),
        ("&".join(f"region=r{number}" for number in range(101)), "/query", "100 filter values"),
    ],
)
def test_what_is_refused_and_where(query_string: str, pointer: str, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(query_string)
    assert [fault.pointer for fault in refused.value.faults] == [pointer]
    assert words in refused.value.faults[0].message


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        read("xyz=1&size=x&year=y&sort=z")
    assert {fault.pointer for fault in refused.value.faults} == {
        "/query/xyz",
        "/query/size",
        "/query/year",
        "/query/sort",
    }


@pytest.mark.parametrize("name", ["sort", "size", "cursor", "facets", "facet_size", "highlight"])
def test_the_map_has_no_pages(name: str) -> None:
    with pytest.raises(Invalid, match="belongs to the list"):
        read(f"{name}=1", Answer.MAP)


@pytest.mark.parametrize("name", ["q", "themes", "bbox", "partner", "year.min", "sort"])
def test_a_document_is_named_by_its_address_alone(name: str) -> None:
    with pytest.raises(Invalid, match="unknown parameter"):
        read(f"{name}=1", Answer.DOCUMENT)


@pytest.mark.parametrize("octets", [b"q=%FF", b"%C3=1", b"q=%ED%A0%80", b"q=\xff"])
def test_what_is_not_utf8_is_refused(octets: bytes) -> None:
    with pytest.raises(Invalid, match="UTF-8"):
        read_pairs(octets)


def test_too_many_parameters_are_refused() -> None:
    assert len(read_pairs(b"&".join([b"a=1"] * MOST_PARAMETERS))) == MOST_PARAMETERS
    with pytest.raises(Invalid, match="more than"):
        read_pairs(b"&".join([b"a=1"] * (MOST_PARAMETERS + 1)))


@given(st.binary(max_size=200))
def test_any_octets_are_understood_or_refused(octets: bytes) -> None:
    try:
        read: object = read_search(read_pairs(octets), FIELDS).query
    except Invalid as refused:
        read = refused.faults
    assert isinstance(read, SearchQuery | tuple)
    assert read != ()


HIDDEN = {name: field for name, field in FIELDS.items() if name != "budget"}


@pytest.mark.parametrize("form", ["{}=1", "{}.min=1", "{}.max=1", "sort={}", "sort=-{}", "facets={}", "{}=&{}="])
def test_a_hidden_field_is_refused_like_one_that_does_not_exist(form: str) -> None:
    answers = []
    for name in ("budget", "bodget"):
        with pytest.raises(Invalid) as refused:
            read_search(read_pairs(form.format(name, name).encode()), HIDDEN)
        answers.append([(f.pointer.replace(name, "*"), f.message.replace(name, "*")) for f in refused.value.faults])
    assert answers[0] == answers[1]
