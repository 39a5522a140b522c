"""The commands that people are told to use: they exist, and something runs each of them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
TARGETS = [
    *("setup", "demo", "test", "test-realdata", "test-servers", "test-browser"),
    *("servers", "servers-stop", "check", "bench", "build", "clean"),
]
INLINE = re.compile(r"`(make [^`]+|\.venv/bin/[^`]+)`")
RUN_BY = {"tests/docs/test_readme_scripts.py": r"^(\.venv/bin/|export |secret\(\)|wait$)"}
"""Which test runs lines of the README that look so; it takes them from the README itself."""


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def scripts(page: str) -> list[str]:
    """The blocks of a page that are for a shell."""
    return re.findall(r"^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def commands(name: str) -> list[str]:
    """Every command that a page names, in blocks and in running text."""
    page = text(name)
    fenced = [line for block in scripts(page) for line in block.splitlines()]
    lines = [line.partition(" #")[0].strip() for line in (*fenced, *INLINE.findall(page))]
    return [line for line in lines if line]


def targets_called(script: str) -> set[str]:
    """The targets that a text calls; `make servers test-servers` calls two."""
    calls = re.findall(r"\bmake ([^\n'`]+)", script)
    return {word for call in calls for word in call.split() if re.fullmatch(r"[a-z][a-z-]*", word)}


def test_make_help_lists_the_targets_and_nothing_else() -> None:
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.findall(r"^  make (\S+)", said, re.MULTILINE) == TARGETS


def test_no_target_is_taken_for_a_file() -> None:
    assert set(TARGETS) <= set(re.findall(r"^\.PHONY: (\S+)$", text("Makefile"), re.MULTILINE))


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/bring-a-site-in.md"])
def test_every_make_target_of_the_docs_exists(page: str) -> None:
    named = targets_called("\n".join(commands(page)))
    assert named
    assert named <= {*TARGETS, "help"}


def test_ci_runs_every_make_command_of_the_readme() -> None:
    named = targets_called("\n".join(commands("README.md")))
    # `make setup` is a part of every other target; `make help` is run above.
    assert named - {"setup", "help"} <= targets_called(text(".ci/run"))
    assert "make demo ONCE=1" in text(".ci/run")


def test_the_other_commands_of_the_readme_are_run_by_a_test() -> None:
    others = [line for line in commands("README.md") if not line.startswith("make ")]
    assert others
    for line in others:
        runners = [test for test, looks in RUN_BY.items() if re.search(looks, line)]
        assert runners, f"nothing runs {line!r}: let a test do so, and name it here"
        assert all((ROOT / test).is_file() for test in runners)


def test_pre_commit_runs_what_make_check_runs() -> None:
    validated = subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-config"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert validated.returncode == 0, validated.stdout + validated.stderr
    hooks = yaml.safe_load(text(".pre-commit-config.yaml"))["repos"][0]["hooks"]
    rule = re.search(r"^check: .*\n((?:\t.*\n)+)", text("Makefile"), re.MULTILINE)
    assert rule
    lines = [line.strip().replace("$(BIN)", ".venv/bin").removesuffix(" .") for line in rule.group(1).splitlines()]
    assert [hook["entry"] for hook in hooks] == lines


def test_ci_is_a_script_that_a_shell_accepts() -> None:
    assert (ROOT / ".ci/run").stat().st_mode & 0o111
    subprocess.run(["bash", "-n", ".ci/run"], cwd=ROOT, check=True)
