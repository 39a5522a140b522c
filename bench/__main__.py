"""`python -m bench [NAME …]`: measures, prints the ratios side by side, writes them to bench-results/ as JSON.

Ratios above 1 say that Moisson does more per CPU second than its peer; for memory, that it takes less.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measuring import QUICK, Figure, Ratio, measure, measure_all, measure_by_turns, sized

DETAILS = 5_000
OURS = "bench.crawl.with_moisson"
RESULTS = Path("bench-results")


def crawl(folder: Path) -> Iterator[Ratio]:
    """The scraper against Scrapy on one local site."""
    with _site() as address:
        for concurrency in (16, 64):
            ours, peer = measure_by_turns(
                *(
                    (module, address, str(concurrency), str(folder / f"{who}-{concurrency}-{{round}}.db"))
                    for who, module in (("ours", OURS), ("peer", "bench.crawl.with_scrapy"))
                )
            )
            name = f"crawl, {concurrency} at once"
            yield _speed(name, f"Scrapy {version('scrapy')}", "pages per CPU second", ours, peer, ">= 3")
            yield Ratio(
                name, "Scrapy", "MiB at most", ours.peak_mib, peer.peak_mib, peer.peak_mib / ours.peak_mib, ">= 2"
            )


def again(folder: Path) -> Iterator[Ratio]:
    """A second run over the unchanged site against the first one, by the way in which it may know that."""
    with _site() as address:
        for how in ("asked", "spared", "lastmod"):
            database = str(folder / f"{how}-{{round}}.db")
            yield _second_run(f"second run, {how}", *measure_all(OURS, address, "16", database, how))
    with _site(100, crawl_delay=0.05) as address:
        database = str(folder / "delay-{round}.db")
        first, second = measure_all(OURS, address, "16", database, "spared", rounds=1)
        yield _second_run("second run, crawl-delay", first, second)


def _second_run(name: str, first: Figure, second: Figure) -> Ratio:
    ours, peers = second.units / second.seconds, first.units / first.seconds
    return Ratio(name, "its first run", "pages known per second", ours, peers, ours / peers, ">= 5")


def memory(folder: Path) -> Iterator[Ratio]:
    """The peak of a crawl of 100,000 pages against that of one of 1,000, and of Scrapy's of as many."""
    few, many = (_once_over(folder, details, OURS) for details in (1_000, 100_000))
    peer = _once_over(folder, 100_000, "bench.crawl.with_scrapy")
    for name, peers, target in (("1,000 pages", few, "flat: 1"), ("Scrapy", peer, ">= 2")):
        ratio = peers.peak_mib / many.peak_mib
        yield Ratio("memory, 100,000 pages", name, "MiB at most", many.peak_mib, peers.peak_mib, ratio, target)


def _once_over(folder: Path, details: int, module: str) -> Figure:
    with _site(details) as address:
        return measure(module, address, "64", str(folder / f"{module}-{details}.db"), rounds=1)


def large(folder: Path) -> Iterator[Ratio]:
    """The peak of a crawl of 500,000 details against that of Scrapy's of as many."""
    ours, peer = (_once_over(folder, 500_000, module) for module in (OURS, "bench.crawl.with_scrapy"))
    ratio = peer.peak_mib / ours.peak_mib
    yield Ratio("memory, 525,000 pages", "Scrapy", "MiB at most", ours.peak_mib, peer.peak_mib, ratio, ">= 2")


def records(folder: Path) -> Iterator[Ratio]:
    """Raw records with hash and history against a bare sqlite3 upsert, and against one with hash and history too."""
    ours, bare, keeping = measure_by_turns(
        *(("bench.records", who, str(folder / f"{who}-{{round}}.sqlite")) for who in ("ours", "bare", "keeping")),
        rounds=5,
    )
    yield _speed("raw records", "bare sqlite3", "records per CPU second", ours, bare, ">= 0.8")
    yield _speed("raw records", "sqlite3, keeping", "records per CPU second", ours, keeping, ">= 0.8")


def normalise(_: Path) -> Iterator[Ratio]:
    """Recipes against petl."""
    ours, peer = measure_by_turns(("bench.normalise.with_recipe",), ("bench.normalise.with_petl",))
    yield _speed("normalise", f"petl {version('petl')}", "rows per CPU second", ours, peer, ">= 4")


def store(folder: Path) -> Iterator[Ratio]:
    """The document store against bare sqlite3."""
    sides = (("bench.store", who, str(folder / f"{who}-{{round}}.sqlite")) for who in ("ours", "bare"))
    figures = measure_by_turns(*sides)
    yield _speed("store", "bare sqlite3", "documents per CPU second", figures[0], figures[1], ">= 0.8")
    ours, peer = (figure.units / figure.seconds for figure in figures)
    yield Ratio("store", "bare sqlite3", "documents per second", ours, peer, ours / peer, ">= 0.8")


def search(folder: Path) -> Iterator[Ratio]:
    """The search adapter against bare tantivy, and the API's route against a bare Starlette route."""
    subprocess.run([sys.executable, "-m", "bench.search.corpus", str(folder)], check=True)
    ours, peer = measure_by_turns(*(("bench.search.engine", who, str(folder)) for who in ("ours", "bare")))
    yield _speed("search adapter", "bare tantivy", "queries per CPU second", ours, peer, ">= 0.77")
    ours, peer = measure_by_turns(*(("bench.search.route", who, str(folder)) for who in ("ours", "bare")))
    yield _speed("search route", "bare Starlette", "requests per CPU second", ours, peer, ">= 0.6")


BENCHES: dict[str, Callable[[Path], Iterator[Ratio]]] = {
    "crawl": crawl,
    "again": again,
    "memory": memory,
    "records": records,
    "normalise": normalise,
    "store": store,
    "search": search,
}
LONG: dict[str, Callable[[Path], Iterator[Ratio]]] = {"large": large}
"""Take half an hour, and run only when they are named."""


def _speed(name: str, peer: str, unit: str, ours: Figure, peers: Figure, target: str) -> Ratio:
    ratio = ours.per_cpu_second / peers.per_cpu_second
    return Ratio(name, peer, unit, ours.per_cpu_second, peers.per_cpu_second, ratio, target)


@contextmanager
def _site(details: int = DETAILS, crawl_delay: float = 0) -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, "-m", "bench.crawl.site", str(sized(details)), str(crawl_delay)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as site:
        if site.stdout is None or site.stdin is None:
            raise RuntimeError("the sample site has no pipes")
        yield f"http://127.0.0.1:{site.stdout.readline().strip()}"
        site.stdin.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Ratios against named peers.")
    parser.add_argument("names", nargs="*", choices=[*BENCHES, *LONG, []], help="which ones; all but large by default")
    parser.add_argument("--quick", action="store_true", help="show that it runs; the figures mean nothing")
    asked = parser.parse_args()
    if asked.quick:
        os.environ[QUICK] = "1"
    names = asked.names or list(BENCHES)
    ratios: list[Ratio] = []
    print(f"{'':26} {'peer':16} {'ours':>12} {'peer':>12} {'ratio':>7}   target later")
    for name in names:
        with TemporaryDirectory() as folder:
            for ratio in (BENCHES | LONG)[name](Path(folder)):
                ratios.append(ratio)
                print(
                    f"{ratio.name:26} {ratio.peer:16} {ratio.ours:12,.0f} {ratio.peers:12,.0f} {ratio.ratio:7.2f}"
                    f"   {ratio.target:8} {ratio.unit}",
                    flush=True,
                )
    RESULTS.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    report = RESULTS / f"{now:%Y%m%dT%H%M%SZ}.json"
    document = {
        "at": now.isoformat(),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "ratios": [asdict(ratio) for ratio in ratios],
    }
    report.write_text(json.dumps(document, indent=2), encoding="utf-8")
    print(f"\nwritten to {report}")


if __name__ == "__main__":
    main()
