"""Public search over HTTP: what is found, how it is written, and what is answered to wrong questions."""

from typing import Any

import httpx
import pytest

from tests.api.running_api import Api, bearer

PROJECTS = "/v1/corpora/essai/projects"


async def found(api: Api, query_string: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    answer = await api.client.get(f"{PROJECTS}?{query_string}", headers=headers)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def ids(page: dict[str, Any]) -> set[int]:
    return {int(project["id"].removeprefix("p")) for project in page["projects"]}


@pytest.mark.parametrize(
    ("query_string", "expected"),
    [
        ("", set(range(1, 12))),
        ("q=", set(range(1, 12))),
        ("q=bibliotheque", {1}),
        ("q=BIBLIOTHÈQUES", {1}),
        ("q=energie", {2, 9, 10}),
        ("q=l%27%C3%A9nergie", {2, 9, 10}),
        ("q=%22toit+pour%22", {3}),
        ("q=description:x+AND+*", set()),
        ("q=recif%40exemple.fr", set()),
        ("themes=EMP", {1, 3, 5, 10}),
        ("themes=EMP&themes=ENE", {1, 2, 3, 5, 10}),
        ("themes=NOPE", set()),
        ("themes=EMP&region=Auvergne-Rh%C3%B4ne-Alpes", {3}),
        ("partner=emmaus", {4, 5}),
        ("source=ffe-csv&partner=emmaus&q=jardin", {4}),
        ("source=nowhere", set()),
        ("year=2012", {2, 3}),
        ("year.min=2012", {2, 3, 7, 8}),
        ("year.min=2012&year.max=2020", {2, 3, 7}),
        ("started.min=2016&started.max=2016", {4}),
        ("active=true", {2}),
        ("active=false", {6}),
        ("bbox=2,48,3,49", {1, 3}),
        ("bbox=170,-20,-170,0", {7, 8}),
        ("bbox=2,45,5,49", {1, 2, 3, 6}),
        ("bbox=2,45,3,46", set()),
        ("size=0", set()),
    ],
)
async def test_what_is_found(library: Api, query_string: str, expected: set[int]) -> None:
    page = await found(library, query_string)
    assert ids(page) == expected
    assert page["total"] == (11 if query_string == "size=0" else len(expected))
    assert page["next"] is None


@pytest.mark.parametrize(
    ("sort", "first", "last"),
    [("title", 9, 3), ("-title", 3, 9), ("year", 1, 11), ("-year,title", 8, 3)],
)
async def test_sorting(library: Api, sort: str, first: int, last: int) -> None:
    page = await found(library, f"sort={sort}")
    numbers = [int(project["id"].removeprefix("p")) for project in page["projects"]]
    assert numbers[0] == first
    assert last in numbers


async def test_a_project_is_written_as_promised(library: Api) -> None:
    page = await found(library, "q=toit&highlight=true")
    (project,) = page["projects"]
    assert page["corpus"] == "essai"
    assert page["version"] == 1
    assert project.pop("score") > 0
    (passage,) = project.pop("highlights")["title"]
    assert [passage["text"][start:end] for start, end in passage["marks"]] == ["toit"]
    paris = {"point": {"latitude": 48.85, "longitude": 2.35}, "fields": {"region": "Île-de-France"}}
    lyon = {"point": {"latitude": 45.76, "longitude": 4.84}, "fields": {"region": "Auvergne-Rhône-Alpes"}}
    assert project == {
        "id": "p03",
        "title": "Un toit pour l'hiver",
        "url": None,
        "partner": "ffe",
        "source": "ffe-csv",
        "fields": {"title": "Un toit pour l'hiver", "themes": ["LOG", "EMP"], "year": 2012},
        "places": [paris, lyon],
    }
    alone = await library.client.get(f"{PROJECTS}/p03")
    assert alone.json() == {"corpus": "essai", "version": 1, **project}


async def test_without_words_there_is_no_score_and_without_a_wish_no_highlight(library: Api) -> None:
    assert (await found(library, "partner=emmaus"))["projects"][0]["score"] is None
    assert (await found(library, "q=toit"))["projects"][0]["highlights"] == {}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/corpora/nowhere", 404),
        ("/v1/corpora/nowhere/projects", 404),
        ("/v1/corpora/nowhere/projects?xyz=1", 404),
        ("/v1/corpora/nowhere/map", 404),
        ("/v1/corpora/..%2f..%2fetc/projects", 404),
        ("/v1/corpora/ESSAI", 404),
        ("/v1/corpora/" + "a" * 5000, 404),
        ("/v1/corpora/essai%0a", 404),
        (f"{PROJECTS}/p99", 404),
        (f"{PROJECTS}/p12", 404),
        (f"{PROJECTS}/%00", 404),
        (f"{PROJECTS}/" + "a" * 5000, 404),
        (f"{PROJECTS}?xyz=1", 422),
        (f"{PROJECTS}?email=recif%40exemple.fr", 422),
        (f"{PROJECTS}?q=%FF", 422),
        (f"{PROJECTS}?cursor=x", 422),
        (f"{PROJECTS}/p01?q=x", 422),
        ("/v1/corpora?q=x", 422),
        ("/v1/corpora/essai?q=x", 422),
        ("/v1/corpora/essai/map?size=1", 422),
    ],
)
async def test_wrong_questions_get_a_problem(library: Api, path: str, status: int) -> None:
    answer = await library.client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json()["status"] == status


async def test_hidden_and_absent_look_the_same(library: Api, partner: dict[str, Any]) -> None:
    headers = {"X-Request-Id": "the-same-id"}
    hidden, absent = [await library.client.get(f"{PROJECTS}/{each}", headers=headers) for each in ("p12", "p99")]
    assert hidden.content == absent.content
    seen = await library.client.get(f"{PROJECTS}/p12", headers=bearer(partner))
    assert seen.json()["title"] == "Réseau interne"
    assert "clef-interne" not in seen.text


async def test_a_level_opens_fields_projects_and_counts(library: Api, partner: dict[str, Any]) -> None:
    page = await found(library, "q=recif%40exemple.fr&sort=-email", bearer(partner))
    assert page["projects"][0]["fields"]["email"] == "recif@exemple.fr"
    assert (await found(library, "", bearer(partner)))["total"] == 12
    refused = await library.client.get(f"{PROJECTS}?step=S1", headers=bearer(partner))
    assert refused.status_code == 422


async def test_the_map_is_geojson(library: Api, partner: dict[str, Any]) -> None:
    answer = await library.client.get("/v1/corpora/essai/map?bbox=2,48,3,49&lang=en")
    assert answer.headers["content-type"] == "application/geo+json"
    collection = answer.json()
    assert collection["type"] == "FeatureCollection"
    assert (collection["projects"], collection["places"], collection["truncated"]) == (2, 2, 0)
    assert {feature["properties"]["id"] for feature in collection["features"]} == {"p01", "p03"}
    assert collection["features"][0] == {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [2.35, 48.85]},
        "properties": {"id": "p01", "title": "Les bibliothèques de rue"},
    }
    all_of_it = (await library.client.get("/v1/corpora/essai/map", headers=bearer(partner))).json()
    assert all_of_it["places"] == 8


async def test_corpora_are_described_at_the_callers_level(library: Api, partner: dict[str, Any]) -> None:
    listed = (await library.client.get("/v1/corpora?lang=fr")).json()
    (described,) = listed["items"]
    assert listed["next"] is None
    assert described == (await library.client.get("/v1/corpora/essai")).json()
    assert described["labels"] == {"fr": "Corpus d’essai", "en": "Trial corpus"}
    assert (described["version"], described["projects"], described["places"]) == (1, 11, 7)
    assert (described["level"], described["levels"]) == ("opendata", ["opendata"])
    names = [field["name"] for field in described["schema"]["fields"]]
    assert "themes" in names
    assert "email" not in names
    assert [taxonomy["id"] for taxonomy in described["taxonomies"]] == ["themes"]
    assert [card["name"] for card in described["partners"]] == ["Emmaüs", "France engagée"]
    from_inside = (await library.client.get("/v1/corpora/essai", headers=bearer(partner))).json()
    assert (from_inside["projects"], from_inside["places"]) == (12, 8)
    assert from_inside["levels"] == ["opendata", "commons", "collective"]
    assert "email" in [field["name"] for field in from_inside["schema"]["fields"]]
    assert "internal" not in [taxonomy["id"] for taxonomy in from_inside["taxonomies"]]


async def test_without_a_corpus_there_is_an_empty_list(api: Api) -> None:
    assert (await api.client.get("/v1/corpora")).json() == {"items": [], "next": None}


async def asked_for_facets(api: Api, query_string: str, name: str, **headers: str) -> dict[str, Any]:
    answer = await api.client.get(f"{PROJECTS}?size=0&{query_string}", headers=headers)
    assert answer.status_code == 200, answer.text
    facet: dict[str, Any] = answer.json()["facets"][name]
    return facet


async def test_facets_count_without_their_own_selection(library: Api) -> None:
    facet = await asked_for_facets(library, "facets=themes&themes=ALI", "themes")
    assert facet["label"] == "Thèmes"
    assert [(each["value"], each["label"], each["count"], each["selected"]) for each in facet["values"]] == [
        ("EMP", "Emploi", 4, False),
        ("ALI", "Alimentation", 3, True),
        ("LOG", "Logement", 3, False),
        ("ENE", "Énergie", 2, False),
    ]
    partners = await asked_for_facets(library, "facets=all&themes=ALI", "partner")
    assert partners["label"] == "Partenaire"
    assert [(each["label"], each["count"]) for each in partners["values"]] == [("Emmaüs", 2), ("France engagée", 1)]


async def test_facets_speak_the_readers_language(library: Api) -> None:
    for query_string, headers in (("&lang=en", {}), ("", {"Accept-Language": "de, en;q=0.5"})):
        facet = await asked_for_facets(library, "facets=all" + query_string, "themes", **headers)
        assert facet["label"] == "Themes"
        assert facet["values"][0]["label"] == "Employment"
    active = await asked_for_facets(library, "facets=active", "active")
    assert {each["value"]: each["label"] for each in active["values"]} == {"true": "Oui", "false": "Non"}
    fallback = await asked_for_facets(library, "facets=themes&lang=de", "themes")
    assert fallback["label"] == "Thèmes"


@pytest.mark.parametrize(
    ("query_string", "expected"),
    [
        ("facet_size=1&themes=ENE", [("EMP", 4, False), ("ENE", 2, True)]),
        ("facet_size=1&themes=ENE&themes=LOG", [("EMP", 4, False), ("LOG", 3, True), ("ENE", 2, True)]),
        ("facet_size=1&themes=NOPE", [("EMP", 4, False), ("NOPE", 0, True)]),
        ("facet_size=1&themes=ENE&partner=emmaus", [("ALI", 2, False), ("ENE", 0, True)]),
        (
            "facet_size=1&" + "&".join(f"themes={each}" for each in ("EMP", "LOG", "ENE", "ALI", "A", "B")),
            [
                ("EMP", 4, True),
                ("ALI", 3, True),
                ("LOG", 3, True),
                ("ENE", 2, True),
                ("A", 0, True),
                ("B", 0, True),
            ],
        ),
    ],
)
async def test_a_selected_value_is_listed_whatever_its_count(
    library: Api, query_string: str, expected: list[tuple[str, int, bool]]
) -> None:
    facet = await asked_for_facets(library, f"facets=themes&{query_string}", "themes")
    assert [(each["value"], each["count"], each["selected"]) for each in facet["values"]] == expected


@pytest.mark.parametrize(
    ("query_string", "values", "complete"),
    [
        ("facet_size=3", 3, False),
        ("facet_size=4", 4, True),
        ("facet_size=1000", 4, True),
        ("facet_size=3&themes=ENE", 4, False),
        ("facet_size=4&themes=NOPE", 5, True),
        ("facet_size=4&q=zzzz", 0, True),
    ],
)
async def test_a_facet_says_whether_it_was_cut(library: Api, query_string: str, values: int, complete: bool) -> None:
    facet = await asked_for_facets(library, f"facets=themes&{query_string}", "themes")
    assert (len(facet["values"]), facet["complete"]) == (values, complete)


async def test_the_openapi_document_tells_of_search(api: Api) -> None:
    document = (await api.client.get("/openapi.json")).json()
    operation = document["paths"]["/v1/corpora/{corpus}/projects"]["get"]
    assert {"q", "bbox", "sort", "size", "cursor", "facets", "highlight", "corpus"} <= {
        parameter["name"] for parameter in operation["parameters"]
    }
    assert (await api.client.get("/docs")).status_code == 200


async def options(api: Api, path: str) -> httpx.Response:
    headers = {"Origin": "https://front.example", "Access-Control-Request-Method": "GET"}
    return await api.client.request("OPTIONS", path, headers=headers)


async def test_any_site_may_read_and_none_may_write(library: Api) -> None:
    for path in ("/v1/corpora", PROJECTS, "/.well-known/jwks.json"):
        preflight = await options(library, path)
        assert preflight.status_code == 204
        answer = await library.client.get(path, headers={"Origin": "https://front.example"})
        for each in (preflight, answer):
            assert each.headers["access-control-allow-origin"] == "*"
            assert "access-control-allow-credentials" not in each.headers
    for path in ("/v1/accounts", "/v1/login", "/v1/token", "/v1/me"):
        assert "access-control-allow-origin" not in (await options(library, path)).headers
