"""`emergency keys`: the actions of the screens, and what is wrong with a key map."""

from __future__ import annotations

import pathlib

import pytest

from tests.commands.conftest import Officer


@pytest.fixture
def settings(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """The key map of the folder that EMERGENCY_HOME names."""
    monkeypatch.setenv("EMERGENCY_HOME", str(tmp_path))
    return tmp_path / "keys.toml"


def test_it_needs_no_store_and_lists_every_action(bare: Officer, settings: pathlib.Path) -> None:
    rows = {row["id"]: row for row in bare.done("keys", "--json").json}
    assert rows["accept"]["keys"] == ["a"]
    assert rows["accept"]["command"] == "emergency callup accept ORDER/LINE"
    assert rows["up"]["command"] is None
    assert "go_board" in bare.done("keys").out


def test_a_key_map_that_is_right_is_listed_and_passes(bare: Officer, settings: pathlib.Path) -> None:
    settings.write_text('accept = "A"\npalette = ["colon", "f9"]\n', encoding="utf-8")
    assert bare.done("keys", "--check").out == ""
    assert bare.done("keys", "--check", "--json").json == []
    rows = {row["id"]: row["keys"] for row in bare.done("keys", "--json").json}
    assert (rows["accept"], rows["palette"]) == (["A"], ["colon", "f9"])


def test_without_a_key_map_nothing_is_wrong(bare: Officer, settings: pathlib.Path) -> None:
    assert bare.done("keys", "--check").out == ""


def test_each_thing_wrong_is_a_line_and_the_exit_code_says_so(bare: Officer, settings: pathlib.Path) -> None:
    settings.write_text(
        'accept = "ctrl+b"\nnothing = "x"\ndepart = "j"\nlog = 3\n"\\u001b[2J" = "q"\n', encoding="utf-8"
    )
    told = bare("keys", "--check")
    assert told.code == 78
    assert [line.split(":")[0] for line in told.out.splitlines()] == [
        "log",
        "accept",
        "nothing",
        "\\x1b[2J",
        "depart",
    ]
    assert str(settings) in told.err
    found = bare("keys", "--check", "--json")
    assert found.code == 78
    assert [p["code"] for p in found.json] == [
        "not-a-key",
        "forbidden-key",
        "unknown-action",
        "unknown-action",
        "clash",
    ]
    rows = {row["id"]: row["keys"] for row in bare.done("keys", "--json").json}
    assert (rows["accept"], rows["depart"]) == (["a"], ["d"])


@pytest.mark.parametrize("text", [b"accept =", b"\xff\xfe", b"[[["])
def test_what_is_no_toml_is_refused_in_one_line(bare: Officer, settings: pathlib.Path, text: bytes) -> None:
    settings.write_bytes(text)
    error = bare.refused(78, "keys", "--check")
    assert str(settings) in error
