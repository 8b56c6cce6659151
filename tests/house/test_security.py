"""docs/security.md names tests; each of them exists."""

from __future__ import annotations

import pathlib
import re

ROOT = pathlib.Path(__file__).parents[2]


def test_every_test_that_the_threat_table_names_exists() -> None:
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ")][2:]
    named = {name for row in rows for name in re.findall(r"`(test_\w+(?:\.py)?)`", row)}
    files = list((ROOT / "tests").rglob("test_*.py"))
    defined = {
        name for f in files for name in re.findall(r"^(?:async )?def (test_\w+)", f.read_text("utf-8"), re.M)
    }
    assert named - defined - {f.name for f in files} == set()
    assert len(named) > 30


def test_every_row_of_the_threat_table_names_a_test() -> None:
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")][2:]
    assert [row[0] for row in rows if len(row) != 5 or "`test_" not in row[4]] == []
