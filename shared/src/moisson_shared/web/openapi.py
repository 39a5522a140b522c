"""What the OpenAPI document says beyond FastAPI: problems as the shape of every error, and the bearer token."""

from typing import Any

from moisson_shared.contracts.model import JsonObject
from moisson_shared.web.problems import KINDS, MEDIA_TYPE

_PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "RFC 9457. `instance` is the request id.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "enum": [f"/problems/{name}" for name in sorted(KINDS)]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "faults": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "message"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer (RFC 6901)"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}
_PROBLEM_ANSWER = {
    "description": "A problem",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options"})


def with_problems(document: JsonObject, *, bearer: bool) -> JsonObject:
    """The document, with a problem as the answer to whatever goes wrong, and the token as an optional key.

    Whether a call needs the token depends on what it is asked for, so the key is optional everywhere; 401 tells.
    """
    components = document.get("components", {})
    schemas = {
        k: v for k, v in components.get("schemas", {}).items() if k not in {"HTTPValidationError", "ValidationError"}
    }
    described = {**components, "schemas": {**schemas, "Problem": _PROBLEM_SCHEMA}}
    result = {**document, "components": described}
    if bearer:
        scheme = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        described["securitySchemes"] = {**components.get("securitySchemes", {}), "bearer": scheme}
        result["security"] = [{}, {"bearer": []}]
    result["paths"] = {
        path: {key: _operation(value) if key in _METHODS else value for key, value in item.items()}
        for path, item in document.get("paths", {}).items()
    }
    return result


def _operation(operation: JsonObject) -> JsonObject:
    answers = {status: answer for status, answer in operation.get("responses", {}).items() if not _is_fastapis(answer)}
    return {**operation, "responses": {**answers, "default": _PROBLEM_ANSWER}}


def _is_fastapis(answer: JsonObject) -> bool:
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    return bool(schema == {"$ref": "#/components/schemas/HTTPValidationError"})
