"""Models made of values that were checked already. `model_construct` does the same, but spends most of its time on
looking for aliases and defaults that are not there; a run makes several models per record."""

from functools import cache
from typing import Any, TypeVar

from moisson_shared.contracts.model import Contract

M = TypeVar("M", bound=Contract)


def made(model: type[M], values: dict[str, Any]) -> M:
    """A model with exactly these values: every field by its name, each of the field's own type."""
    instance = model.__new__(model)
    object.__setattr__(instance, "__dict__", values)
    object.__setattr__(instance, "__pydantic_fields_set__", _names(model))
    object.__setattr__(instance, "__pydantic_extra__", None)
    object.__setattr__(instance, "__pydantic_private__", None)
    return instance


@cache
def _names(model: type[Contract]) -> set[str]:
    """All fields; the instances share it, for they are frozen, and a copy gets a set of its own."""
    return set(model.model_fields)
