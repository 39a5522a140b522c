"""Files of XML as pure functions: paths to records, what an element becomes, encodings."""

from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moisson_scraper.reading.xml_paths import XmlPath, XmlPathRefused
from tests.scraper.sample_files import read_file


@pytest.mark.parametrize(
    ("text", "records", "values"),
    [
        ("<l><p><nom>A</nom></p><p><nom>B</nom></p></l>", None, [{"nom": "A"}, {"nom": "B"}]),
        ("<l><p><nom>A</nom></p></l>", "/l/p", [{"nom": "A"}]),
        ('\n\n<?xml version="1.0"?><l><p>A</p></l>', "/l/p", [{"#text": "A"}]),
        ("<l><x><p><n>1</n></p></x><p><n>2</n></p></l>", "//p", [{"n": "1"}, {"n": "2"}]),
        ("<l><x><p><n>1</n></p></x><p><n>2</n></p></l>", "/l/p", [{"n": "2"}]),
        ("<l><x><p><n>1</n></p></x><y><p><n>2</n></p></y></l>", "/l/*/p", [{"n": "1"}, {"n": "2"}]),
        ("<l><x><p><n>1</n></p></x></l>", "/l//n", [{"#text": "1"}]),
        ('<l><p id="1"><t>a</t><t>b</t><v/></p></l>', "//p", [{"@id": "1", "t": ["a", "b"], "v": ""}]),
        ('<l><p><m k="1">x</m></p></l>', "//p", [{"m": {"@k": "1", "#text": "x"}}]),
        ("<l><p>\n <n>1</n>\n</p></l>", "//p", [{"n": "1"}]),
        ('<!DOCTYPE l [<!ATTLIST p k CDATA "v">]><l><p id="1"/><p/></l>', "//p", [{"@id": "1"}, {}]),
        ("<l><p>un <b>deux</b> trois</p></l>", "//p", [{"b": "deux", "#text": "un  trois"}]),
        ("<l><p>seul</p><p/></l>", "//p", [{"#text": "seul"}, {}]),
        ("<l><p> </p></l>", "//p", [{"#text": " "}]),
        (
            '<e:l xmlns:e="u"><e:p e:id="1" xml:lang="fr"><e:n>1</e:n></e:p></e:l>',
            "/x:l/y:p",
            [{"@id": "1", "@lang": "fr", "n": "1"}],
        ),
        ('<l xmlns="u"><p xml:lang="fr" lang="en"/></l>', "//p", [{"@lang": "en", "@xml:lang": "fr"}]),
        ("<l><p><p>x</p></p></l>", "//p", [{"p": "x"}]),
        ("<l><p><![CDATA[<b>&nbsp;</b>]]></p></l>", "//p", [{"#text": "<b>&nbsp;</b>"}]),
        ('<!DOCTYPE l SYSTEM "http://s.example/l.dtd"><l><p>a&eacute;b</p></l>', "//p", [{"#text": "a&eacute;b"}]),
    ],
)
def test_xml(text: str, records: str | None, values: list[dict[str, Any]]) -> None:
    assert read_file(text.encode(), **({"records": records} if records else {}))[0] == values


def test_xml_without_such_records_says_so() -> None:
    assert read_file(b"<l><p/></l>", records="//q")[:2] == ([], ["no-items-in-page"])


NAMES = st.text("abcxyz", min_size=1, max_size=3)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"))


@given(st.lists(st.dictionaries(NAMES, st.lists(TEXTS, min_size=1, max_size=3)), min_size=1))
def test_records_written_as_xml_are_read_back(records: list[dict[str, list[str]]]) -> None:
    def written(record: dict[str, list[str]]) -> str:
        return "".join(f"<{name}>{escape(text)}</{name}>" for name, texts in record.items() for text in texts)

    body = f"<l>{''.join(f'<rec>{written(record)}</rec>' for record in records)}</l>".encode()
    expected = [{name: texts if len(texts) > 1 else texts[0] for name, texts in one.items()} for one in records]
    assert read_file(body, format="xml", records="/l/rec")[0] == expected


@pytest.mark.parametrize(
    ("declaration", "encoding", "content_type", "said"),
    [
        ('<?xml version="1.0" encoding="ISO-8859-1"?>', "cp1252", "", "cp1252"),
        ("", "utf-8", "text/xml", "utf-8"),
        ('<?xml version="1.0"?>', "cp1252", "", "cp1252"),
        ('<?xml version="1.0" encoding="utf-8"?>', "utf-16", "", "utf-16-le"),
        ('<?xml version="1.0" encoding="utf-16"?>', "utf-8", "", "utf-8"),
        ('<?xml version="1.0"?>', "cp1252", "text/xml; charset=windows-1252", "cp1252"),
    ],
)
def test_xml_in_any_encoding(declaration: str, encoding: str, content_type: str, said: str) -> None:
    text = f"{declaration}<l><p><n>Forêt d’été, « œuvre »</n></p><p><n>à</n></p></l>"
    values, _, found = read_file(text.encode(encoding), content_type)
    assert values[0] == {"n": "Forêt d’été, « œuvre »"}
    assert found == said


def test_characters_that_xml_cannot_have_cost_themselves_only() -> None:
    values, codes, _ = read_file(b"<l><p>a\x0bb\x00</p><p/></l>")
    assert values == [{"#text": "a\ufffdb\ufffd"}, {}]
    assert codes == ["nul-bytes", "control-characters"]


def test_bare_ampersands_and_names_of_html_are_mended() -> None:
    values, codes, _ = read_file(b"<l><p>Caf&eacute; & th&eacute;, eau &amp; bi&egravere</p><p>&#233;&inconnu;</p></l>")
    assert values == [{"#text": "Café & thé, eau & bi&egravere"}, {"#text": "é&inconnu;"}]
    assert codes == ["mended-markup"]


@pytest.mark.parametrize("path", ["", "/", "//", "liste", "/a[1]", "/a/@b", "/a/", "/a b", "/a" * 40, "$.a", "/x:"])
def test_paths_that_are_refused(path: str) -> None:
    with pytest.raises(XmlPathRefused):
        XmlPath(path)
