"""Models made of values that were checked already. `model_construct` does the same, but spends most of its time on
looking for aliases and defaults that are not there; a run makes several models per record."""

from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel

from moisson_shared.contracts.model import Contract

M = TypeVar("M", bound=Contract)

# The four slots of a model, set through their descriptors: `object.__setattr__` looks them up by name each time.
_set_values = BaseModel.__dict__["__dict__"].__set__
_set_names = BaseModel.__dict__["__pydantic_fields_set__"].__set__
_set_extra = BaseModel.__dict__["__pydantic_extra__"].__set__
_set_private = BaseModel.__dict__["__pydantic_private__"].__set__


def made(model: type[M], values: dict[str, Any]) -> M:
    """A model with exactly these values: every field by its name, each of the field's own type."""
    instance = model.__new__(model)
    _set_values(instance, values)
    _set_names(instance, _names(model))
    _set_extra(instance, None)
    _set_private(instance, None)
    return instance


@cache
def _names(model: type[Contract]) -> set[str]:
    """All fields; the instances share it, for they are frozen, and a copy gets a set of its own."""
    return set(model.model_fields)
