"""Command lines that the screens run: inside the process, and in one of their own."""

from __future__ import annotations

import asyncio
import pathlib
from asyncio.subprocess import Process
from typing import Any

import pytest

from emergency.commands.inside import apart, runner

from .conftest import Officer


@pytest.mark.parametrize(
    "words", [["team", "list", "--json"], ["team", "show", "NOBODY"], ["team", "list", "--sort", "weight"]]
)
async def test_a_line_says_the_same_in_a_process_of_its_own(desk: Officer, words: list[str]) -> None:
    before = ["--store", str(desk.store)]
    inside, outside = runner(before)(words), await apart(before)(words)
    assert (outside.code, outside.out) == (inside.code, inside.out)
    assert outside.said.split("\n")[0] == inside.said.split("\n")[0]


async def test_what_lies_in_the_folder_one_stands_in_is_never_run_and_names_stay_whole(
    desk: Officer, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "json.py").write_text("raise SystemExit(7)\n")
    monkeypatch.chdir(stick)
    monkeypatch.setenv("PYTHONIOENCODING", "gb18030")
    ran = await apart(["--store", str(desk.store)])(["team", "show", "FT-1", "--json"])
    assert ran.code == 0 and "房山排水一队" in ran.out


async def test_what_is_reckoned_ends_with_who_asked(desk: Officer, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: asyncio.Queue[Process] = asyncio.Queue()
    start = asyncio.create_subprocess_exec

    async def seen(*arguments: Any, **options: Any) -> Process:
        process = await start(*arguments, **options)
        begun.put_nowait(process)
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", seen)
    # It would never end by itself.
    task = asyncio.create_task(apart(["--store", str(desk.store)])(["board", "--plain", "--follow"]))  # type: ignore[arg-type]
    process = await begun.get()
    assert process.returncode is None
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert process.returncode is not None
