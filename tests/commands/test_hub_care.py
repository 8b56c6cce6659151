"""A hub's database as its administrator keeps it: copied while it is served, and held against itself."""

from __future__ import annotations

import contextlib
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emergency.plugins.hub import opened, place_of
from emergency.plugins.hub.engine import Unavailable, looking
from emergency.plugins.hub.verifying import verify
from emergency.store.errors import EmergencyError
from emergency.store.store import Store
from tests.plugins.hubs import Written, local, own_entries, pushing, station
from tests.store.simulation.ledger import held
from tests.store.stations import environment

from .meetings import World
from .test_cases_hub import hub_of
from .test_hub_commands import at_the_hub


@pytest.fixture
def filled(by_hub: World) -> World:
    """A hub that a station has handed something over to, round by round."""
    for _round in range(3):
        by_hub.ft.add("team", "name=队", "region=110106")
        by_hub.ft.done("sync")
    return by_hub


def where(world: World) -> str:
    """The hub's database."""
    return hub_of(world).opened.engine.name


def changed(path: str, statement: str) -> None:
    """Do to a database what its program would not."""
    with contextlib.closing(sqlite3.connect(path)) as sql, sql:
        sql.execute(statement)


def test_a_hub_is_copied_while_it_is_served_and_the_copy_is_it(filled: World, tmp_path: pathlib.Path) -> None:
    world, copy = filled, tmp_path / "copy.db"
    whole = world.ft.done(*at_the_hub(world, "hub", "verify", "--json")).json
    assert whole["problems"] == [] and whole["entries"] > 4
    told = world.ft.done(*at_the_hub(world, "hub", "backup", str(copy)))
    assert f"{whole['entries']} entries written to {copy}, verified" in told.out
    assert copy.stat().st_mode & 0o077 == 0 and [*tmp_path.glob("copy.db?*")] == []
    again = world.ft.done("hub", "verify", "--database", str(copy))
    assert f"{whole['entries']} entries, all whole" in again.out
    # With its key beside it, it answers as the hub that it was.
    here = hub_of(world).opened
    (tmp_path / "copy.db.key").write_bytes(pathlib.Path(f"{where(world)}.key").read_bytes())
    (tmp_path / "copy.db.key").chmod(0o600)
    other = opened(place_of(str(copy), str(tmp_path)), str(tmp_path), create=False)
    assert other.identity.feed == here.identity.feed
    other.engine.close()


def test_no_copy_is_written_over_a_file_or_where_none_can_be(filled: World, tmp_path: pathlib.Path) -> None:
    world, there = filled, tmp_path / "there"
    there.write_text("x")
    said = world.ft.refused(2, *at_the_hub(world, "hub", "backup", str(there)))
    assert "is there already" in said and there.read_text() == "x"
    said = world.ft.refused(78, *at_the_hub(world, "hub", "backup", str(tmp_path / "none" / "copy.db")))
    assert "cannot be written" in said


@pytest.mark.parametrize(
    ("change", "word", "text"),
    [
        ("UPDATE entry SET facts=x'7b7d' WHERE n=3", "facts-changed", "the facts were changed"),
        ("UPDATE entry SET header=x'7b7d' WHERE n=3", "header-changed", "the header was changed"),
        ("UPDATE entry SET hash=zeroblob(32) WHERE n=3", "header-changed", "the header was changed"),
        ("UPDATE entry SET header='text' WHERE n=3", "unreadable", "it cannot be read"),
        ("UPDATE entry SET signature=zeroblob(40000) WHERE n=3", "unreadable", "it cannot be read"),
        ("UPDATE entry SET seq=99 WHERE n=3", "index-changed", "its place in the index was changed"),
        ("DELETE FROM entry WHERE n=3", "chain-broken", "it does not follow the entry before it"),
        ("UPDATE feed SET seq=seq+1 WHERE seq>0", "head-changed", "the feed's head was changed"),
        ("UPDATE feed SET seq=0 WHERE seq>0", "head-changed", "the feed's head was changed"),
        ("UPDATE feed SET hash='text' WHERE seq>0", "head-changed", "the feed's head was changed"),
        ("UPDATE feed SET key=x'00' WHERE seq>0", "key-changed", "the key of the feed was changed"),
        ("UPDATE feed SET key=NULL WHERE seq>0", "key-changed", "the key of the feed was changed"),
        ("UPDATE feed SET id=7 WHERE n=1", "index-changed", "its place in the index was changed"),
        ("UPDATE feed SET parent=1 WHERE n=2", "index-changed", "its place in the index was changed"),
        ("UPDATE feed SET n=99 WHERE n=2", "unknown-feed", "it belongs to no known feed"),
        (
            "UPDATE member SET role='team'",
            "grant-changed",
            "who is enrolled there is not what its grants say",
        ),
        ("DELETE FROM member", "grant-changed", "who is enrolled there is not what its grants say"),
        (
            "UPDATE meta SET value=CAST(x'ff' AS TEXT) WHERE key='hub'",
            "grant-changed",
            "who is enrolled there",
        ),
        (
            "INSERT INTO aside VALUES(x'00','',0,'',0,x'00',x'00',x'00','')",
            "header-changed",
            "the header was",
        ),
        ("ALTER TABLE peer RENAME COLUMN scope TO skope", "unreadable", "it cannot be read"),
        ("UPDATE feed SET base=1 WHERE parent IS NULL", "head-changed", "the feed's head was changed"),
        ("UPDATE entry SET n=99 WHERE n=3", "index-changed", "its place in the index was changed"),
        (
            "UPDATE meta SET value='2' WHERE key='counter'",
            "index-changed",
            "its place in the index was changed",
        ),
        (
            "UPDATE entry SET signature=zeroblob(64) WHERE (feed, seq) IN (SELECT n, seq FROM feed)",
            "signature-wrong",
            "the signature does not fit",
        ),
    ],
)
def test_what_was_changed_in_a_hub_is_named(
    filled: World, tmp_path: pathlib.Path, change: str, word: str, text: str
) -> None:
    world, copy = filled, str(tmp_path / "copy.db")
    world.ft.done(*at_the_hub(world, "hub", "backup", copy))
    changed(copy, change)
    told = world.ft("hub", "verify", "--database", copy)
    assert told.code == 1 and text in told.out and "docs/sync.md" in told.err
    with looking(copy) as sql:
        assert word in {p.what for p in verify(sql).problems}


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(where_=st.lists(st.floats(0.001, 0.999), min_size=1, max_size=30), byte=st.integers(0, 255))
def test_whatever_a_disk_makes_of_a_hub_the_check_ends_in_a_word(
    filled: World, tmp_path: pathlib.Path, where_: list[float], byte: int
) -> None:
    copy = tmp_path / "turned.db"
    copy.unlink(missing_ok=True)
    filled.ft.done(*at_the_hub(filled, "hub", "backup", str(copy)))
    raw = bytearray(copy.read_bytes())
    for at in where_:
        raw[int(at * len(raw))] = byte
    copy.write_bytes(raw)
    told = filled.ft("hub", "verify", "--database", str(copy))
    assert told.code in (0, 1, 78) and len(told.err.splitlines()) <= 2, told


#: What is held against a hash, a signature or a count; a signature for which a later one speaks is no witness.
COVERED = {
    "feed": "n, id, key, seq, hash, parent, base",
    "entry": "n, feed, seq, hash, header, facts",
    "aside": "hash, feed, seq, header, facts, signature",
    "member": "feed, station, role, region, since, last, why, grant_seq",
}


def covered(path: pathlib.Path) -> list[object]:
    """All of that, or that it cannot be read."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as sql:
        sql.text_factory = bytes
        try:
            return [
                sorted(map(repr, sql.execute(f"SELECT {names} FROM {table} NOT INDEXED")))
                for table, names in COVERED.items()
            ]
        except sqlite3.DatabaseError as error:
            return [str(error)]


@pytest.fixture
def copied(filled: World, tmp_path: pathlib.Path) -> pathlib.Path:
    """A hub's file of small pages, with something of all tables, of which some entries were put aside and a feed parts."""
    hub, copy = hub_of(filled), tmp_path / "copied.db"
    with station(tmp_path / "other", "HD") as store:
        hub.enrol(store)
        parted, forged = Written(), [e._replace(signature=bytes(64)) for e in own_entries(store)]
        first, parted.seq, parted.prev = parted.first, 0, "0" * 64
        again = parted.entry([["feed", parted.signer.public.hex(), "EW"]])
        assert hub.caller(store).post("/v1/push", pushing(first, again))[0] == 200
        assert hub.caller(store).post("/v1/push", pushing(*forged))[0] == 200
    filled.ft.done(*at_the_hub(filled, "hub", "backup", str(copy)))
    with contextlib.closing(sqlite3.connect(copy)) as sql:
        sql.execute("PRAGMA page_size=1024")
        sql.execute("VACUUM")
    return copy


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(pick=st.integers(0, 1 << 20), mask=st.sampled_from([1, 16, 128]))
def test_a_changed_byte_of_a_hubs_file_is_never_passed_over(
    copied: pathlib.Path, pick: int, mask: int
) -> None:
    raw, turned = bytearray(copied.read_bytes()), copied.with_name("turned.db")
    # What holds something: bytes that are not zero, and the heads of pages.
    places = [at for at, byte in enumerate(raw) if byte or at % 1024 < 12]
    raw[places[pick % len(places)]] ^= mask
    turned.write_bytes(raw)
    try:
        with looking(str(turned)) as sql:
            named = verify(sql).problems
    except (EmergencyError, Unavailable):
        return
    assert named or covered(turned) == covered(copied)


def test_a_branch_that_is_said_to_grow_from_another_is_named(copied: pathlib.Path) -> None:
    """Both grow from before the first entry, which is the same place for all."""
    with contextlib.closing(sqlite3.connect(copied)) as sql:
        branches = sql.execute("SELECT n FROM feed WHERE parent IS NOT NULL AND base=0 ORDER BY n").fetchall()
    ((one,), (other,)) = branches
    changed(str(copied), f"UPDATE feed SET parent={one} WHERE n={other}")
    with looking(str(copied)) as sql_:
        assert "index-changed" in {p.what for p in verify(sql_).problems}


def test_a_signature_that_came_wrong_is_made_good_by_a_later_one(
    filled: World, tmp_path: pathlib.Path
) -> None:
    world, copy = filled, str(tmp_path / "copy.db")
    world.ft.done(*at_the_hub(world, "hub", "backup", copy))
    changed(
        copy, "UPDATE entry SET signature=zeroblob(64) WHERE (feed, seq) NOT IN (SELECT n, seq FROM feed)"
    )
    assert "all whole" in world.ft.done("hub", "verify", "--database", copy).out


def test_a_damaged_hub_is_copied_and_the_copy_is_said_to_be_so(filled: World, tmp_path: pathlib.Path) -> None:
    world, copy, next_ = filled, str(tmp_path / "copy.db"), str(tmp_path / "next.db")
    world.ft.done(*at_the_hub(world, "hub", "backup", copy))
    changed(copy, "UPDATE entry SET facts=x'7b7d' WHERE n=3")
    told = world.ft("hub", "backup", next_, "--database", copy, "--json")
    assert told.code == 1 and [p["what"] for p in told.json["problems"]] == ["facts-changed"]


#: Where a backup is killed: by the kernel in the middle of a write, or as it calls this.
KILLED = (12_000, 60_000, "database.sync_file", "os.replace", "database.sync_folder")


def killed_backup(database: str, copy: pathlib.Path, where: int | str) -> None:
    """A backup that ends there, without a word to itself or to SQLite."""
    if isinstance(where, str):
        ends = [f"{where} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)"]
    else:
        ends = ["begin = database.make_private", "limit = resource.setrlimit", "size = resource.RLIMIT_FSIZE"]
        ends += [f"database.make_private = lambda path: (begin(path), limit(size, ({where}, {where})))"]
    lines = ["import os, resource, signal, emergency", "from emergency.store import database", *ends]
    lines += ["signal.signal(signal.SIGXFSZ, signal.SIG_DFL)", "emergency.main()"]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines), "hub", "backup", str(copy), "--database", database],
        env=environment(EMERGENCY_HOME=str(copy.parent)),
        capture_output=True,
    )
    assert done.returncode == -(signal.SIGKILL if isinstance(where, str) else signal.SIGXFSZ), done


def test_a_backup_that_is_killed_leaves_nothing_half_made_and_the_next_one_clears_up(
    filled: World, tmp_path: pathlib.Path
) -> None:
    world, copy = filled, tmp_path / "copies" / "copy.db"
    copy.parent.mkdir()
    for place in KILLED:
        killed_backup(where(world), copy, place)
        # Its name is the last thing that it is given.
        assert copy.exists() == (place == KILLED[-1])
        world.ft.add("team", "name=队", "region=110106")
        world.ft.done("sync")
    assert "all whole" in world.ft.done("hub", "verify", "--database", str(copy)).out
    copy.unlink()
    world.ft.done(*at_the_hub(world, "hub", "backup", str(copy)))
    assert [p.name for p in copy.parent.iterdir() if p.name.startswith("copy.db")] == ["copy.db"]


def test_copies_taken_while_stations_push_are_whole_and_go_on_as_the_hub(
    filled: World, tmp_path: pathlib.Path
) -> None:
    world, hub, names = filled, hub_of(filled), ("HD", "CY")
    for name in names:
        with station(tmp_path, name) as store:
            hub.enrol(store)
    ended = threading.Event()

    def push(name: str) -> None:
        with Store(str(tmp_path / f"{name}.db")) as store:
            while True:
                with store.write("team add") as writer:
                    writer.new("team", {"name": "队", "region": "110106"})
                assert hub.sync(store).state == "synced"
                if ended.is_set():
                    return

    with ThreadPoolExecutor() as desks:
        pushing = [desks.submit(push, name) for name in names]
        try:
            for n in range(4):
                # Each is verified, or refused.
                world.ft.done(*at_the_hub(world, "hub", "backup", str(tmp_path / f"{n}.db")))
        finally:
            ended.set()
        for desk in pushing:
            desk.result()
    again = tmp_path / "again"
    again.mkdir()
    (tmp_path / "3.db").rename(again / "hub.db")
    shutil.copy(f"{where(world)}.key", again / "hub.db.key")
    with local(again) as from_copy:
        for name in (*names, *names):
            with Store(str(tmp_path / f"{name}.db")) as store:
                outcome = from_copy.sync(store)
                assert (outcome.state, outcome.forked, outcome.refused) == ("synced", (), {})
        with from_copy.opened.engine.reading() as sql, hub.opened.engine.reading() as old:
            assert verify(sql).problems == verify(old).problems == []
            assert held(sql) == held(old)
