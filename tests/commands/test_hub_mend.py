"""A hub that its disk has damaged: what is put right, what its stations bring anew, and what is left as it is."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest

from emergency.plugins.hub.engine import looking
from emergency.plugins.hub.verifying import verify
from tests.store.simulation.ledger import held

from .meetings import World
from .test_cases_hub import hub_of
from .test_hub_care import changed, filled, where
from .test_hub_commands import at_the_hub

__all__ = ["filled"]
#: The entry that a station wrote, somewhere in the middle of its feed.
ONE = "n=(SELECT e.n FROM entry e JOIN feed f ON f.n=e.feed JOIN member m ON m.feed=f.id WHERE e.seq=2)"
LAST = "n=(SELECT max(e.n) FROM entry e JOIN feed f ON f.n=e.feed JOIN member m ON m.feed=f.id)"
FEED = "id IN (SELECT feed FROM member)"
HUB = "id=(SELECT value FROM meta WHERE key='hub')"


def problems(path: str) -> list[str]:
    """What is wrong there."""
    with looking(path) as sql:
        return [p.what for p in verify(sql).problems]


def bytes_of(path: str) -> list[Any]:
    """Every entry, as it was signed."""
    with looking(path) as sql:
        parts = (f"typeof({c}), CAST({c} AS BLOB)" for c in ("hash", "header", "facts", "signature"))
        return list(sql.execute(f"SELECT n, feed, seq, {','.join(parts)} FROM entry ORDER BY n"))


@pytest.mark.parametrize(
    ("change", "asked", "corrected"),
    [
        (f"UPDATE entry SET facts=x'7b7d' WHERE {ONE}", 1, 0),
        (f"UPDATE entry SET facts=CAST(x'ff' AS TEXT) WHERE {LAST}", 1, 0),
        (f"UPDATE entry SET header=x'7b7d' WHERE {ONE}", 1, 0),
        (f"UPDATE entry SET header=CAST(x'ff' AS TEXT), signature=NULL, facts=x'00' WHERE {ONE}", 1, 0),
        (f"UPDATE entry SET header=zeroblob(300) WHERE {LAST}", 1, 0),
        (f"UPDATE entry SET header=zeroblob(600000) WHERE {ONE}", 1, 0),
        (f"UPDATE entry SET signature=zeroblob(40000) WHERE {ONE}", 1, 0),
        (f"UPDATE entry SET signature=zeroblob(1025), facts=zeroblob(1000000) WHERE {LAST}", 1, 0),
        (f"UPDATE entry SET hash=zeroblob(32) WHERE {ONE}", 0, 1),
        (f"UPDATE entry SET hash='text', facts=x'00' WHERE {ONE}", 1, 1),
        (f"UPDATE feed SET seq=seq-1 WHERE {FEED}", 0, 1),
        (f"UPDATE feed SET seq=99, hash=NULL WHERE {FEED}", 0, 1),
    ],
)
def test_what_a_disk_changed_is_put_right_or_brought_anew_by_its_writer(
    filled: World, tmp_path: pathlib.Path, change: str, asked: int, corrected: int
) -> None:
    world, path, copy = filled, where(filled), str(tmp_path / "before.db")
    whole = bytes_of(path)
    changed(path, change)
    damaged = bytes_of(path), problems(path)
    assert damaged[1]
    words = at_the_hub(world, "hub", "mend", copy, "--json")
    told = world.ft.done(*words, "--dry-run").json
    assert (len(told["asked"]), len(told["corrected"]), told["left"]) == (asked, corrected, [])
    assert (bytes_of(path), problems(path)) == damaged and not (tmp_path / "before.db").exists()
    assert {**world.ft.done(*words).json, "file": ""} == {**told, "file": ""}
    # As it was, it is kept.
    assert (bytes_of(copy), problems(copy)) == damaged
    world.ft.done("sync")
    assert bytes_of(path) == whole and problems(path) == []
    assert "all whole" in world.ft.done(*words[:2], str(tmp_path / "more.db"), *words[4:]).out


@pytest.mark.parametrize(
    "change",
    [
        f"UPDATE entry SET facts=x'7b7d' WHERE {ONE}",
        f"UPDATE entry SET header=x'7b7d', facts=x'00' WHERE {ONE}",
        f"UPDATE entry SET signature=zeroblob(70000) WHERE {ONE}",
        # The hub's own: its first, and all of them, with who is enrolled.
        "UPDATE entry SET facts=x'00' WHERE n=1",
        f"UPDATE entry SET facts=x'00' WHERE feed IN (SELECT n FROM feed WHERE {HUB})",
        f"UPDATE entry SET facts=x'00' WHERE feed IN (SELECT n FROM feed WHERE {HUB} OR {FEED})",
    ],
)
def test_whoever_has_them_whole_brings_them_where_their_writer_does_not_come(
    filled: World, tmp_path: pathlib.Path, change: str
) -> None:
    world, path = filled, where(filled)
    bj = world.stranger("BJ", "110000", "北京市应急指挥中心")
    world.meeting.join(bj)
    bj.done("sync")
    whole = bytes_of(path)
    changed(path, change)
    told = bj.done(*at_the_hub(world, "hub", "mend", str(tmp_path / "before.db"), "--json")).json
    assert told["asked"] and not (told["corrected"] or told["left"])
    assert asks(path)
    bj.done("sync")
    assert bytes_of(path) == whole and problems(path) == []
    # What has come is asked for no more, and nothing is left of the asking.
    bj.done("sync")
    assert asks(path) == set()
    hd = world.stranger("HD", "110108", "海淀区应急指挥中心")
    world.meeting.join(hd)
    hd.done("sync")
    hd.sound()
    assert not hd.aside() and hd.ids("team", "list") == world.ft.ids("team", "list")


def asks(path: str) -> set[str]:
    """What is noted at a hub of entries that it asks for."""
    with looking(path) as sql:
        return {key for (key,) in sql.execute("SELECT key FROM meta WHERE key LIKE 'anew%'")}


def test_who_lacks_the_facts_or_wrote_others_there_brings_nothing_of_it(
    filled: World, tmp_path: pathlib.Path
) -> None:
    world, path = filled, where(filled)
    hd = world.stranger("HD", "110108", "海淀区应急指挥中心")
    hd.done("sync", "enrol", hub_of(world).url, hub_of(world).code("HD", region="110108"))
    hd.done("sync")
    changed(path, f"UPDATE entry SET facts=x'00' WHERE {ONE}")
    world.ft.done(*at_the_hub(world, "hub", "mend", str(tmp_path / "before.db")))
    mended = bytes_of(path)
    # A region has of it no more than the chain; it says so by bringing nothing, and is not told of a fault.
    for _round in range(2):
        told = hd.done("sync", "--require-sync", "--json").json
        assert '"state": "synced"' in json.dumps(told) and bytes_of(path) == mended
    assert len(asks(path)) == 2
    world.ft.done("sync")
    assert problems(path) == []


def test_what_another_hub_keeps_back_is_asked_of_nobody(filled: World, tmp_path: pathlib.Path) -> None:
    world, path = filled, where(filled)
    bj = world.stranger("BJ", "110000", "北京市应急指挥中心")
    world.meeting.join(bj)
    bj.done("sync")
    # As if it had come here by a hub that withholds its facts: of it only the header was damaged.
    changed(path, f"UPDATE entry SET facts=NULL WHERE {ONE}")
    changed(path, f"UPDATE entry SET header=x'7b7d' WHERE {ONE}")
    bj.done(*at_the_hub(world, "hub", "mend", str(tmp_path / "before.db")))
    mended = bytes_of(path)
    bj.done("sync")
    assert bytes_of(path) == mended and asks(path) == set()


def test_a_station_that_comes_anew_gets_all_of_a_mended_hub(filled: World, tmp_path: pathlib.Path) -> None:
    world, path = filled, where(filled)
    changed(path, f"UPDATE entry SET facts=x'00' WHERE {ONE}")
    world.ft.done(*at_the_hub(world, "hub", "mend", str(tmp_path / "before.db")))
    bj = world.stranger("BJ", "110000", "北京市应急指挥中心")
    world.meeting.join(bj)
    # The chain at once, and the facts when their writer has been there.
    bj.done("sync")
    assert not bj.aside()
    world.ft.add("team", "name=队", "region=110106")
    world.meet(world.ft, bj)
    bj.sound()
    assert bj.ids("team", "list") == world.ft.ids("team", "list")
    with looking(path) as sql:
        assert len(held(sql)) == len(bytes_of(path))


@pytest.mark.parametrize(
    "change",
    [
        # Neither its hash nor its header is what the next one says.
        f"UPDATE entry SET header=x'7b7d', hash=zeroblob(32) WHERE {ONE}",
        # It cannot be told what stood there.
        f"DELETE FROM entry WHERE {ONE}",
        f"UPDATE entry SET feed=77 WHERE {LAST}",
        f"UPDATE feed SET key=x'00' WHERE {FEED}",
    ],
)
def test_what_is_not_sure_is_left_as_it_is(filled: World, tmp_path: pathlib.Path, change: str) -> None:
    world, path = filled, where(filled)
    changed(path, change)
    damaged = bytes_of(path), problems(path)
    told = world.ft(*at_the_hub(world, "hub", "mend", str(tmp_path / "before.db")))
    assert told.code == 1 and "nothing is done" in told.out and "docs/sync.md" in told.err
    assert (bytes_of(path), problems(path)) == damaged and not (tmp_path / "before.db").exists()


@pytest.mark.parametrize("value", ["2x785 5", "20785", "", "20785 5'"])
def test_a_count_of_what_a_station_brought_that_is_none_keeps_it_not_out(filled: World, value: str) -> None:
    quoted = value.replace("'", "''")
    changed(where(filled), f"UPDATE meta SET value='{quoted}' WHERE key LIKE 'brought %'")
    filled.ft.add("team", "name=队", "region=110106")
    filled.ft.done("sync", "--require-sync")
