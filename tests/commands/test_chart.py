"""`emergency chart`: plain lines, JSON and SVG of one thing."""

from __future__ import annotations

import json
import pathlib
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergency.commands import run
from emergency.commands.chartsvg import HEIGHT, svg
from emergency.store.series import Chart, Series
from emergency.store.store import Store
from tests.tui import stage

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def path(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("EMERGENCY_NOW", stage.NOW)
    monkeypatch.setenv("EMERGENCY_LANG", "en")
    monkeypatch.delenv("EMERGENCY_STALE_AFTER", raising=False)
    return stage.busy(tmp_path)


def test_plain_lines_tell_each_moment_in_figures(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--store", path, "chart", "readiness", "--points", "3"]) == 0
    title, heading, *rows = capsys.readouterr().out.splitlines()
    assert title == "Readiness of teams (teams)"
    assert heading.split()[:3] == ["time", "ready", "standby"] and heading.split().count("ready") == 1
    assert [row[:16] for row in rows] == ["2026-07-30 08:00", "2026-07-30 20:00", "2026-07-31 08:00"]
    assert rows[-1].split()[2:9] == ["1", "#" * 20, "1", "1", "0", "1", "1"]


def test_json_tells_the_same_with_english_keys_in_any_language(
    path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = []
    for lang in ("en", "zh"):
        assert run(["--store", path, "--lang", lang, "chart", "deployment", "--points", "2", "--json"]) == 0
        said.append(json.loads(capsys.readouterr().out))
    assert said[0] == said[1]
    assert said[0]["series"]["asked"] == [0, 4]
    assert said[0]["times"] == ["2026-07-30T08:00:00+08:00", "2026-07-31T08:00:00+08:00"]


def test_svg_is_a_file_that_names_every_line(path: str, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "readiness.svg"
    assert run(["--store", path, "chart", "readiness", "--svg", str(file)]) == 0
    root = ElementTree.parse(file).getroot()
    words = " ".join(text.text or "" for text in root.iter(f"{SVG}text"))
    for word in ("ready 1", "standby 1", "stale 1", "never reported 1"):
        assert word in words


def test_a_file_that_cannot_be_written_is_said(
    path: str, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--store", path, "chart", "readiness", "--svg", str(tmp_path)]) == 78
    assert "cannot be written" in capsys.readouterr().err


def test_since_in_the_future_is_refused(path: str) -> None:
    assert run(["--store", path, "chart", "readiness", "--since", "+2h"]) == 2


def test_a_name_can_end_no_element(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    with Store(path) as store, store.write("reserve") as writer:
        writer.new("item", {"name": "</text><script>\x1b[2J"}, "x")
        writer.new("depot", {"name": "库"}, "FT-90")
        writer.new("reserve", {"depot": "FT-90", "item": "x"}, "FT-90/x")
    assert run(["--store", path, "chart", "stock", "x", "--svg", "-"]) == 0
    text = capsys.readouterr().out
    assert "<script" not in text and "\x1b" not in text
    assert ElementTree.fromstring(text).find(f"{SVG}title") is not None


@given(
    st.lists(st.lists(st.integers(0, 10**15), min_size=4, max_size=4), min_size=1, max_size=8),
    st.text("aZ9 北京<>&\"'\u202e\x1b\ufffe🚒", max_size=40),
    st.booleans(),
)
def test_any_chart_is_xml_and_stays_on_its_sheet(rows: list[list[int]], name: str, milli: bool) -> None:
    series = tuple(Series(str(i), name, tuple(row)) for i, row in enumerate(rows))
    at = tuple(stage.AT + i * 60_000 for i in range(4))
    root = ElementTree.fromstring(svg(Chart("stock", name, name, at, series, milli), stage.AT))
    places = [float(text.attrib["y"]) for text in root.iter(f"{SVG}text")]
    assert all(0 <= y <= HEIGHT for y in places)
