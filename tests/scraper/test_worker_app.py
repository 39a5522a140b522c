"""A process that only crawls: small, and it answers for its health."""

import subprocess
import sys


def test_a_worker_reads_no_code_that_only_calls_need() -> None:
    """A crawling process takes a quarter less memory without it."""
    code = "import sys, moisson_scraper.__main__; print(*sys.modules)"
    read = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "moisson_scraper.worker_app" in read
    assert not {"fastapi", "cryptography", "jwt", "moisson_scraper.app", "moisson_scraper.routers"} & set(read)
