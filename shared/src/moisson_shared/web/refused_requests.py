"""How a request that FastAPI finds malformed becomes a problem, with the place of each fault."""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import Response

from moisson_shared.contracts.errors import Fault
from moisson_shared.contracts.faults import json_pointer, limited, message_of, place_in, without_echoes
from moisson_shared.web.error_handlers import asked_of
from moisson_shared.web.problems import problem_response


def _request_faults(details: Iterable[Mapping[str, Any]], body: object) -> tuple[Fault, ...]:
    """Faults in the body point into it; others start with `/query`, `/path`, `/header`, `/cookie`."""
    return limited(_request_fault(detail, body) for detail in without_echoes(details))


def _request_fault(detail: Mapping[str, Any], body: object) -> Fault:
    part, *rest = detail["loc"]
    if part != "body":
        return Fault(json_pointer(detail["loc"]), message_of(detail))
    if detail["type"] == "json_invalid":
        reason = detail.get("ctx", {}).get("error", "")
        return Fault("", f"this is not JSON: {reason} at character {rest[0] if rest else 0}")
    return Fault(json_pointer(place_in(body, {**detail, "loc": rest})), message_of(detail))


async def _refused_request(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    faults = _request_faults(error.errors(), error.body)
    detail = "The request does not have the form that is asked for; see the faults."
    return problem_response("invalid", detail, asked_of(request), faults)


def answer_refused_requests(app: FastAPI) -> None:
    """Makes the app answer malformed requests as problems."""
    app.add_exception_handler(RequestValidationError, _refused_request)
