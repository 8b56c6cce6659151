"""However it is installed, it is one package, and nothing else becomes importable."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import sysconfig
import tarfile
import zipfile

import pytest

import emergency

ROOT = pathlib.Path(__file__).parents[2]
PARTS = ("commands", "plugins", "store", "tui")


def run(*words: str, at: pathlib.Path, ok: bool = True) -> str:
    """What a program prints, started in a folder with nothing of ours on its path."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("EMERGENCY_", "PYTHON"))}
    result = subprocess.run(
        words, cwd=at, env={**kept, "LANG": "C.UTF-8"}, capture_output=True, text=True, timeout=300
    )
    assert (result.returncode == 0) is ok, result.stderr + result.stdout
    return result.stdout


def built(target: str, source: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """A distribution as the build backend makes it, without a network."""
    run(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder), at=source)
    (made,) = folder.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    return built("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The folder of programs of a fresh environment: the wheel, and the libraries from where they are."""
    home = tmp_path_factory.mktemp("venv")
    run(sys.executable, "-m", "venv", "--without-pip", str(home), at=home)
    programs = home / "bin"
    python = str(programs / "python")
    quiet = ("--no-deps", "--no-index", "--disable-pip-version-check", "-q")
    run(sys.executable, "-m", "pip", "--python", python, "install", *quiet, str(wheel), at=home)
    (site,) = home.glob("lib/python*/site-packages")
    # A line of a .pth file adds the folder; the .pth files within it, ours among them, stay unread.
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return programs


def test_a_wheel_holds_the_package_and_nothing_else(wheel: pathlib.Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {n.split("/")[0] for n in names}
    assert tops == {"emergency", f"emergency_toolkit-{emergency.__version__}.dist-info"}
    assert {"emergency/__init__.py", "emergency/__main__.py", "emergency/py.typed"} <= set(names)
    assert [n for n in names if "test" in n or n.endswith((".pyc", ".db", ".key"))] == []


def test_a_wheel_holds_every_source_and_data_file(wheel: pathlib.Path) -> None:
    inside = {n.removeprefix("emergency/") for n in zipfile.ZipFile(wheel).namelist()}
    here = {
        str(p.relative_to(ROOT))
        for part in PARTS
        for p in (ROOT / part).rglob("*")
        if p.is_file() and "__pycache__" not in p.parts
    }
    assert {"store/data/divisions.csv", "store/data/items.csv"} <= here
    assert [n for n in here if n.endswith(".mo")]
    # What the package has at its top is not packed a second time below.
    assert here - inside <= {"commands/__main__.py", "plugins/py.typed"}


def test_it_works_where_the_wheel_is_installed(installed: pathlib.Path, tmp_path: pathlib.Path) -> None:
    python = str(installed / "python")
    where = run(python, "-c", "import emergency.store; print(emergency.__file__)", at=tmp_path)
    assert where.strip().startswith(str(installed.parent)) and where.strip().endswith("emergency/__init__.py")
    version = f"emergency {emergency.__version__} "
    assert run(str(installed / "emergency"), "--version", at=tmp_path).startswith(version)
    assert run(python, "-m", "emergency", "--version", at=tmp_path).startswith(version)
    store = ("-m", "emergency", "--store", "x.db")
    run(python, *store, "init", "--station", "FT", "--region", "110106", "--name", "x", at=tmp_path)
    assert "all whole" in run(python, *store, "doctor", at=tmp_path)
    assert "waterlogging" in run(python, *store, "scenario", "list", at=tmp_path)
    assert run(python, "-m", "emergency", "--lang", "zh", "--help", at=tmp_path) != run(
        python, "-m", "emergency", "--lang", "en", "--help", at=tmp_path
    )


@pytest.mark.parametrize("name", [*PARTS, "tests"])
def test_nothing_else_is_importable(installed: pathlib.Path, tmp_path: pathlib.Path, name: str) -> None:
    run(str(installed / "python"), "-c", f"import {name}", at=tmp_path, ok=False)


def test_a_wheel_from_the_source_distribution_is_the_same(
    wheel: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "sdist").mkdir()
    archive = built("sdist", ROOT, tmp_path / "sdist")
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    assert {"emergency.py", "pyproject.toml", "LICENSE", "README.md", "tests"} <= {
        p.name for p in source.iterdir()
    }
    (tmp_path / "again").mkdir()
    again = built("wheel", source, tmp_path / "again")
    assert sorted(zipfile.ZipFile(again).namelist()) == sorted(zipfile.ZipFile(wheel).namelist())


@pytest.mark.parametrize("words", [["emergency.py"], ["-m", "emergency"]], ids=["file", "module"])
def test_the_checkout_runs_as_it_is(words: list[str]) -> None:
    assert run(sys.executable, *words, "--version", at=ROOT).startswith(f"emergency {emergency.__version__} ")


def test_the_version_stands_in_one_place() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'dynamic = ["version"]' in text and emergency.__version__ not in text
