"""What is said where a command cannot be read, or what it is about cannot be opened."""

from __future__ import annotations

import json
import pathlib
import sqlite3

import pytest

from tests.store.stations import make_old

from .conftest import Officer
from .test_bad_input import READ_ONLY, bound_by_permissions, read_only

WRONG = [
    ("sync", "--bogus"), ("sync", "enrol"), ("sync", "extra"), ("conflict", "show"), ("bundle", "nothing"),
    ("conflict", "resolve", "FT-1", "--why", "x"), ("hub", "enrol-code", "--station", "FT", "--role", "king"),
    ("team", "list", "--limit", "x"),
]  # fmt: skip


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_a_script_that_asks_for_json_gets_json_of_a_command_that_cannot_be_read(
    say: Officer, words: tuple[str, ...]
) -> None:
    plain = say(*words)
    scripted = say(*words, "--json")
    assert (plain.code, scripted.code, scripted.out) == (2, 2, "")
    (line,) = scripted.err.splitlines()
    told = json.loads(line)
    assert told["error"] == "usage-error"
    assert plain.err.splitlines() == ["emergency: " + told["message"], told["hint"]]


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_a_sentence_in_chinese_ends_as_sentences_in_chinese_do(say: Officer, words: tuple[str, ...]) -> None:
    said = say("--lang", "zh", *words).err.splitlines()[0]
    assert not said.endswith(".")
    assert "的 整数" not in said


def test_a_code_that_is_none_is_not_said_back_at_length(say: Officer) -> None:
    said = say.refused(2, "sync", "enrol", "http://127.0.0.1:9", "中" * 5000)
    assert "not an enrolment code" in said
    assert len(said) < 200


def test_a_folder_in_the_place_of_a_hubs_database_is_called_one(say: Officer, tmp_path: pathlib.Path) -> None:
    said = say.refused(78, "hub", "stations", "--database", str(tmp_path))
    assert "directory" in said
    assert "I/O" not in said


@pytest.mark.parametrize("what", READ_ONLY)
def test_a_store_of_an_older_program_that_is_read_only_says_why_it_is_not_read(
    say: Officer, what: str
) -> None:
    say.add("team", "name=甲队")
    make_old(str(say.store))
    before = say.store.read_bytes()
    with read_only(say.store, what):
        code, said = bound_by_permissions(say, "team", "list")
    assert code == 78, said
    assert "older program" in said and "copy it" in said
    assert len(said.splitlines()) == 2
    assert say.store.read_bytes() == before
    connection = sqlite3.connect(say.store)
    assert connection.execute("PRAGMA user_version").fetchone() == (4,)
    connection.close()
    assert len(say.ids("team", "list")) == 1


def test_what_may_be_chosen_is_told_in_the_line(say: Officer) -> None:
    said = say("incident", "open", "积水", "--scenario", "waterlogging").err.splitlines()
    assert said[0] == "emergency: Missing option '--level'. Choose from: I, II, III, IV"
    said = say("--lang", "zh", "incident", "open", "积水", "--scenario", "waterlogging").err.splitlines()
    assert said[0] == "emergency: 缺少选项 '--level'。可选： I, II, III, IV"


def test_the_doctor_says_in_chinese_what_it_says_in_english(say: Officer) -> None:
    said = {line.split("：")[0]: line for line in say.done("--lang", "zh", "doctor").out.splitlines()}
    assert said["✓ 文件"] == "✓ 文件：完好"
    assert "SQLite" in said["✓ 写入方式"] and ": " not in said["✓ 写入方式"]
