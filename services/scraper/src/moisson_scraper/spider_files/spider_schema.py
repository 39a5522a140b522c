"""The JSON Schema (2020-12) of a spider's file: what editors complete, check and explain while somebody writes."""

import ast
import inspect
import textwrap
from itertools import pairwise
from typing import Any

from pydantic import BaseModel, TypeAdapter

from moisson_scraper.spider_files.spider_file import SpiderFile
from moisson_shared.contracts import detail, expectations, paging, schedule, selecting, sources, spider
from moisson_shared.contracts.model import JsonObject

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_MODULES = (detail, expectations, paging, schedule, selecting, sources, spider)
_TOLD_BY_THE_REST = frozenset({"HtmlDetail", "JsonDetail"})
"""Their kind may be left out: it follows from how they are found."""


def spider_schema(url: str) -> JsonObject:
    """The schema of one spider or a list of them, under the address that it is served at."""
    made = TypeAdapter(SpiderFile | list[SpiderFile]).json_schema(by_alias=True)
    definitions = made["$defs"]
    models = {model.__name__: model for module in _MODULES for model in _models_of(module)}
    for name, schema in definitions.items():
        model = SpiderFile if name == SpiderFile.__name__ else models.get(name)
        if model is not None:
            _explain(schema, model)
        if "kind" in schema.get("properties", {}) and name not in _TOLD_BY_THE_REST:
            schema["required"] = ["kind", *schema.get("required", ())]
    title = "A spider of Moisson, or a list of them"
    return {"$schema": DIALECT, "$id": url, "title": title, **_any_of(made)}


def _models_of(module: Any) -> list[type[BaseModel]]:
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, BaseModel) and value.__module__ == module.__name__
    ]


def _explain(schema: JsonObject, model: type[BaseModel]) -> None:
    """Puts what stands below each attribute in the source beside its property."""
    for name, told in attribute_docstrings(model).items():
        if name in schema.get("properties", {}):
            schema["properties"][name]["description"] = told


def attribute_docstrings(model: type[BaseModel]) -> dict[str, str]:
    """The texts below the attributes of a class and of the classes it is made from."""
    found: dict[str, str] = {}
    for cls in reversed(model.__mro__):
        if not issubclass(cls, BaseModel) or not cls.__module__.startswith("moisson_"):
            continue
        (definition,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
        body = definition.body if isinstance(definition, ast.ClassDef) else []
        for before, after in pairwise(body):
            if not isinstance(before, ast.AnnAssign) or not isinstance(before.target, ast.Name):
                continue
            if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
                found[before.target.id] = " ".join(str(after.value.value).split())
    return found


def _any_of(schema: Any) -> Any:
    """`oneOf` as `anyOf`: a kind may be left out where the rest tells it, and then two alternatives look alike."""
    if isinstance(schema, dict):
        return {
            ("anyOf" if key == "oneOf" else key): _any_of(value)
            for key, value in schema.items()
            if key != "discriminator"
        }
    return [_any_of(part) for part in schema] if isinstance(schema, list) else schema
