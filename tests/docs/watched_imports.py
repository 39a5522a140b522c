"""Imports every module of the packages it is given, and prints what they did meanwhile that is more than defining.

Runs in a process of its own (`python -B -m tests.docs.watched_imports moisson_shared …`): the watching cannot be
undone, and modules are imported once. Only what a module of these packages does itself is its doing: other libraries
may open sockets when they are first imported.
"""

import importlib
import os
import pkgutil
import sys
import threading
from types import FrameType

ACTS = {
    *("socket.__new__", "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname"),
    *("subprocess.Popen", "os.mkdir", "os.remove", "os.rename", "os.system", "sqlite3.connect", "tempfile.mkstemp"),
}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
PREFIX = "MOISSON_"


def main(packages: list[str]) -> list[str]:
    """What happened, one sentence each; and how many modules were imported last."""
    seen: list[str] = []

    def culprit() -> str | None:
        """The module of ours that is being imported and did this itself."""
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            if frame.f_code.co_name == "<module>":
                name = str(frame.f_globals.get("__name__", ""))
                return name if name.partition(".")[0] in packages else None
            frame = frame.f_back
        return None

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        writes = event == "open" and isinstance(arguments[2], int) and bool(arguments[2] & WRITING)
        if (writes or event in ACTS) and (name := culprit()) is not None:
            seen.append(f"{name}: {event} {arguments[:1]}")

    environment = os.environ
    read = type(environment).__getitem__

    def read_watched(self: "os._Environ[str]", key: str) -> str:
        if key.startswith(PREFIX) and (name := culprit()) is not None:
            seen.append(f"{name}: reads the environment {key}")
        return read(self, key)

    start = threading.Thread.start

    def start_watched(self: threading.Thread) -> None:
        if (name := culprit()) is not None:
            seen.append(f"{name}: starts the thread {self.name}")
        start(self)

    type(environment).__getitem__ = read_watched  # type: ignore[method-assign]
    # Neither is an event that Python tells its hooks.
    threading.Thread.start = start_watched  # type: ignore[method-assign]
    sys.addaudithook(watch)
    count = 0
    for package in packages:
        importlib.import_module(package)
        count += 1
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            importlib.import_module(module.name)
            count += 1
    return [*seen, f"{count} modules"]


if __name__ == "__main__":
    sys.stdout.write("\n".join(main(sys.argv[1:])) + "\n")
