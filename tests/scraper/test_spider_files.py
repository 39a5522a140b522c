"""Spiders as files: what is exported comes back as it was, and what people write is read as they mean it."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from moisson_scraper.spider_files.read_spider_files import read_spider_files
from moisson_scraper.spider_files.spider_schema import DIALECT
from moisson_scraper.spider_files.write_spider_files import as_json, as_yaml
from moisson_scraper.spider_files.yaml_document import MOST_VALUES, read_yaml
from moisson_shared.contracts.errors import Invalid, TooLarge
from moisson_shared.contracts.spider import SpiderConfig
from tests.scraper.running_scraper import running_scraper

YAML = {"Content-Type": "application/yaml"}
SCHEMA = "http://scraper.test/v1/schemas/spider.json"
# What a YAML of some version takes for something else, beside anything that can be written.
odd = st.sampled_from(
    (
        *("no", "Yes", "~", "null", "012", "0o17", "0x1f", "1e3", "1_000", "12:30", "2024-05-01", "-", "? a", "a: b"),
        *("# x", "", " ", "\n", "a\nb", " a\n\n b ", "é", "'", '"', "\\", "\t", "\r", "\x85", "\u2028", "\ufeff", "😀"),
        *("=", "<<", "*a", "&a", "!x", "%", "@", "`", "{", "[", "|", ">"),
    )
)
texts = st.one_of(odd, st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
words = st.one_of(odd.filter(bool), st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
names = st.lists(words, min_size=1, max_size=10)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def spiders(draw: st.DrawFn) -> SpiderConfig:
    fields = draw(
        st.dictionaries(words, st.fixed_dictionaries({"expression": words, "many": st.booleans()}), min_size=1)
    )
    html = {
        "kind": "html",
        "start_urls": ["http://t.example/é?a=1,2"],
        "item": {"expression": draw(words), "syntax": draw(st.sampled_from(["css", "xpath"]))},
        "fields": fields,
        "paging": draw(st.none() | st.just({"kind": "page_number", "address": "http://t.example/{page}", "last": 3})),
        "rendering": draw(st.none() | st.builds(dict, seconds=st.floats(0.1, 60), scrolls=st.integers(0, 200))),
    }
    api = {
        "kind": "json",
        "url": "http://t.example/api",
        "method": "POST",
        "query": draw(st.dictionaries(texts, texts, max_size=3)),
        "body": draw(st.none() | st.dictionaries(texts, values, max_size=3)),
        "detail": draw(st.none() | st.just({"value": "$.id", "address": "http://t.example/{value}"})),
    }
    document = {
        "id": "essor-x",
        "partner": "essor",
        "name": draw(words),
        "source": draw(st.sampled_from([html, api])),
        "identity": draw(st.just({"kind": "content"}) | st.builds(dict, kind=st.just("fields"), fields=names)),
        "politeness": {"delay": draw(st.floats(0, 60))},
        "schedule": draw(st.none() | st.just({"kind": "cron", "expression": "0 3 * * 1"})),
        "enabled": draw(st.booleans()),
        "version": draw(st.integers(1, 10**9)),
    }
    return SpiderConfig.model_validate(document)


@settings(deadline=None)
@given(st.lists(spiders(), min_size=1, max_size=2))
def test_what_is_written_is_read_as_it_was(written: list[SpiderConfig]) -> None:
    for body, form in (
        (as_yaml(written, SCHEMA, listed=True).encode(), "yaml"),
        (as_json(written, listed=True), "json"),
    ):
        read = read_spider_files(body, form)  # type: ignore[arg-type]  # mypy widens the literal
        assert [one.file.model_dump() for one in read if one.file is not None] == [one.model_dump() for one in written]


def test_an_integer_of_any_size_is_written() -> None:
    source = {"kind": "json", "url": "http://t.example/api", "method": "POST", "body": {"n": 2**64}}
    identity = {"kind": "content"}
    given = {"id": "essor-x", "partner": "essor", "name": "X", "source": source, "identity": identity, "version": 1}
    assert b'"n": 18446744073709551616' in as_json([SpiderConfig.model_validate(given)], listed=False)


@settings(deadline=None)
@given(spiders())
def test_readers_of_yaml_1_1_read_it_too(written: SpiderConfig) -> None:
    assert SpiderConfig.model_validate(yaml.safe_load(as_yaml([written], SCHEMA, listed=False))) == written


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("012", "012"),
        ("0o17", "0o17"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2024-05-01", "2024-05-01"),
        ("+1", "+1"),
        (".inf", ".inf"),
        ("=", "="),
        ("12", 12),
        ("-1.5e3", -1500.0),
        ("true", True),
        ("'true'", "true"),
        ("!!str 12", "12"),
        ("null", None),
        ("", None),
        ("[a, {b: c}]", ["a", {"b": "c"}]),
        ("&x {a: 1}", {"a": 1}),
    ],
)
def test_a_plain_word_is_what_json_makes_of_it_else_text(text: str, value: object) -> None:
    assert read_yaml(f"key: {text}\n".encode()).value == {"key": value}


LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"a: 1\nb: 2\na: 3\n", "line 3, column 1: the key 'a' is given twice"),
        (b"x:\n  - {a: 1, a: 2}\n", "line 2, column 12: the key 'a' is given twice"),
        (b"a: [1\n", "line 2, column 1"),
        (LAUGHS.encode(), f"more than {MOST_VALUES:,} values"),
        (b"a: &a [*a]\n", "holds itself"),
        (b"[" * 900_000, "nested more than 40 levels deep"),
        (b"- " * 400_000, "nested more than 40 levels deep"),
        (b"{a: " * 200_000, "nested more than 40 levels deep"),
        (b"[" + b"1," * 200_000 + b"]", f"more than {MOST_VALUES:,} values"),
        (b"a: !!python/object/apply:os.system [x]\n", "tag"),
        (b"a: !!binary aGk=\n", "cannot be read as binary"),
        (b"a: !!int x\n", "int"),
        (b"a: 1\n---\nb: 2\n", "another document"),
        (b"<<: {a: 1}\n", "not merged"),
        (b"[1, 2]: x\n", "a key must be a text"),
        (b"a: *b\n", "undefined alias"),
        (b"", "nothing in it"),
        (b"a: \xff\n", "not UTF-8"),
        (b"a: \x00\n", "control characters"),
    ],
)
def test_what_is_no_yaml_is_refused_with_its_place(body: bytes, told: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_yaml(body)
    assert told in refused.value.faults[0].message


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"a": 1, "a": 2}', "'a' is given twice"),
        (b'{"a": NaN}', "NaN"),
        (b"[" * 100_000, ""),
        (b"[" * 50 + b"]" * 50, "40 levels"),
        (b'{"a": 1\n x}', "line 2, column 2"),
        (b"\xff", ""),
        (b"7", "an object or a list"),
        (b"[]", "an object or a list"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(body: bytes, told: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_spider_files(body, "json")
    assert told in refused.value.faults[0].message


def test_files_have_a_size() -> None:
    for form in ("yaml", "json"):
        with pytest.raises(TooLarge):
            read_spider_files(b" " * 1_000_001, form)
    with pytest.raises(TooLarge):
        read_spider_files(json.dumps([{}] * 201).encode(), "json")


def a_spider(**changed: Any) -> dict[str, Any]:
    return {
        "id": "essor-a",
        "partner": "essor",
        "name": "A",
        "source": {"kind": "file", "url": "http://t.example/a.csv"},
        "identity": {"kind": "content"},
        **changed,
    }


AS_PEOPLE_WRITE = """
# Le réseau, chaque lundi.
id: essor-a
partner: essor
name: 2024
source:
  kind: json
  url: http://t.example/api
  query: {page: 012, actif: no, taille: 50, depuis: 2024-05-01}
  fields: {titre: $.titre, 1: $.un}
identity: {kind: fields, fields: [titre]}
politeness: {delay: 1, obey_robots: true}
"""


def test_text_stays_text_where_text_is_meant() -> None:
    (read,) = read_spider_files(AS_PEOPLE_WRITE.encode(), "yaml")
    assert read.file is not None, read.faults
    document = read.file.model_dump(mode="json")
    assert document["name"] == "2024"
    assert document["source"]["query"] == {"page": "012", "actif": "no", "taille": "50", "depuis": "2024-05-01"}
    assert document["source"]["fields"] == {"titre": "$.titre", "1": "$.un"}
    assert document["politeness"]["delay"] == 1


def test_faults_of_a_file_say_where() -> None:
    body = yaml.safe_dump([a_spider(), a_spider(id="A b", enabled="perhaps")])
    sound, bad = read_spider_files(body.encode(), "yaml")
    assert sound.file is not None
    assert (bad.pointer, {fault.pointer for fault in bad.faults}) == ("/1", {"/id", "/enabled"})


async def test_export_and_import_through_the_door(tmp_path: Path) -> None:
    async with running_scraper(tmp_path) as scraper:
        people = scraper.people
        await scraper.save(a_spider())
        path = "/v1/spiders/essor-a/export"
        for accept, form, status in (
            ("application/yaml", "", 200),
            ("text/html, application/yaml;q=0.5, application/json;q=0.1", "", 200),
            ("application/json", "?format=yaml", 200),
        ):
            answer = await scraper.send("GET", path + form, people.member, headers={"Accept": accept})
            assert (answer.status_code, answer.headers["content-type"]) == (status, "application/yaml")
            assert answer.headers["content-disposition"] == 'attachment; filename="essor-a.spider.yaml"'
            assert answer.text.splitlines()[0] == f"# yaml-language-server: $schema={SCHEMA}"
        exported = (await scraper.send("GET", f"{path}?format=yaml", people.member)).text
        assert (await scraper.send("GET", path, people.member, headers={"Accept": "text/html"})).status_code == 406
        as_it_is = await scraper.send("GET", path, people.member, headers={"Accept": "*/*"})
        assert as_it_is.json() == a_spider(version=1)
        assert (await scraper.send("GET", path, people.stranger)).status_code == 404
        assert (await scraper.send("GET", path, {})).status_code == 401

        async def bring(body: str, parameters: str = "", who: dict[str, str] = people.member) -> Any:
            sent = {"content": body.encode(), "headers": YAML}
            answer = await scraper.send("POST", f"/v1/spiders/import{parameters}", who, **sent)
            assert answer.status_code == 200, answer.text
            return [(one["outcome"], one["version"], one["problem"]) for one in answer.json()["spiders"]]

        assert await bring(exported) == [("unchanged", 1, None)]
        renamed = exported.replace("name: A", "name: no")
        assert await bring(renamed, "?dry_run=true") == [("replaced", 2, None)]
        assert await bring(renamed) == [("replaced", 2, None)]
        assert await bring(exported) == [("refused", None, "version-conflict")]
        assert await bring(exported.replace("version: 1\n", "")) == [("refused", None, "version-required")]
        assert await bring(exported, "?overwrite=true") == [("replaced", 3, None)]
        assert await bring(exported, who=people.stranger) == [("refused", None, "not-found")]
        assert await bring(yaml.safe_dump(a_spider(partner="tilleul", id="b"))) == [("refused", None, "forbidden")]
        assert await bring(yaml.safe_dump(a_spider(id="export"))) == [("refused", None, "invalid")]

        both = yaml.safe_dump([a_spider(id="b"), a_spider(id="c", identity={"kind": "url"})])
        assert [one[0] for one in await bring(both, "?all_or_none=true")] == ["left", "refused"]
        assert (await scraper.send("GET", "/v1/spiders/b", people.member)).status_code == 404
        assert [one[0] for one in await bring(both)] == ["created", "refused"]
        two = yaml.safe_dump([a_spider(id="d"), a_spider(id="e"), a_spider(id="d")])
        assert [one[0] for one in await bring(two, "?all_or_none=true&dry_run=true")] == ["left", "left", "refused"]
        two = yaml.safe_dump([a_spider(id="d"), a_spider(id="e")])
        assert [one[0] for one in await bring(two, "?all_or_none=true")] == ["created", "created"]

        whole = await scraper.send("GET", "/v1/spiders/export?partner=essor&format=json", people.steward)
        assert [one["id"] for one in whole.json()] == ["b", "d", "e", "essor-a"]
        listed = await scraper.send("GET", "/v1/spiders/export?format=yaml", people.member)
        assert [one["id"] for one in yaml.safe_load(listed.text)] == ["b", "d", "e", "essor-a"]
        refused = await scraper.send(
            "POST", "/v1/spiders/import", people.member, content=b"x", headers={"Content-Type": "a/b"}
        )
        assert refused.status_code == 415


async def test_the_schema_is_public_and_explains_each_field(tmp_path: Path) -> None:
    async with running_scraper(tmp_path) as scraper:
        answer = await scraper.send("GET", "/v1/schemas/spider.json", {})
        schema = answer.json()
        assert (schema["$schema"], schema["$id"]) == (DIALECT, SCHEMA)
        again = {"headers": {"If-None-Match": answer.headers["etag"]}}
        assert (await scraper.send("GET", "/v1/schemas/spider.json", {}, **again)).status_code == 304
    definitions = schema["$defs"]
    assert definitions["HtmlSource"]["required"][0] == "kind"
    assert "kind" not in definitions["HtmlDetail"].get("required", [])
    assert (
        definitions["Politeness"]["properties"]["delay"]["description"] == "Seconds between two requests to one host."
    )
    assert definitions["SpiderFile"]["properties"]["archive"]["description"].startswith("Keep what was fetched")
    named = {part["$ref"].rpartition("/")[2] for part in schema["anyOf"] if "$ref" in part}
    assert named == {"SpiderFile"}
    assert all(one["additionalProperties"] is False for one in definitions.values() if one.get("type") == "object")
    assert all("description" in one for one in definitions.values()), [
        n for n, o in definitions.items() if "description" not in o
    ]
