"""How the reference page writes the type, the default and the limits of a field: made of the models' JSON Schema."""

from functools import cache
from typing import Any

import orjson

from moisson_shared.contracts.spider import SpiderDraft

_PATTERNS = {
    r"^[a-z0-9]+(-[a-z0-9]+)*$": "identifier",
    r"^https?://[^\s/?#\x00-\x1f\x7f]+[^\s\x00-\x1f\x7f]*$": "address",
}
_SIMPLE = {"string": "text", "integer": "whole number", "number": "number", "boolean": "yes or no"}
_NOTHING: tuple[Any, ...] = (None, "", {}, [])
Schema = dict[str, Any]


@cache
def models() -> dict[str, Schema]:
    """The schema of each model that a spider is made of, by its name."""
    whole = SpiderDraft.model_json_schema()
    parts = {name: schema for name, schema in whole["$defs"].items() if "properties" in schema}
    return {"SpiderDraft": whole, **parts}


@cache
def choices() -> dict[str, list[str]]:
    """The values of each enumeration, by its name."""
    found = SpiderDraft.model_json_schema()["$defs"].items()
    return {name: schema["enum"] for name, schema in found if "enum" in schema}


def rows(model: str) -> list[list[str]]:
    """Field, type, default and limits, as the page must have them."""
    schema = models()[model]
    told = _told_by_kind()
    return [
        [f"`{name}`", type_of(given), _default(given, name, model, schema, told), _limits(given)]
        for name, given in schema["properties"].items()
    ]


def type_of(given: Schema) -> str:
    """`text`, `list of address`, `one of …`."""
    given = _without_null(given)
    if "const" in given:
        return f"`{given['const']}`"
    if "enum" in given:
        return _one_of(given["enum"])
    if "$ref" in given:
        name = given["$ref"].rpartition("/")[2]
        return _one_of(choices()[name]) if name in choices() else f"`{name}`"
    if "oneOf" in given:
        return _one_of([part["$ref"].rpartition("/")[2] for part in given["oneOf"]])
    if given["type"] == "array":
        return f"list of {type_of(given['items'])}"
    if given["type"] == "object":
        values = given["additionalProperties"]
        return "JSON object" if values is True else f"names, each with {type_of(values)}"
    return _PATTERNS[given["pattern"]] if "pattern" in given else _SIMPLE[given["type"]]


def _default(given: Schema, name: str, model: str, schema: Schema, told: set[str]) -> str:
    if name in schema.get("required", ()) or (name == "kind" and model in told):
        return "required"
    default = given["default"]
    if default in _NOTHING:
        return "none"
    if isinstance(default, dict):
        return "see there"
    return f"`{orjson.dumps(default).decode().strip(chr(34))}`".replace(".0`", "`")


def _limits(given: Schema) -> str:
    given = _without_null(given)
    found = [_range(given, "minimum", "maximum", ""), _range(given, "minLength", "maxLength", " characters")]
    if "exclusiveMinimum" in given:
        found = [f"more than {given['exclusiveMinimum']}, at most {_number(given['maximum'])}"]
    found.append(_range(given, "minItems", "maxItems", " of them"))
    if given.get("propertyNames"):
        found.append(f"names: {_limits(given['propertyNames'])}")
    inside = given.get("items", given.get("additionalProperties"))
    if isinstance(inside, dict) and (each := _limits(inside)):
        found.append(f"each: {each}")
    return "; ".join(part for part in found if part)


def _range(given: Schema, least: str, most: str, unit: str) -> str:
    low, high = given.get(least), given.get(most)
    if low is None and high is None:
        return ""
    if low is None:
        return f"at most {_number(high)}{unit}"
    if high is None:
        return f"at least {_number(low)}{unit if low != 1 else unit.rstrip(chr(115))}"
    return f"{_number(low)}{unit}".rstrip("s") if low == high else f"{_number(low)} to {_number(high)}{unit}"


def _number(value: Any) -> str:
    return f"{value:,}"


def _one_of(values: list[str]) -> str:
    return " or ".join([", ".join(f"`{value}`" for value in values[:-1]), f"`{values[-1]}`"])


def _without_null(given: Schema) -> Schema:
    """What is there when something is."""
    parts = [part for part in given.get("anyOf", ()) if part != {"type": "null"}]
    return {**given, **parts[0]} if parts else given


@cache
def _told_by_kind() -> set[str]:
    """The models that only their `kind` tells apart, so that it must be written."""
    found: set[str] = set()

    def look(schema: Any) -> None:
        if isinstance(schema, dict):
            for address in schema.get("discriminator", {}).get("mapping", {}).values():
                found.add(address.rpartition("/")[2])
            for part in schema.values():
                look(part)
        elif isinstance(schema, list):
            for part in schema:
                look(part)

    look(SpiderDraft.model_json_schema())
    return found
