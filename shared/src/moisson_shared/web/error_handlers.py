"""How what is raised inside a request becomes a problem: domain errors, and FastAPI's and Starlette's own."""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from moisson_shared.contracts.errors import Fault, MoissonError
from moisson_shared.contracts.faults import json_pointer, limited, message_of, place_in
from moisson_shared.contracts.request_id import current_request_id
from moisson_shared.web.problems import Asked, error_response, name_of_status, problem_response

_SENTENCES = {
    404: "There is nothing at this address.",
    405: "This address does not answer this method.",
    413: "The body is larger than this service accepts.",
}


def asked_of(request: Request) -> Asked:
    """What an error answer must know of the request."""
    return Asked(current_request_id() or "", request.headers.get("accept-language", ""))


def request_faults(details: Iterable[Mapping[str, Any]], body: object) -> tuple[Fault, ...]:
    """Faults in the body point into it; others start with `/query`, `/path`, `/header`, `/cookie`."""
    return limited(_request_fault(detail, body) for detail in details)


def _request_fault(detail: Mapping[str, Any], body: object) -> Fault:
    part, *rest = detail["loc"]
    if part != "body":
        return Fault(json_pointer(detail["loc"]), message_of(detail))
    if detail["type"] == "json_invalid":
        reason = detail.get("ctx", {}).get("error", "")
        return Fault("", f"this is not JSON: {reason} at character {rest[0] if rest else 0}")
    return Fault(json_pointer(place_in(body, {**detail, "loc": rest})), message_of(detail))


async def _domain_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, MoissonError):
        raise error
    return error_response(error, asked_of(request))


async def _refused_request(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    faults = request_faults(error.errors(), error.body)
    detail = "The request does not have the form that is asked for; see the faults."
    return problem_response("invalid", detail, asked_of(request), faults)


async def _http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    detail = _SENTENCES.get(error.status_code, str(error.detail))
    status = error.status_code
    response = problem_response(name_of_status(status), detail, asked_of(request), status=status)
    response.headers.update(error.headers or {})
    return response


def answer_errors(app: FastAPI) -> None:
    """Makes the app answer every error as a problem."""
    app.add_exception_handler(MoissonError, _domain_error)
    app.add_exception_handler(RequestValidationError, _refused_request)
    app.add_exception_handler(HTTPException, _http_error)
