"""`python -m bench.as_installed MODULE …`: runs a module of ours without what stands here for peers and tools alone.

structlog takes Twisted and greenlet where it finds them, httpx rich and pygments: an installation of Moisson has
none of them, and 10 MiB less.
"""

import os
import runpy
import sys
from collections.abc import Mapping
from importlib.metadata import packages_distributions, requires

ABSENT = "MOISSON_BENCH_ABSENT"


def installed_with(distribution: str) -> Mapping[str, str]:
    """What to set in the environment of a process that is to find only what comes with this distribution."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    needed: set[str] = set()
    waiting = [distribution]
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name in needed:
            continue
        needed.add(name)
        for line in requires(name) or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(requirement.name)
    absent = (
        module
        for module, distributions in packages_distributions().items()
        if needed.isdisjoint(canonicalize_name(distribution) for distribution in distributions)
    )
    return {ABSENT: ",".join(sorted(absent))}


def main() -> None:
    for module in os.environ.get(ABSENT, "").split(","):
        sys.modules[module] = None  # type: ignore[assignment]  # Python's own way to say: not there
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
