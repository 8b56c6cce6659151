"""Bundles through a pipe, and what the commands about them say to a person."""

from __future__ import annotations

import os
import pathlib
import pty
import subprocess

import pytest

from tests.store.stations import command, environment

from .meetings import World

Done = subprocess.CompletedProcess[bytes]


@pytest.fixture
def world(by_stick: World) -> World:
    by_stick.stranger("BJ", "110000", "北京市应急指挥中心")
    return by_stick


def bj(world: World) -> pathlib.Path:
    return world.desk.store.parent / "bj" / "station.db"


def piped(store: pathlib.Path, *words: str, stdin: bytes = b"") -> Done:
    return subprocess.run(
        command(str(store), *words), input=stdin, capture_output=True, env=environment(), timeout=120
    )


def test_want_export_and_import_go_through_pipes(world: World) -> None:
    asked = piped(bj(world), "bundle", "want", "-")
    answer = piped(world.ft.store, "bundle", "export", "-", "--want", "-", stdin=asked.stdout)
    shown = piped(bj(world), "bundle", "show", "-", stdin=answer.stdout)
    taken = piped(bj(world), "bundle", "import", "-", "--json", stdin=answer.stdout)
    assert [done.returncode for done in (asked, answer, shown, taken)] == [0, 0, 0, 0]
    assert b"entries written to - and read back" in answer.stderr and b"sealed to BJ" in answer.stderr
    assert b"BJ" in shown.stdout and b"new" in taken.stdout
    assert not (pathlib.Path.cwd() / "-").exists()
    cut = piped(bj(world), "bundle", "import", "-", stdin=answer.stdout[:-5])
    assert cut.returncode == 5


def test_a_bundle_is_not_written_to_a_terminal_nor_among_json(world: World) -> None:
    for words in (("export", "-", "--open"), ("want", "-")):
        assert b"leave out --json" in piped(world.ft.store, "bundle", *words, "--json").stderr
        seen, shown = pty.openpty()
        done = subprocess.run(
            command(str(world.ft.store), "bundle", *words),
            stdout=shown,
            stderr=subprocess.PIPE,
            env=environment(),
            timeout=120,
        )
        os.close(shown)
        os.close(seen)
        assert done.returncode == 2 and b"not written to a terminal" in done.stderr


def test_a_folder_that_is_not_there_is_named(world: World) -> None:
    gone = world.carried / "nodir"
    for words in (("export", str(gone / "b1"), "--open"), ("want", str(gone / "w1"))):
        said = world.ft.refused(78, "bundle", *words)
        assert f"there is no folder {gone}" in said and "free some space" not in said


def test_what_a_bundle_holds_is_shown_in_words(world: World) -> None:
    stick = world.carried / "ft.bundle"
    world.ft.done("bundle", "export", str(stick), "--open", "--region", "110106")
    shown = world.ft.done("bundle", "show", str(stick)).out
    told = {line.split("  ")[0]: line.split("  ")[-1].strip() for line in shown.splitlines()}
    assert (told["Region"], told["Telephone numbers, identity numbers, exact sites"]) == (
        "110106",
        "not in it",
    )
    assert told["Sealed to"] == "nobody: it is open"


def test_of_a_sealed_bundle_without_its_header_the_next_step_is_told(world: World) -> None:
    want, stick = world.carried / "bj.want", world.carried / "ft.bundle"
    piped(bj(world), "bundle", "want", str(want))
    world.ft.done("bundle", "export", str(stick), "--want", str(want))
    data = stick.read_bytes()
    stick.write_bytes(data.replace(data[60:90], bytes(30)))
    shown = world.ft("bundle", "show", str(stick))
    assert shown.code == 5 and "unknown: its header is damaged" in shown.out and "open" not in shown.out
    assert world.ft("bundle", "show", str(stick), "--json").json["sealed_to"] is None
    taken = piped(bj(world), "bundle", "import", str(stick))
    assert taken.returncode == 5 and b"ask for it again" in taken.stderr
