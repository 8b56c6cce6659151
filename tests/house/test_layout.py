"""The folder list explains the product: one file a noun, none of them long."""

from __future__ import annotations

import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[2]
PARTS = ("commands", "plugins", "store", "tui")
MOST_LINES = 450


def sources(*parts: str) -> list[pathlib.Path]:
    return sorted(p for part in parts for p in (ROOT / part).rglob("*.py"))


def test_no_file_is_long() -> None:
    long = {
        str(p.relative_to(ROOT)): lines
        for p in [*sources(*PARTS, "tests"), ROOT / "emergency.py"]
        if (lines := len(p.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    }
    assert long == {}


def test_no_file_is_named_after_nothing() -> None:
    nameless = ("utils", "util", "helpers", "helper", "misc", "common", "base", "tools")
    assert [p for p in sources(*PARTS) if p.stem in nameless] == []


def test_every_file_says_what_it_is() -> None:
    silent = [
        str(p.relative_to(ROOT))
        for p in sources(*PARTS)
        if (text := p.read_text(encoding="utf-8")) and not text.startswith(('"""', "#!", 'r"""'))
    ]
    assert silent == []


def test_the_front_door_is_short() -> None:
    assert len((ROOT / "emergency.py").read_text(encoding="utf-8").splitlines()) < 30


def test_the_top_level_is_the_design() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    top = {line.split("/")[0] for line in listed.splitlines()}
    assert top <= {
        ".build", ".ci", ".github", ".gitignore", ".gitattributes", "CHANGELOG.md", "LICENSE", "README.md",
        "commands", "docs", "emergency.py", "plugins", "pyproject.toml", "store", "tests", "tui",
    }  # fmt: skip


def test_tests_mirror_the_folders() -> None:
    folders = {p.name for p in (ROOT / "tests").iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert folders <= {*PARTS, "bench", "house"}
