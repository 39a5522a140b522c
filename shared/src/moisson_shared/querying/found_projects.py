"""From stored bodies to answers: each project is cut to what the caller may see before anything is made of it."""

from moisson_shared.contracts.project import Project
from moisson_shared.contracts.schema import Schema
from moisson_shared.contracts.search import BoundingBox, Hit, MapPage, MapPoint
from moisson_shared.querying.free_text import FreeText
from moisson_shared.querying.highlight import highlights
from moisson_shared.querying.visibility import Sight


def stored_project(body: bytes) -> Project:
    """The project that an index stored, whole."""
    return Project.model_validate_json(body)


def visible_stored(body: bytes, sight: Sight) -> Project:
    """A stored project that was found, cut to what its finder may see."""
    project = stored_project(body)
    shown = sight.of(project)
    if shown is None:
        raise RuntimeError(f"project {project.id!r} was found below its level: the index and its bodies disagree")
    return shown


def page_hit(shown: Project, schema: Schema, score: float | None, text: FreeText | None) -> Hit:
    """A hit of a page, with highlights where a text is given."""
    return Hit(project=shown, score=score, highlights=highlights(shown, schema, text) if text else {})


class MapPoints:
    """Gathers the places of found projects, in the order they come. With a box only those inside count."""

    def __init__(self, schema: Schema, box: BoundingBox | None, limit: int) -> None:
        self._schema = schema
        self._box = box
        self._limit = limit
        self._projects = 0
        self._places = 0
        self._points: list[MapPoint] = []

    def add(self, shown: Project) -> None:
        """The places of one project, as the caller may see it."""
        points = [
            place.point
            for place in shown.places
            if place.point is not None and (self._box is None or self._box.contains(place.point))
        ]
        if not points:
            return
        self._projects += 1
        self._places += len(points)
        title = str(shown.fields.get(self._schema.title, ""))
        room = max(0, self._limit - len(self._points))
        self._points += [MapPoint(project_id=shown.id, title=title, point=point) for point in points[:room]]

    def page(self) -> MapPage:
        """What was gathered: `projects` are those with a place on the map, `places` count the truncated ones too."""
        return MapPage(
            projects=self._projects,
            places=self._places,
            points=tuple(self._points),
            truncated=self._places - len(self._points),
        )
