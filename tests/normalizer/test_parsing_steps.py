"""Dates, numbers, addresses, telephone numbers and coordinates, by tables."""

from typing import Any

import pytest

from tests.normalizer.one_recipe import run_step

NBSP, NARROW, THIN = "\u00a0", "\u202f", "\u2009"

DATES: list[tuple[Any, tuple[str, ...], str | None]] = [
    ("2016-05-17", ("iso",), "2016-05-17"),
    ("2016-05", ("iso",), "2016-05"),
    ("2016", ("iso",), "2016"),
    (2016, ("iso",), "2016"),
    ("2016-05-17T10:30:00Z", ("iso",), "2016-05-17"),
    ("2016-05-17 23:59:59.123+02:00", ("iso",), "2016-05-17"),
    ("20160517", ("iso",), "2016-05-17"),
    ("2016-W20-2", ("iso",), "2016-05-17"),
    ("2016-13-01", ("iso",), None),
    ("2016-02-30", ("iso",), None),
    ("201605", ("iso",), None),
    ("0000-01-01", ("iso",), None),
    ("17/05/2016", ("iso", "%d/%m/%Y"), "2016-05-17"),
    ("7/5/2016", ("%d/%m/%Y",), "2016-05-07"),
    ("29/02/2020", ("%d/%m/%Y",), "2020-02-29"),
    ("29/02/2019", ("%d/%m/%Y",), None),
    ("17-05-2016", ("%d/%m/%Y",), None),
    ("05/2016", ("%m/%Y",), "2016-05"),
    ("2016", ("%Y",), "2016"),
    ("en 2016", ("%Y",), None),
    ("17 mai 2016", ("%d %B %Y",), "2016-05-17"),
    ("1er janvier 2020", ("%d %B %Y",), "2020-01-01"),
    ("1ER AOÛT 2020", ("%d %B %Y",), "2020-08-01"),
    ("3 fevrier 2019", ("%d %B %Y",), "2019-02-03"),
    ("3 févr. 2019", ("%d %b %Y",), "2019-02-03"),
    (f"14{NBSP}juillet{NBSP}1989", ("%d %B %Y",), "1989-07-14"),
    ("14 juil. 1989", ("%d %B %Y",), "1989-07-14"),
    ("décembre 2021", ("%B %Y",), "2021-12"),
    ("Dec 2021", ("%b %Y",), "2021-12"),
    ("lundi 5 janvier 2026", ("%A %d %B %Y",), "2026-01-05"),
    ("Mardi, 6 janvier 2026", ("%A, %d %B %Y",), "2026-01-06"),
    ("May 17, 2016", ("%B %d, %Y",), "2016-05-17"),
    ("March 1st 2016", ("%B %d %Y",), "2016-03-01"),
    ("17/05/16", ("%d/%m/%y",), "2016-05-17"),
    ("17/05/69", ("%d/%m/%y",), "1969-05-17"),
    ("17/05/68", ("%d/%m/%y",), "2068-05-17"),
    ("17/05/2016 à 10h30", ("%d/%m/%Y à %Hh%M",), "2016-05-17"),
    ("09/0102023", ("%d/%m/%Y", "%d/%m0%Y"), "2023-01-09"),
    ("hier", ("iso", "%d/%m/%Y"), None),
    ("2016-05-17" + "x" * 5000, ("iso",), None),
]


@pytest.mark.parametrize(("written", "formats", "iso"), DATES)
def test_dates(written: Any, formats: tuple[str, ...], iso: str | None) -> None:
    done = run_step({"step": "date", "column": "a", "to": "b", "formats": list(formats)}, a=written)
    assert done.values.get("b") == iso
    assert bool(done.rejects) == (iso is None)


def test_a_refused_date_is_left_out_and_what_was_in_its_target_stays() -> None:
    assert "a" not in run_step({"step": "date", "column": "a"}, a="hier").values
    assert run_step({"step": "date", "column": "a", "to": "b"}, a="hier", b="2016").values["b"] == "2016"
    assert run_step({"step": "date", "column": "a"}, a=["2016", "hier", "2017"]).values["a"] == ["2016", "2017"]


NUMBERS: list[tuple[Any, str, bool, float | None]] = [
    ("12", ",", False, 12),
    ("12,5", ",", False, 12.5),
    ("-0,5", ",", False, -0.5),
    ("−3", ",", False, -3),
    ("+3", ",", False, 3),
    ("1 234,5", ",", False, 1234.5),
    (f"1{NBSP}234{NARROW}567,25", ",", False, 1234567.25),
    (f"12{THIN}000", ",", False, 12000),
    ("12.5", ",", False, None),
    ("12.5", ".", False, 12.5),
    ("12,5", ".", False, None),
    ("1,234.5", ".", False, None),
    ("12 34", ",", False, None),
    ("douze", ",", False, None),
    ("12 €", ",", False, None),
    ("1e5", ",", False, None),
    ("NaN", ",", False, None),
    ("١٢", ",", False, None),
    (12.5, ",", False, 12.5),
    (12, ",", True, 12),
    (12.0, ",", True, 12),
    (12.5, ",", True, None),
    (float("nan"), ",", False, None),
    (True, ",", False, None),
    ("12,0", ",", True, 12),
    ("12,5", ",", True, None),
    ("9007199254740993", ",", True, None),
    ("9" * 5000, ",", False, None),
]


@pytest.mark.parametrize(("written", "decimal", "integer", "number"), NUMBERS)
def test_numbers(written: Any, decimal: str, integer: bool, number: float | None) -> None:
    step = {"step": "number", "column": "a", "to": "b", "decimal": decimal, "integer": integer}
    done = run_step(step, a=written)
    assert done.values.get("b") == number
    assert type(done.values.get("b")) is (type(None) if number is None else type(number))
    assert bool(done.rejects) == (number is None)


URLS: list[tuple[str, str | None]] = [
    ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
    ("http://example.org", "http://example.org"),
    ("HTTP://Example.org/", "http://Example.org/"),
    (" https://example.org ", "https://example.org"),
    ("www.example.org", "http://www.example.org"),
    ("example.org/page", "http://example.org/page"),
    ("https ://example.org", "https://example.org"),
    ("https:// example.org", "https://example.org"),
    ("http://localhost:8000/x", "http://localhost:8000/x"),
    ("http://mairie-éloyes.fr", "http://mairie-éloyes.fr"),
    ("http://[2001:db8::1]/", "http://[2001:db8::1]/"),
    ("javascript:alert(1)", None),
    ("data:text/html,x", None),
    ("ftp://example.org", None),
    ("mailto:a@example.org", None),
    ("a@example.org", None),
    ("https://user:secret@example.org/", None),
    ("http://deux mots.fr/", None),
    ("https://", None),
    ("https://nulle-part", None),
    ("sans adresse", None),
    ("http://a." + "b" * 3000 + ".fr", None),
    ("http://" + "a." * 2000 + "!", None),
]


@pytest.mark.parametrize(("written", "address"), URLS)
def test_one_web_address(written: str, address: str | None) -> None:
    done = run_step({"step": "url", "column": "a"}, a=written)
    assert (done.values.get("a"), bool(done.rejects)) == (address, address is None)


@pytest.mark.parametrize(
    ("written", "addresses", "remainder"),
    [
        ("https://a.fr; https://b.fr", ["https://a.fr", "https://b.fr"], None),
        ("https://a.fr, www.b.fr/x", ["https://a.fr", "http://www.b.fr/x"], None),
        ("a.fr b.fr", ["http://a.fr", "http://b.fr"], None),
        ("https://a.fr/ - https://b.fr/", ["https://a.fr/", "https://b.fr/"], None),
        ("Site : https://a.fr.", ["https://a.fr"], ["Site"]),
        ("Page : Notre Café\nSite : https://a.fr/", ["https://a.fr/"], ["Page : Notre Café Site"]),
        ("Facebook : notre-cafe", None, ["Facebook : notre-cafe"]),
        ("sur web.forum et ailleurs", None, ["sur web.forum et ailleurs"]),
        ("https://a.fr https://a.fr", ["https://a.fr"], None),
        ("\n", None, None),
    ],
)
def test_several_web_addresses_and_the_words_beside_them(
    written: str, addresses: list[str] | None, remainder: list[str] | None
) -> None:
    done = run_step({"step": "url", "column": "a", "to": "b", "many": True, "remainder": "r"}, a=written)
    assert (done.values.get("b"), done.values.get("r"), done.rejects) == (addresses, remainder, [])


EMAILS: list[tuple[str, str | None]] = [
    ("a@example.org", "a@example.org"),
    ("  prénom.nom+tri@sous.example.museum ", "prénom.nom+tri@sous.example.museum"),
    ("mailto:a@example.org?subject=x", "a@example.org"),
    ("Ada Exemple <ada@example.org>", "ada@example.org"),
    ("ada [at] example.org", "ada@example.org"),
    ("ada(arobase)example.org", "ada@example.org"),
    ("a@example.org.", "a@example.org"),
    ("a@example", None),
    ("@example.org", None),
    ("a..b@example.org", None),
    ("a@example.org b@example.org", None),
    ("rien", None),
    ("a@" * 2000, None),
]


@pytest.mark.parametrize(("written", "email"), EMAILS)
def test_one_email(written: str, email: str | None) -> None:
    done = run_step({"step": "email", "column": "a"}, a=written)
    assert (done.values.get("a"), bool(done.rejects)) == (email, email is None)


@pytest.mark.parametrize(
    ("written", "emails"),
    [
        ("a@x.fr - b@y.fr", ["a@x.fr", "b@y.fr"]),
        ("a@x.fr / b@y.fr", ["a@x.fr", "b@y.fr"]),
        ("a@x.fr/b@y.fr;c@z.fr", ["a@x.fr", "b@y.fr", "c@z.fr"]),
        ("a@x.fr b@y.fr", ["a@x.fr", "b@y.fr"]),
        ("écrire à a@x.fr ou bien à <b@y.fr>", ["a@x.fr", "b@y.fr"]),
        ("a@x.fr%A0", ["a@x.fr"]),
        ("a@x.fr\na@x.fr", ["a@x.fr"]),
        ("twitter@compte", None),
    ],
)
def test_several_emails(written: str, emails: list[str] | None) -> None:
    done = run_step({"step": "email", "column": "a", "many": True}, a=written)
    assert (done.values.get("a"), bool(done.rejects)) == (emails, emails is None)


@pytest.mark.parametrize(
    ("written", "phones", "refused"),
    [
        ("01 02 03 04 05", ["01 02 03 04 05"], 0),
        (102030405, ["102030405"], 0),
        ("+33 1 02 03 04 05", ["+33 1 02 03 04 05"], 0),
        ("01.02.03.04.05", ["01.02.03.04.05"], 0),
        ("36 31", ["36 31"], 0),
        ("Tél. : 01 02 03 04 05", ["01 02 03 04 05"], 0),
        (f"01{NBSP}02 03 04 05", ["01 02 03 04 05"], 0),
        ("01 02 03 04 05 ou 06 07 08 09 10", ["01 02 03 04 05", "06 07 08 09 10"], 0),
        ("01 02 03 04 05 - 06 07 08 09 10", ["01 02 03 04 05", "06 07 08 09 10"], 0),
        ("01 02 03 04 05\n06 07 08 09 10", ["01 02 03 04 05", "06 07 08 09 10"], 0),
        ("0102030405/0607080910", ["0102030405", "0607080910"], 0),
        ("01 02 03 04 05 ou sur place", ["01 02 03 04 05"], 1),
        ("sur demande", None, 1),
        ("12", None, 1),
        ("1" * 16, None, 1),
    ],
)
def test_telephone_numbers(written: Any, phones: list[str] | None, refused: int) -> None:
    done = run_step({"step": "phone", "column": "a", "many": True}, a=written)
    assert (done.values.get("a"), len(done.rejects)) == (phones, refused)


POINTS: list[tuple[dict[str, Any], Any, Any, tuple[float, float] | str | None]] = [
    ({}, "2.35", "48.85", (48.85, 2.35)),
    ({}, "2,35", "48,85", (48.85, 2.35)),
    ({}, 2.35, 48, (48.0, 2.35)),
    ({}, " -1.5 ", "47", (47.0, -1.5)),
    ({"swapped": True}, "48.85", "2.35", (48.85, 2.35)),
    ({}, "", None, None),
    ({}, "2.35", "", "half-a-coordinate"),
    ({}, None, "48", "half-a-coordinate"),
    ({}, "0", "0.0", "null-island"),
    ({}, "0", "48", (48.0, 0.0)),
    ({}, "2.35", "91", "outside-area"),
    ({}, "650000", "6860000", "outside-area"),
    ({}, "deux", "48", "not-a-number"),
    ({}, "41.9,8", "8.7", "not-a-number"),
    ({}, "nan", "48", "not-a-number"),
    ({}, ",5", "48", "not-a-number"),
    ({}, "5,", "48", "not-a-number"),
    ({}, "--5,1", "48", "not-a-number"),
    ({}, "1_0", "48", "not-a-number"),
    ({}, True, "48", "not-a-number"),
    ({}, "\u0662,\u0665", "48", "not-a-number"),
    ({}, ["", "+2,35"], ["-48,85"], (-48.85, 2.35)),
    ({"crs": "EPSG:2154"}, "700000", "6600000", (46.5, 3.0)),
    ({"crs": "EPSG:2154"}, "700000,0", "6 600 000,0", (46.5, 3.0)),
    ({"crs": "EPSG:2154"}, "652469", "6862035", (48.8566, 2.3522)),
    ({"crs": "EPSG:2154"}, "2.35", "48.85", "outside-area"),
    ({"crs": "EPSG:2154"}, "6600000", "700000", "outside-area"),
    ({"crs": "EPSG:2154", "swapped": True}, "6600000", "700000", (46.5, 3.0)),
    ({"crs": "EPSG:27572"}, "600000", "2200000", (46.8, 2.3372)),
    ({"crs": "EPSG:3857"}, "261848", "6250566", (48.8566, 2.3522)),
    ({"crs": "EPSG:2975"}, "340000", "7650000", (-21.245, 55.458)),
]


@pytest.mark.parametrize(("changes", "x", "y", "expected"), POINTS)
def test_coordinates(changes: dict[str, Any], x: Any, y: Any, expected: tuple[float, float] | str | None) -> None:
    done = run_step({"step": "coordinates", "x": "x", "y": "y"} | changes, x=x, y=y)
    if isinstance(expected, tuple):
        assert done.point == pytest.approx(expected, abs=2e-3 if changes else 1e-9)
        assert done.rejects == []
    else:
        assert done.point is None
        assert [code for _, code in done.rejects] == ([expected] if expected else [])
