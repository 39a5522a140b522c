"""`python -m bench.as_installed MODULE …`: runs a module of ours without what stands here for peers and tools alone.

structlog takes Twisted and httpx takes rich where they find them; an installation of Moisson has neither: 9 MiB.
"""

import runpy
import sys


def main() -> None:
    sys.modules |= {"twisted": None, "rich": None}  # type: ignore[dict-item]  # Python's own way to say: not there
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
