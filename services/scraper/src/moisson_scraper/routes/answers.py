"""How documents are answered: as JSON that pydantic wrote, with their version as ETag."""

from pydantic import BaseModel
from starlette.responses import Response

from moisson_shared.web.conditional import etag

JSON = "application/json"


def document(value: BaseModel, version: int | None = None, status: int = 200, location: str | None = None) -> Response:
    """One document."""
    headers = {}
    if version is not None:
        headers["ETag"] = etag(version)
    if location is not None:
        headers["Location"] = location
    return Response(value.model_dump_json(), status, headers, JSON)


def nothing() -> Response:
    """204."""
    return Response(status_code=204)
