"""The one table from domain errors to problem details (RFC 9457), and the answers made from it.

Services raise domain errors; nothing else in the suite writes an error body. Subclasses that a service adds answer as
their nearest ancestor in the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import orjson
from starlette.responses import Response

from moisson_shared.contracts import errors
from moisson_shared.contracts.errors import Fault, MoissonError, error_name

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of problem: its HTTP status, and its title in both languages of the interface."""

    status: int
    french: str
    english: str


PROBLEMS: Mapping[type[MoissonError], Problem] = {
    errors.Invalid: Problem(422, "Document refusé", "Document refused"),
    errors.VersionRequired: Problem(428, "Version à préciser", "Version required"),
    errors.Unauthenticated: Problem(401, "Identification nécessaire", "Authentication required"),
    errors.Forbidden: Problem(403, "Droit insuffisant", "Not allowed"),
    errors.NotFound: Problem(404, "Introuvable", "Not found"),
    errors.Conflict: Problem(409, "Conflit", "Conflict"),
    errors.AlreadyExists: Problem(409, "Existe déjà", "Already exists"),
    errors.VersionConflict: Problem(412, "Modifié entre-temps", "Changed meanwhile"),
    errors.NotNow: Problem(409, "Impossible pour le moment", "Not possible now"),
    errors.Gone: Problem(410, "N'existe plus", "Gone"),
    errors.CursorExpired: Problem(410, "Curseur périmé", "Cursor expired"),
    errors.EpochChanged: Problem(410, "Flux recommencé", "Feed started over"),
    errors.TooLarge: Problem(413, "Trop volumineux", "Too large"),
    errors.TooManyRequests: Problem(429, "Trop de requêtes", "Too many requests"),
    errors.Unavailable: Problem(503, "Momentanément indisponible", "Unavailable for now"),
}

PROTOCOL_PROBLEMS: Mapping[str, Problem] = {
    "bad-request": Problem(400, "Requête incompréhensible", "Bad request"),
    "method-not-allowed": Problem(405, "Méthode non admise", "Method not allowed"),
    "not-acceptable": Problem(406, "Format non proposé", "Not acceptable"),
    "unsupported-media-type": Problem(415, "Format non admis", "Unsupported media type"),
    "internal-error": Problem(500, "Erreur interne", "Internal error"),
}
"""Those that only HTTP knows: no domain error leads to them."""

KINDS: Mapping[str, Problem] = {
    **{error_name(kind): problem for kind, problem in PROBLEMS.items()},
    **PROTOCOL_PROBLEMS,
}
"""Every kind by its name, as it stands in `type`."""


def problem_of(error: MoissonError) -> tuple[str, Problem]:
    """The name and the problem of an error: its own, or that of its nearest ancestor in the table."""
    for kind in type(error).__mro__:
        if kind in PROBLEMS:
            return error_name(kind), PROBLEMS[kind]
    return "internal-error", PROTOCOL_PROBLEMS["internal-error"]


def name_of_status(status: int) -> str:
    """The kind that stands for a bare HTTP status."""
    for name in (*PROTOCOL_PROBLEMS, *map(error_name, _FIRST_CHOICES)):
        if KINDS[name].status == status:
            return name
    return "bad-request" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "internal-error"


_FIRST_CHOICES = (
    errors.Unauthenticated,
    errors.Forbidden,
    errors.NotFound,
    errors.Conflict,
    errors.Gone,
    errors.VersionConflict,
    errors.TooLarge,
    errors.Invalid,
    errors.VersionRequired,
    errors.TooManyRequests,
    errors.Unavailable,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What an answer must know of the request: its id, and the language its sender reads."""

    request_id: str
    accept_language: str = ""

    @property
    def french(self) -> bool:
        """Whether French comes before English in what the sender accepts (RFC 9110, 12.5.4; weights are not read)."""
        for part in self.accept_language.lower().split(","):
            language = part.strip()[:2]
            if language in {"fr", "en"}:
                return language == "fr"
        return False


def problem_response(name: str, detail: str, asked: Asked, faults: tuple[Fault, ...] = (), status: int = 0) -> Response:
    """A problem+json answer of a named kind; `status` only where HTTP gave another one of the same kind."""
    problem = KINDS[name]
    body: dict[str, object] = {
        "type": f"/problems/{name}",
        "title": problem.french if asked.french else problem.english,
        "status": status or problem.status,
        "detail": detail,
        "instance": asked.request_id,
    }
    if faults:
        body["faults"] = [{"pointer": fault.pointer, "message": fault.message} for fault in faults]
    return Response(orjson.dumps(body), status or problem.status, {"Cache-Control": "no-store"}, MEDIA_TYPE)


def error_response(error: MoissonError, asked: Asked) -> Response:
    """The answer to a domain error, with the headers that HTTP wants beside it."""
    name, _ = problem_of(error)
    faults = error.faults if isinstance(error, errors.Invalid) else ()
    response = problem_response(name, str(error), asked, faults)
    if isinstance(error, errors.Unavailable | errors.TooManyRequests):
        response.headers["Retry-After"] = str(max(1, error.retry_after))
    if isinstance(error, errors.Unauthenticated):
        response.headers["WWW-Authenticate"] = 'Bearer realm="moisson"'  # RFC 6750, 3
    return response
