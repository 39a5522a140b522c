"""What is wrong at one place of a document, and is only seen by who looks at the whole of it."""


class Misplaced(ValueError):
    """Raised by the validator of a whole model; `place` leads from that model to what is wrong, as a location does."""

    def __init__(self, message: str, *place: int | str) -> None:
        super().__init__(message)
        self.place = place
