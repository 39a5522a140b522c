"""What a neighbour's answer means to us: its problem (RFC 9457) as the domain error that it was over there."""

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from moisson_shared.contracts import errors
from moisson_shared.contracts.errors import Fault, MoissonError, error_name


def is_fine(response: httpx.Response) -> bool:
    """Whether there is nothing to raise: 2xx and 304."""
    return response.is_success or response.status_code == httpx.codes.NOT_MODIFIED


class _ProblemFault(BaseModel):
    model_config = ConfigDict(extra="ignore")

    pointer: str
    message: str


class _ProblemBody(BaseModel):
    model_config = ConfigDict(extra="ignore")

    type: str = "about:blank"
    title: str = ""
    detail: str = ""
    faults: tuple[_ProblemFault, ...] = ()


_BY_STATUS: dict[int, type[MoissonError]] = {
    400: errors.Invalid,
    401: errors.Unauthenticated,
    403: errors.Forbidden,
    404: errors.NotFound,
    409: errors.Conflict,
    410: errors.Gone,
    412: errors.VersionConflict,
    413: errors.TooLarge,
    422: errors.Invalid,
    428: errors.VersionRequired,
    429: errors.TooManyRequests,
}


def refuse_errors(neighbour: str, response: httpx.Response) -> None:
    """Raises what a neighbour's answer means: its own problem as the error it was there, else by its status.

    A redirect or a failure of the neighbour itself is `Unavailable`: the caller can do nothing about it.
    """
    if is_fine(response):
        return
    problem = _problem(response)
    kind = _kind(problem.type, response.status_code)
    detail = problem.detail or problem.title or f"The {neighbour} answered {response.status_code}."
    if kind is errors.Unavailable:
        raise errors.Unavailable(f"The {neighbour} is not available: {detail}", _retry_after(response, 5))
    if kind is errors.TooManyRequests:
        raise errors.TooManyRequests(detail, _retry_after(response, 1))
    if kind is errors.Invalid:
        raise errors.Invalid(detail, tuple(Fault(fault.pointer, fault.message) for fault in problem.faults))
    raise kind(detail)


def _problem(response: httpx.Response) -> _ProblemBody:
    if response.headers.get("content-type", "").partition(";")[0].strip() == "application/problem+json":
        try:
            return _ProblemBody.model_validate_json(response.content)
        except ValidationError:
            return _ProblemBody()
    return _ProblemBody()


def _kind(type_: str, status: int) -> type[MoissonError]:
    name = type_.removeprefix("/problems/")
    named = next((kind for kind in _every_kind(MoissonError) if error_name(kind) == name), None)
    return named or _BY_STATUS.get(status, errors.Unavailable)


def _every_kind(kind: type[MoissonError]) -> list[type[MoissonError]]:
    return [
        found
        for child in kind.__subclasses__()
        if child.__module__ == errors.__name__
        for found in (child, *_every_kind(child))
    ]


def _retry_after(response: httpx.Response, default: int) -> int:
    text = response.headers.get("retry-after", "")
    return min(int(text), 3600) if text.isdigit() else default
