"""A spider as a file holds it: the draft, and, where it was exported, the version that it is."""

from typing import Annotated

from pydantic import BaseModel, Field
from pydantic_core import to_jsonable_python

from moisson_shared.contracts.model import JsonObject
from moisson_shared.contracts.spider import SpiderConfig, SpiderDraft


class SpiderFile(SpiderDraft):
    """A spider: one source of one partner, as data."""

    version: Annotated[int, Field(ge=1)] | None = None
    """The version that was exported: an import replaces that one and no other. Without it a spider is only created."""

    def draft(self) -> SpiderDraft:
        """The spider itself."""
        return SpiderDraft(**{name: getattr(self, name) for name in SpiderDraft.model_fields})


def file_of(spider: SpiderConfig) -> JsonObject:
    """The spider as it is exported: without what is as it would be anyway."""
    return written_out(SpiderFile(**{name: getattr(spider, name) for name in SpiderFile.model_fields}))


def written_out(model: BaseModel) -> JsonObject:
    """The model as JSON without its defaults; `kind` stays, by it a reader knows what the rest is."""
    found: JsonObject = {}
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if name == "kind" or field.is_required() or value != field.get_default(call_default_factory=True):
            found[name] = _json(value)
    return found


def _json(value: object) -> object:
    if isinstance(value, BaseModel):
        return written_out(value)
    if isinstance(value, tuple | list):
        return [_json(part) for part in value]
    if isinstance(value, dict):
        return {str(name): _json(part) for name, part in value.items()}
    return to_jsonable_python(value)
