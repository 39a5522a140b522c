"""Bytes to text: whose word counts, and what is noticed."""

import pytest

from moisson_scraper.reading.decoding import decode_file, decode_html, known_encoding

CAFE = "Café à Nîmes, œuvre, 10 €"
HTML = f"<html><body>{CAFE}</body></html>"
UTF8, CP1252 = HTML.encode(), HTML.encode("cp1252")


def meta(charset: str, body: bytes) -> bytes:
    return f'<html><head><meta charset="{charset}"></head>'.encode() + body


@pytest.mark.parametrize(
    ("body", "content_type", "stated", "encoding", "notices"),
    [
        (UTF8, "text/html; charset=utf-8", None, "utf-8", []),
        (UTF8, "text/html;charset=UTF8", None, "utf-8", []),
        (UTF8, "text/html", None, "utf-8", []),
        (UTF8, "", None, "utf-8", []),
        (CP1252, "text/html; charset=windows-1252", None, "cp1252", []),
        (CP1252, "text/html; charset=iso-8859-1", None, "cp1252", []),
        (CP1252, "text/html; charset=latin1", None, "cp1252", []),
        (CP1252, "text/html", None, "cp1252", []),
        (meta("iso-8859-1", CP1252), "text/html", None, "cp1252", []),
        (meta("utf-8", UTF8), "text/html", None, "utf-8", []),
        (b"\xef\xbb\xbf" + UTF8, "text/html; charset=iso-8859-1", None, "utf-8", []),
        (b"\xef\xbb\xbf" + UTF8, "text/html", "cp1252", "utf-8", []),
        (HTML.encode("utf-16"), "text/html; charset=utf-8", None, "utf-16-le", []),
        (b"\xfe\xff" + HTML.encode("utf-16-be"), "text/html", None, "utf-16-be", []),
        (UTF8, "text/html; charset=utf-8", "utf-8", "utf-8", []),
        (CP1252, "text/html; charset=utf-8", "windows-1252", "cp1252", []),
        (UTF8, "text/html; charset=iso-8859-1", None, "utf-8", ["wrong-charset"]),
        (meta("iso-8859-1", UTF8), "text/html", None, "utf-8", ["wrong-charset"]),
        (CP1252, "text/html; charset=utf-8", None, "cp1252", ["wrong-charset"]),
        (meta("utf-16", UTF8), "text/html", None, "utf-8", []),
        (UTF8, "text/html; charset=klingon", None, "utf-8", []),
    ],
)
def test_the_text_is_read_as_what_it_is(
    body: bytes, content_type: str, stated: str | None, encoding: str, notices: list[str]
) -> None:
    decoded = decode_html(body, content_type, "p", stated)
    assert CAFE in decoded.text
    assert decoded.encoding == encoding
    assert [notice.code for notice in decoded.notices] == notices


@pytest.mark.parametrize(
    ("body", "text", "code", "count"),
    [
        (b"\xc3\xa9t\xc3\xa9 \xff", "été \ufffd", "invalid-bytes", 1),
        (b"\xc3\xa9 \xc3 \xe2\x82", "é \ufffd \ufffd", "invalid-bytes", 2),
        (b"a\x00b\x00", "a\ufffdb\ufffd", "nul-bytes", 2),
    ],
)
def test_what_cannot_be_kept_is_replaced_and_counted(body: bytes, text: str, code: str, count: int) -> None:
    decoded = decode_html(body, "text/html; charset=utf-8", "p")
    assert decoded.text == text
    assert [(notice.code, notice.count, notice.sample) for notice in decoded.notices] == [(code, count, "p")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "utf-16-le"])
def test_a_file_without_any_word_is_found_out(encoding: str) -> None:
    text = "id;nom;ville\n" + "".join(f"{n};Épicerie solidaire des élèves;Orléans à côté\n" for n in range(50))
    decoded = decode_file(text.encode(encoding), "text/csv", "p")
    assert decoded.text == text


@pytest.mark.parametrize(
    ("text", "encodings"),
    [
        ("Café", "cp1252 iso8859-15 cp850 mac_roman"),
        ("FRANÇOIS", "cp1252 iso8859-15"),
        ("Œuvre", "cp1252"),
        ("nom;prix\nécole;5€ l’un\n", "cp1252 mac_roman"),
        ("prix\n5 €\n", "cp1252 iso8859-15"),
        ("MAISON DE L’ÉTÉ", "cp1252 mac_roman"),
        ("20 m² à louer 3½", "cp1252 cp850"),
        ("N° de téléphone", "cp1252 iso8859-15 cp850 mac_roman"),
        ("Grüße aus Köln, Straße", "cp1252 iso8859-15 cp850 mac_roman"),
        ("Ñandú, São Paulo, año", "cp1252 iso8859-15 cp850 mac_roman"),
    ],
)
def test_short_texts_are_read_too(text: str, encodings: str) -> None:
    for encoding in encodings.split():
        assert decode_file(text.encode(encoding), "text/csv", "p").text == text, encoding


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("utf-8", "utf-8"),
        ("UTF8", "utf-8"),
        ("latin1", "cp1252"),
        ("windows-1252", "cp1252"),
        ("klingon", None),
        ("base64", None),
        ("rot13", None),
        ("", None),
    ],
)
def test_encoding_names(name: str, known: str | None) -> None:
    assert known_encoding(name) == known
