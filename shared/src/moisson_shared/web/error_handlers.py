"""How what is raised inside a request becomes a problem: domain errors, and Starlette's own."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from moisson_shared.contracts.errors import MoissonError
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


async def _domain_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, MoissonError):
        raise error
    return error_response(error, asked_of(request))


async def _http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    detail = _SENTENCES.get(error.status_code, str(error.detail))
    status = error.status_code
    response = problem_response(name_of_status(status), detail, asked_of(request), status=status)
    response.headers.update(error.headers or {})
    return response


def answer_errors(app: Starlette) -> None:
    """Makes the app answer these errors as problems."""
    app.add_exception_handler(MoissonError, _domain_error)
    app.add_exception_handler(HTTPException, _http_error)
