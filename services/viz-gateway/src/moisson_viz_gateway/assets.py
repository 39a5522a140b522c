"""The built files: which name each has, and how they are sent.

Names carry a hash of the content, so a browser may keep a file for good. Only files that the build made are sent:
no part of a request is ever a path.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from moisson_shared.contracts.errors import NotFound, Unavailable

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}
FOR_GOOD = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Assets:
    """What the build left: `names` from our own names to those with a hash, `paths` from these to files."""

    names: Mapping[str, str]
    paths: Mapping[str, Path]

    def address(self, name: str) -> str:
        """Where a browser finds a file."""
        return f"/static/{self.names[name]}"

    def response(self, name: str, request: Request) -> Response:
        """The file, compressed where the browser takes it. `NotFound` for anything that was not built."""
        path = self.paths.get(name)
        if path is None:
            raise NotFound("There is no such file.")
        headers = {"Cache-Control": FOR_GOOD, "Vary": "Accept-Encoding"}
        compressed = self.paths.get(f"{name}.gz")
        if compressed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            path = compressed
        return FileResponse(path, headers=headers, media_type=_TYPES[Path(name).suffix])


def load_assets() -> Assets:
    """The files of the installed package. Raises `Unavailable`, with what to do, where they were not built."""
    folder = Path(str(files("moisson_viz_gateway") / "static" / "dist"))
    try:
        names = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise Unavailable(
            "The front end is not built: run `make setup`, or `python services/viz-gateway/build_front_end.py`."
        ) from error
    paths = {path.name: path for path in folder.iterdir() if path.suffix in {*_TYPES, ".gz"}}
    return Assets(names=names, paths=paths)
