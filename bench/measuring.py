"""How a figure is made: a fresh process per measurement, CPU and memory as the kernel counted them."""

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

QUICK = "MOISSON_BENCH_QUICK"
"""Set in the environment of a run that only shows that everything runs: a twentieth of the work, once."""


def sized(units: int) -> int:
    """How much of the work is done in this run."""
    return max(20, units // 20) if QUICK in os.environ else units


@dataclass(frozen=True, slots=True)
class Figure:
    """What one process did: units of work, CPU seconds of the work itself, seconds on the clock, peak MiB."""

    units: int
    cpu_seconds: float
    seconds: float
    peak_mib: float

    @property
    def per_cpu_second(self) -> float:
        return self.units / self.cpu_seconds


@dataclass(frozen=True, slots=True)
class Ratio:
    """Ours against a peer's: above 1 is better than the peer. `target` is what later work must hold."""

    name: str
    peer: str
    unit: str
    ours: float
    peers: float
    ratio: float
    target: str


class Stopwatch:
    """Measures the work between `start` and `report`, so that imports and set-up do not count."""

    def __init__(self) -> None:
        self._cpu = time.process_time()
        self._clock = time.perf_counter()

    def report(self, units: int) -> None:
        """Prints the figure as a line of its own, for `measure` to read."""
        cpu = time.process_time() - self._cpu
        _print(Figure(units, cpu, time.perf_counter() - self._clock, peak_mib()))


class StopwatchOf:
    """The same of another process, by its number; the seconds on the clock are told by the work itself."""

    def __init__(self, process: int) -> None:
        self._process = process
        self._cpu = cpu_seconds_of(process)

    def report(self, units: int, seconds: float) -> None:
        cpu = cpu_seconds_of(self._process) - self._cpu
        _print(Figure(units, cpu, seconds, peak_mib(str(self._process))))


def _print(figure: Figure) -> None:
    print(json.dumps(asdict(figure)), flush=True)


def cpu_seconds_of(process: int) -> float:
    """What all threads of a process have taken so far, to a hundredth of a second (Linux)."""
    after_name = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
    user, system = int(after_name[11]), int(after_name[12])
    return (user + system) / os.sysconf("SC_CLK_TCK")


def peak_mib(process: str = "self") -> float:
    """The process's largest resident set so far, from /proc where there is one (Linux)."""
    for line in Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the kernel does not say how much memory this process took")


def measure(module: str, *arguments: str, rounds: int = 3) -> Figure:
    """Runs `python -m module arguments` several times and gives the figure with the median CPU time.

    `{round}` in an argument is the round's number: each has files of its own.
    """
    return measure_all(module, *arguments, rounds=rounds)[-1]


def measure_by_turns(*sides: tuple[str, ...], rounds: int = 3) -> list[Figure]:
    """The same of several modules with their arguments, each round one after the other: what else the machine does, and
    how fast it is just then, is much the same for all."""
    done = [[_once(*_of_round(side, number)) for side in sides] for number in range(_rounds(rounds))]
    return [_middle([figures[side] for figures in done])[-1] for side in range(len(sides))]


def measure_all(module: str, *arguments: str, rounds: int = 3) -> list[Figure]:
    """The same of a module that does several things, one after the other, and reports each: the figures of the round
    whose last one has the median CPU time."""
    return _middle([_once(*_of_round((module, *arguments), number)) for number in range(_rounds(rounds))])


def _rounds(wanted: int) -> int:
    return 1 if QUICK in os.environ else wanted


def _of_round(side: tuple[str, ...], number: int) -> tuple[str, ...]:
    return tuple(text.replace("{round}", str(number)) for text in side)


def _middle(done: list[list[Figure]]) -> list[Figure]:
    middle = statistics.median_low(figures[-1].cpu_seconds for figures in done)
    return next(figures for figures in done if figures[-1].cpu_seconds == middle)


def _once(module: str, *arguments: str) -> list[Figure]:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        capture_output=True,
        text=True,
        timeout=7200,
        check=False,
        env=os.environ | {"PYTHONHASHSEED": "0"},
    )
    if done.returncode != 0:
        raise RuntimeError(f"{module} {' '.join(arguments)} failed:\n{done.stderr[-3000:]}")
    # Figures are the lines of their form: what a service logs may stand between them.
    return [Figure(**json.loads(line)) for line in done.stdout.splitlines() if line.startswith('{"units"')]
