"""Coordinates from the reference system that a source uses to WGS 84 (pyproj, the PROJ database)."""

import math
from collections.abc import Callable
from functools import lru_cache

from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from moisson_normalizer.raw_values import flattened
from moisson_normalizer.rows import CompiledStep, Refusal, Row, RowReject
from moisson_normalizer.steps.numbers import number_parser
from moisson_shared.contracts.recipe import Coordinates

WGS_84 = "EPSG:4326"
_DIGITS = 7
"""Decimal places kept: about one centimetre."""
_EXACT = 16
"""So many digits a number keeps whatever they are."""
_HALF = Refusal("half-a-coordinate", "one of the two coordinates is missing")
_NO_NUMBER = Refusal("not-a-number", "not a coordinate: a decimal number is needed")
_ZERO = Refusal("null-island", "0, 0 is a place in the Gulf of Guinea: the coordinates are missing")

Locate = Callable[[float, float], tuple[float, float] | Refusal]
"""Easting (or longitude) and northing (or latitude) to latitude and longitude."""


class UnknownCrs(ValueError):
    """A reference system that cannot be used; the text says why."""


def compile_coordinates(step: Coordinates, index: int) -> CompiledStep:
    """Refuses half coordinates, 0, 0, and points outside the area of use. Raises `UnknownCrs`."""
    locate = locator(step.crs)
    easting, northing = (step.y, step.x) if step.swapped else (step.x, step.y)

    def run(row: Row) -> None:
        east = _first(row.values.get(easting))
        north = _first(row.values.get(northing))
        if east is None and north is None:
            return
        if east is None or north is None:
            present, value = (northing, north) if east is None else (easting, east)
            row.rejects.append(RowReject(index, present, value, _HALF))
            return
        x, y = as_degrees_or_metres(east), as_degrees_or_metres(north)
        if x is None:
            row.rejects.append(RowReject(index, easting, east, _NO_NUMBER))
        if y is None:
            row.rejects.append(RowReject(index, northing, north, _NO_NUMBER))
        if x is None or y is None:
            return
        point = locate(x, y)
        if isinstance(point, Refusal):
            row.rejects.append(RowReject(index, northing, f"{y!r}, {x!r}", point))
        else:
            row.point = point

    return CompiledStep(run=run, reads=(step.x, step.y), writes=(), point=True)


def _first(value: object) -> object:
    """The first single value; None for nothing."""
    if type(value) is str:
        return value if value and not value.isspace() else None
    return next(iter(flattened(value)), None)


_with_comma = number_parser(",")
_with_point = number_parser(".")


def as_degrees_or_metres(value: object) -> float | None:
    """A decimal number with point or comma; None for anything else."""
    if not isinstance(value, str):
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return float(value) if math.isfinite(value) else None
    text = value.strip()
    if len(text) >= 40 or not text.isascii():
        return _spaced(text)
    whole, comma, fraction = text.partition(",")
    if comma:
        digits = whole[1:] if whole[:1] in "+-" else whole
        plain = len(text) < _EXACT and digits.isdigit() and fraction.isdigit()
        return float(f"{whole}.{fraction}") if plain else _spaced(text)
    if text.strip("+-.0123456789"):
        return _spaced(text)
    try:
        return float(text)
    except ValueError:
        return None


def _spaced(text: str) -> float | None:
    number = (_with_comma if "," in text else _with_point)(text)
    return None if isinstance(number, Refusal) else float(number)


@lru_cache(maxsize=64)
def locator(crs: str) -> Locate:
    """From this reference system to WGS 84. Raises `UnknownCrs`."""
    if crs == WGS_84:
        return _in_degrees
    try:
        system = CRS.from_user_input(crs)
        area = system.area_of_use
        if not (system.is_projected or system.is_geographic) or area is None:
            raise UnknownCrs(f"{crs} is not a reference system for places on the ground")
        transform = Transformer.from_crs(system, WGS_84, always_xy=True).transform
    except (CRSError, ProjError) as error:
        raise UnknownCrs(f"{crs} is not known: give the EPSG code of a reference system") from error
    west, south, east, north = area.bounds
    outside = Refusal("outside-area", f"outside the area where {crs} is used ({area.name})")

    def locate(x: float, y: float) -> tuple[float, float] | Refusal:
        if x == 0 and y == 0:
            return _ZERO
        longitude, latitude = transform(x, y)
        if not (math.isfinite(longitude) and math.isfinite(latitude) and south <= latitude <= north):
            return outside
        inside = west <= longitude <= east if west <= east else longitude >= west or longitude <= east
        return (round(latitude, _DIGITS), round(longitude, _DIGITS)) if inside else outside

    return locate


_OFF_GLOBE = Refusal("outside-area", "no such latitude and longitude in degrees; are they swapped, or in metres?")


def _in_degrees(longitude: float, latitude: float) -> tuple[float, float] | Refusal:
    if longitude == 0 and latitude == 0:
        return _ZERO
    if -90 <= latitude <= 90 and -180 <= longitude <= 180:
        return latitude, longitude
    return _OFF_GLOBE
