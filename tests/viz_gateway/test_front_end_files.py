"""What is built for browsers: pinned packages, no registry in the lock file, licences beside what they are for."""

import json
from importlib.resources import files
from pathlib import Path

from moisson_viz_gateway.assets import load_assets

FRONT_END = Path(__file__).resolve().parents[2] / "services" / "viz-gateway" / "front-end"
DIST = Path(str(files("moisson_viz_gateway"))) / "static" / "dist"


def test_packages_are_pinned_and_the_lock_names_no_registry() -> None:
    package = json.loads((FRONT_END / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((FRONT_END / "package-lock.json").read_text(encoding="utf-8"))
    wanted = package["dependencies"] | package["devDependencies"]
    assert all(version[0].isdigit() for version in wanted.values())
    assert [name for name, entry in lock["packages"].items() if "resolved" in entry] == []
    assert [n for n, entry in lock["packages"].items() if n and "integrity" not in entry] == []


def test_every_package_that_browsers_receive_has_its_licence() -> None:
    package = json.loads((FRONT_END / "package.json").read_text(encoding="utf-8"))
    licences = {path.stem: path.read_text(encoding="utf-8") for path in (DIST / "licences").glob("*.txt")}
    assert len(licences) == len(package["dependencies"])
    assert all(len(text) > 300 for text in licences.values())


def test_every_name_leads_to_a_file_with_a_hash() -> None:
    assets = load_assets()
    assert {"site.css", "map.css", "studio.css", "portal.js", "map.js", "studio.js", "countries.json"} <= set(
        assets.names
    )
    for name, hashed in assets.names.items():
        assert hashed in assets.paths
        assert hashed != name


def test_pages_stay_light() -> None:
    assets = load_assets()
    sizes = {
        name: assets.paths[f"{assets.names[name]}.gz"].stat().st_size for name in ("site.css", "portal.js", "map.js")
    }
    assert sizes["site.css"] < 12_000
    assert sizes["portal.js"] < 25_000
    assert sizes["map.js"] < 70_000


def test_nothing_that_is_sent_names_a_strangers_server() -> None:
    for path in (*DIST.glob("*.css"), *DIST.glob("*.js")):
        text = path.read_text(encoding="utf-8")
        for host in ("unpkg.com", "cdnjs", "jsdelivr", "googleapis", "gstatic", "openstreetmap.org/"):
            assert host not in text, path.name
