"""What people install: each wheel is complete, typed, licensed, and knows where its parts are."""

import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DISTRIBUTIONS = (
    "shared",
    "services/scraper",
    "services/normalizer",
    "services/api",
    "services/viz-gateway",
    "deploy/standalone",
)


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, zipfile.ZipFile]:
    """The wheels of all distributions by their package, built from this tree without a network."""
    folder = tmp_path_factory.mktemp("wheels")
    for distribution in DISTRIBUTIONS:
        command = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(folder), distribution]
        built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert built.returncode == 0, built.stdout + built.stderr
    opened = [zipfile.ZipFile(file) for file in folder.glob("*.whl")]
    return {
        next(name.split("/")[0] for name in wheel.namelist() if name.endswith("py.typed")): wheel for wheel in opened
    }


def metadata(wheel: zipfile.ZipFile) -> dict[str, str]:
    file = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return dict(Parser().parsestr(wheel.read(file).decode()).items())


def test_each_wheel_is_typed_and_licensed(wheels: dict[str, zipfile.ZipFile]) -> None:
    assert len(wheels) == len(DISTRIBUTIONS)
    for package, wheel in wheels.items():
        assert f"{package}/py.typed" in wheel.namelist()
        assert any(name.endswith("licenses/LICENSE") for name in wheel.namelist()), package
        said = metadata(wheel)
        assert said["License-Expression"] == "MIT"
        assert said["Requires-Python"] == ">=3.11"


def test_no_wheel_carries_tests_or_what_others_built(wheels: dict[str, zipfile.ZipFile]) -> None:
    for package, wheel in wheels.items():
        strangers = [
            n for n in wheel.namelist() if not n.startswith((f"{package}/", f"{package}-", "moisson-0", "moisson_"))
        ]
        assert strangers == []
        assert [name for name in wheel.namelist() if "node_modules" in name or name.endswith(".pyc")] == []


def test_the_gateway_brings_the_built_front_end_with_its_licences(wheels: dict[str, zipfile.ZipFile]) -> None:
    names = [name for name in wheels["moisson_viz_gateway"].namelist() if "/static/dist/" in name]
    assert any(name.endswith(".css") for name in names)
    assert any(name.endswith(".js") for name in names)
    licences = {Path(name).stem: name for name in names if "/licences/" in name}
    assert {"leaflet", "htmx.org"} <= licences.keys()
    for name in licences.values():
        assert len(wheels["moisson_viz_gateway"].read(name)) > 200, f"{name} says too little for a licence"


def test_the_gateway_brings_its_templates(wheels: dict[str, zipfile.ZipFile]) -> None:
    packed = {name for name in wheels["moisson_viz_gateway"].namelist() if name.endswith(".html")}
    source = ROOT / "services/viz-gateway/src"
    assert packed == {str(file.relative_to(source)) for file in source.rglob("*.html")}
    assert packed


def test_the_command_brings_the_demo(wheels: dict[str, zipfile.ZipFile]) -> None:
    packed = set(wheels["moisson_standalone"].namelist())
    for partner, data in (("tilleul", "directory.json"), ("archipel", "initiatives.json"), ("moulin", "places.csv")):
        for file in ("partner.json", "spider.json", "recipe.json", data):
            assert f"moisson_standalone/demo/partners/{partner}/{file}" in packed
    assert any(name.endswith("demo/sites/templates/tilleul_project.html") for name in packed)
    entry = next(name for name in packed if name.endswith("entry_points.txt"))
    assert "moisson = moisson_standalone.__main__:main" in wheels["moisson_standalone"].read(entry).decode()


def test_the_normalizer_brings_the_common_schema(wheels: dict[str, zipfile.ZipFile]) -> None:
    assert "moisson_normalizer/defaults/schema-cis.json" in wheels["moisson_normalizer"].namelist()
