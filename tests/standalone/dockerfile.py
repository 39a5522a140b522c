"""Reads as much of a Dockerfile as ours uses: stages, and instructions with their lines joined."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """One stage: what it starts from, and its instructions in order."""

    name: str
    parent: str
    instructions: tuple[tuple[str, str], ...]

    def all(self, instruction: str) -> list[str]:
        """The arguments of every instruction of a kind."""
        return [arguments for name, arguments in self.instructions if name == instruction]


def read_dockerfile(text: str) -> dict[str, Stage]:
    """The stages by name."""
    without_comments = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    lines = [line.strip() for line in re.sub(r"\\\n\s*", " ", without_comments).splitlines() if line.strip()]
    stages: dict[str, Stage] = {}
    name = parent = ""
    found: list[tuple[str, str]] = []
    for line in [*lines, "FROM end AS end"]:
        instruction, _, arguments = line.partition(" ")
        if instruction == "FROM":
            if name:
                stages[name] = Stage(name, parent, tuple(found))
            parent, _, name = arguments.partition(" AS ")
            found = []
        else:
            found.append((instruction, arguments.strip()))
    return stages


def variables(stage: Stage) -> dict[str, str]:
    """What its ENV instructions set."""
    return dict(pair.split("=", 1) for arguments in stage.all("ENV") for pair in arguments.split())
