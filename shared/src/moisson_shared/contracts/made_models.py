"""Models made of values that were checked already. `model_construct` does the same, but spends most of its time on
looking for aliases and defaults that are not there, where a run makes several models per record."""

from collections.abc import Callable
from typing import Any, TypeVar

from pydantic import BaseModel

from moisson_shared.contracts.model import Contract

M = TypeVar("M", bound=Contract)

# The four slots of a model, set through their descriptors: `object.__setattr__` looks them up by name each time.
_set_values = BaseModel.__dict__["__dict__"].__set__
_set_names = BaseModel.__dict__["__pydantic_fields_set__"].__set__
_set_extra = BaseModel.__dict__["__pydantic_extra__"].__set__
_set_private = BaseModel.__dict__["__pydantic_private__"].__set__


def maker(model: type[M]) -> Callable[[dict[str, Any]], M]:
    """A function that makes such models of exactly these values: every field by its name, each of the field's own
    type."""
    new = model.__new__
    # All instances share this set: they are frozen, and a copy gets one of its own.
    names = set(model.model_fields)

    def made(values: dict[str, Any]) -> M:
        instance = new(model)
        _set_values(instance, values)
        _set_names(instance, names)
        _set_extra(instance, None)
        _set_private(instance, None)
        return instance

    return made
