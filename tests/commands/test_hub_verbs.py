"""`emergency hub` as its administrator types it: what is refused, and what it leaves behind."""

from __future__ import annotations

import datetime
import pathlib
import socket
import sqlite3
from collections.abc import Iterator

import pytest

from emergency.plugins.hub import opened, place_of, remember, tls
from emergency.store import backing
from tests.plugins.hubs import Local, local

from .conftest import Officer
from .meetings import Wire, World
from .test_bad_input import bound_by_permissions
from .test_cases_hub import hub_of
from .test_hub_commands import at_the_hub


@pytest.fixture
def home(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """Where this machine's hub is noted and kept."""
    place = tmp_path / "home"
    monkeypatch.setenv("EMERGENCY_HOME", str(place))
    return place


@pytest.fixture
def kept(home: pathlib.Path) -> pathlib.Path:
    """The usual hub of this machine, as `hub serve` leaves it."""
    home.mkdir()
    opened(str(home / "hub.db"), str(home), name="FTH").engine.close()
    remember(str(home / "hub.db"), str(home))
    return home / "hub.db"


@pytest.fixture
def taken() -> Iterator[str]:
    """A port that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as line:
        yield str(line.getsockname()[1])


# -- a hub that is not served -----------------------------------------------------------------------


def test_a_hub_that_cannot_be_served_leaves_nothing_behind(
    bare: Officer, kept: pathlib.Path, tmp_path: pathlib.Path, taken: str
) -> None:
    other, home = tmp_path / "other.db", str(kept.parent)
    words = ("hub", "serve", "--database", str(other))
    said = bare.refused(1, *words, "--port", taken)
    assert "another program may use it: choose one with --port" in said
    said = bare.refused(1, *words, "--port", "0", "--host", "nosuchhost.invalid")
    assert "nosuchhost.invalid:0 cannot be listened on" in said and "name an address of this one" in said
    said = bare.refused(1, "--lang", "zh", *words, "--port", "0", "--host", "nosuchhost.invalid")
    assert "没有叫这个名字的主机" in said and "not known" not in said
    said = bare.refused(1, *words, "--port", "0", "--host", "192.0.2.1")
    assert "this machine has no such address" in said
    for option in ("--certificate", "--certificate-key"):
        both = () if option == "--certificate" else ("--certificate", str(kept))
        said = bare.refused(2, *words, "--port", "0", *both, option, str(tmp_path / "none.pem"))
        assert f"{tmp_path / 'none.pem'} cannot be read: No such file or directory" in said
    said = bare.refused(2, *words, "--port", "0", "--certificate", str(kept))
    assert f"no certificate with its key, in PEM: {kept}" in said
    assert "it begins -----BEGIN CERTIFICATE-----" in said and "_ssl.c" not in said
    said = bare.refused(2, *words, "--port", "0", "--tls", "--certificate", str(kept))
    assert "leave out --certificate" in said
    assert "needs --certificate" in bare.refused(2, *words, "--certificate-key", str(kept))
    assert [p.name for p in tmp_path.iterdir() if p.name != "home"] == []
    assert place_of(None, home) == str(kept)


@pytest.mark.parametrize(
    "verb", ["enrol-code --station FT", "peer add http://x 7K3QD-5M2XA-09TRC-HB4WE", "peer list"]
)
def test_a_place_mistyped_makes_no_hub(bare: Officer, home: pathlib.Path, verb: str) -> None:
    place = home.parent / "typo.db"
    said = bare.refused(78, "hub", *verb.split(), "--database", str(place))
    assert f"there is no hub at {place}" in said and "emergency hub serve makes one" in said
    assert not place.exists() and not home.exists()


@pytest.mark.parametrize("address", ["mysql://x", "sqlite:///x.db", "https://user:secret@x/hub"])
def test_an_address_of_another_kind_of_database_is_refused(
    bare: Officer, home: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for words in (("serve", "--port", "0"), ("stations",), ("enrol-code", "--station", "FT")):
        said = bare.refused(2, "hub", *words, "--database", address)
        assert "in a file, or at postgresql://" in said and "secret" not in said
        monkeypatch.setenv("EMERGENCY_HUB", address)
        assert "in a file, or at postgresql://" in bare.refused(78, "hub", *words)
        monkeypatch.delenv("EMERGENCY_HUB")
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("address", ["postgres:x", "postgresql:hub:secret@x/hub", "sqlite:x.db", "file:x.db"])
def test_an_address_without_its_strokes_makes_no_file(
    bare: Officer, home: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.chdir(tmp_path)
    scheme = address.partition(":")[0]
    for words in (("serve", "--port", "0"), ("stations",), ("enrol-code", "--station", "FT")):
        said = bare.refused(2, "hub", *words, "--database", address)
        assert f"{scheme}: begins an address" in said and "secret" not in said
        assert "postgresql://USER@HOST/DATABASE" in said and f"./{scheme}:" in said
        monkeypatch.setenv("EMERGENCY_HUB", address)
        assert f"{scheme}: begins an address" in bare.refused(78, "hub", *words)
        monkeypatch.delenv("EMERGENCY_HUB")
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    "address",
    [
        "host=127.0.0.1 dbname=x",
        "dbname=hub user=duty password=secret",
        "password = 'the secret' host=db",
        " hostaddr=::1",
        "sslmode=require host=db",
        "service=hub",
        "password=secret dbname=postgresql://db/hub",
    ],
)
def test_an_address_in_the_words_of_libpq_makes_no_file(
    bare: Officer, home: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.chdir(tmp_path)
    start = address.partition("=")[0].strip()
    for words in (("serve", "--port", "0"), ("stations",), ("backup", "x.db"), ("verify",), ("mend", "x.db")):
        said = bare.refused(2, "hub", *words, "--database", address)
        assert said.startswith(f"emergency: {start}") and "begins an address" in said
        assert "postgresql://USER@HOST/DATABASE" in said and "secret" not in said
        monkeypatch.setenv("EMERGENCY_HUB", address)
        assert "begins an address" in bare.refused(78, "hub", *words)
        monkeypatch.delenv("EMERGENCY_HUB")
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("name", ["./host=x.db", "Amt=Ost.db"])
def test_a_file_may_have_a_name_with_an_equals_sign(
    bare: Officer, home: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    opened(name, str(home), name="FTH").engine.close()
    assert bare.done("hub", "stations", "--database", name, "--json").json == []


def test_a_file_whose_name_looks_like_an_address_is_named_by_its_folder(
    bare: Officer, home: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    opened("./postgres:x", str(home), name="FTH").engine.close()
    assert bare.done("hub", "stations", "--database", "./postgres:x", "--json").json == []


def test_an_address_of_postgresql_that_is_none_is_bad_usage(bare: Officer, home: pathlib.Path) -> None:
    said = bare.refused(2, "hub", "stations", "--database", "postgres://hub:secret@x@h/db")
    assert "not the address of a PostgreSQL database" in said and "secret" not in said


# -- what may not be written ------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["the file", "the folder", "the folder and its files"])
def test_a_hub_that_cannot_be_written_lists_and_says_what_is_wrong(
    bare: Officer, kept: pathlib.Path, what: str
) -> None:
    connection = sqlite3.connect(kept)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    for end in ("-wal", "-shm"):
        pathlib.Path(f"{kept}{end}").unlink(missing_ok=True)
    if what != "the folder":
        kept.chmod(0o400)
    if what != "the file":
        kept.parent.chmod(0o500)
    try:
        for words in (("stations",), ("peer", "list")):
            code, said = bound_by_permissions(bare, "hub", *words)
            assert code == 0, said
        code, said = bound_by_permissions(bare, "hub", "enrol-code", "--station", "FT")
        assert code == 78 and "try again" not in said
        assert "read-only" in said or "cannot be used" in said
    finally:
        kept.parent.chmod(0o700)


# -- names and reasons ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", " ", "X" * 3000, "F\x1b[2J", "F\nT", "丰台", "FT-1", "FTFTFTF"])
def test_a_code_is_for_a_name_that_a_station_can_have(bare: Officer, kept: pathlib.Path, name: str) -> None:
    said = bare.refused(2, "hub", "enrol-code", "--station", name)
    assert "a station's name is 1 to 6 letters or digits" in said and len(said) < 400


@pytest.mark.parametrize("name", [" ", "X" * 65, "枢纽\x1b[2J", "枢\n纽", "\u202e枢纽"])
def test_a_hub_is_called_by_one_line(bare: Officer, kept: pathlib.Path, name: str) -> None:
    for words in (("serve", "--port", "0", "--name"), ("enrol-code", "--role", "hub", "--station")):
        said = bare.refused(2, "hub", *words, name)
        assert "a hub's name is 1 to 64 characters of one line" in said
    with sqlite3.connect(kept) as connection:
        assert connection.execute("SELECT value FROM meta WHERE key='name'").fetchone() == ("FTH",)


def test_a_code_for_another_hub_bears_its_name(bare: Officer, kept: pathlib.Path) -> None:
    told = bare.done("hub", "enrol-code", "--role", "hub", "--station", "天津枢纽", "--json").json
    assert (told["station"], told["role"], told["held_by"]) == ("天津枢纽", "hub", None)


def test_a_code_for_a_name_that_is_known_here_says_whose_it_is(by_hub: World) -> None:
    world = by_hub
    words = at_the_hub(world, "hub", "enrol-code", "--station", "ft")
    (feed,) = [s["feed"] for s in world.ft.done(*at_the_hub(world, "hub", "stations", "--json")).json]
    done = world.ft.done(*words)
    assert f"FT is known here ({feed}): the code is for that store, or for its backup restored" in done.err
    told = world.ft.done(*words, "--json").json
    assert (told["held_by"], told["station"]) == (feed, "FT")
    world.ft.done(*at_the_hub(world, "hub", "revoke", "FT", "--why", "x"))
    assert "was revoked here" in world.ft.done(*words).err
    assert "was revoked here" not in world.ft.done(*words, "--again").err


# -- enrolling by the right code --------------------------------------------------------------------


def test_the_station_is_told_as_what_it_is_enrolled(by_hub: World) -> None:
    world = by_hub
    bj = world.stranger("BJ", "110000", "北京市应急指挥中心")
    one, all_ = "team: the facts of region 110106 alone are given to it", "team, every region"
    for region, said in (("110106", one), ("", all_)):
        code = hub_of(world).code("BJ", "team", region)
        done = bj.done("sync", "enrol", "http://hub.test", code)
        assert f"as station BJ, role {said}" in done.out
        told = bj.done("sync", "enrol", "http://hub.test", code, "--json").json
        assert (told["station"], told["role"], told["region"]) == ("BJ", "team", region or None)


def test_who_has_the_wrong_code_is_told_and_the_code_stays_good(by_hub: World) -> None:
    world = by_hub
    bj = world.stranger("BJ", "110000", "北京市应急指挥中心")
    code = hub_of(world).code("HD")
    said = bj.refused(1, "sync", "enrol", "http://hub.test", code)
    assert "the code is for station HD, and this is BJ" in said
    said = bj.refused(1, "sync", "enrol", "http://hub.test", hub_of(world).code("BJ", "hub"))
    assert "the code is for another hub, not for a station" in said
    world.stranger("HD", "110108", "海淀区应急指挥中心").done("sync", "enrol", "http://hub.test", code)
    other = world.stranger("FT", "110108", "另一个丰台")
    assert other.store != world.ft.store
    said = other.refused(1, "sync", "enrol", "http://hub.test", hub_of(world).code("FT"))
    assert "another station FT is enrolled there" in said
    world.ft.done(*at_the_hub(world, "hub", "revoke", "FT", "--why", "笔记本电脑被盗"))
    said = world.ft.refused(1, "sync", "enrol", "http://hub.test", hub_of(world).code("FT"))
    assert "this station was revoked there: 笔记本电脑被盗" in said and "--again" in said


def test_a_hub_is_told_that_a_code_is_for_a_station_and_that_it_is_itself(
    bare: Officer, kept: pathlib.Path, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    monkeypatch.setattr("emergency.store.link.HttpLink", Wire)
    monkeypatch.setattr(Wire, "reached", {})
    with local(tmp_path) as there:
        Wire.reached[there.url] = there
        said = bare.refused(1, "hub", "peer", "add", there.url, there.code("BJ"))
        assert "the code is for a station, not for a hub" in said and "--role hub" in said
        code = there.code("BJ", "hub")
        said = bare.refused(1, "hub", "peer", "add", there.url, code, "--database", there.opened.engine.name)
        assert "that is this hub itself" in said
        assert "no peer was added" in bare.done("hub", "peer", "list").err
        bare.done("hub", "peer", "add", there.url, code)
        bare.refused(3, "hub", "peer", "remove", "")
        bare.done("hub", "peer", "remove", "HUB")


def test_another_hub_that_a_station_brings_is_no_station_to_admit(
    by_hub: World, tmp_path: pathlib.Path
) -> None:
    world = by_hub
    (tmp_path / "other").mkdir()
    with local(tmp_path / "other", lambda: world.clock.now) as other:
        Wire.reached["http://other.test"] = other
        world.ft.done("sync", "enrol", "http://other.test", other.code("FT"))
        world.ft.done("sync", "--hub", "http://other.test")
        said = world.ft.done("sync", "--hub", "http://hub.test").out
        feed = other.opened.identity.feed
        assert f"HUB ({feed}) is another hub, and no peer of it" in said and "hub admit" not in said
        rows = world.ft.done(*at_the_hub(world, "hub", "stations", "--json")).json
        (row,) = [r for r in rows if r["feed"] == feed]
        assert (row["role"], row["state"]) == ("hub", "waiting")
        said = world.ft.refused(1, *at_the_hub(world, "hub", "admit", feed))
        assert "HUB is another hub, and no station" in said and "emergency hub peer add" in said
        assert world.ft.done(*at_the_hub(world, "hub", "stations", "--json")).json == rows


# -- revoking ---------------------------------------------------------------------------------------


def test_no_entry_is_revoked_that_the_hub_does_not_have(by_hub: World) -> None:
    world = by_hub
    world.ft.done("sync")
    (row,) = world.ft.done(*at_the_hub(world, "hub", "stations", "--json")).json
    words = at_the_hub(world, "hub", "revoke", "FT", "--why", "x")
    said = world.ft.refused(2, *words, "--last", str(row["entries"] + 1))
    assert f"the hub has {row['entries']} entries of FT, and no entry {row['entries'] + 1}" in said
    assert world.ft.done(*words, "--last", str(row["entries"]), "--json").json["last"] == row["entries"]


def restored_twice(world: World, hub: Local) -> list[str]:
    """The feeds of FT: two that followed by its earlier keys, all enrolled."""
    for turn in range(2):
        backup = str(world.carried / f"backup{turn}")
        world.ft.done("backup", backup)
        backing.restore(backup, str(world.ft.store))
        world.ft.add("team", f"name=后写{turn}", "region=110106")
        world.ft.done("sync")
    with hub.opened.engine.reading() as sql:
        return [f for (f,) in sql.execute("SELECT feed FROM member ORDER BY since, feed").fetchall()]


def test_a_station_with_several_feeds_is_revoked_by_feed_or_altogether(by_hub: World) -> None:
    world = by_hub
    world.ft.done("sync")
    feeds = restored_twice(world, hub_of(world))
    assert len(feeds) == 3
    words = at_the_hub(world, "hub", "revoke")
    said = world.ft.refused(2, *words, "FT", "--why", "x")
    assert "FT means several stations" in said and "--all" in said and all(f in said for f in feeds)
    done = world.ft.done(*words, feeds[0], "--why", "x")
    assert "still enrolled as FT: " in done.err and all(f in done.err for f in feeds[1:])
    assert "leave out --all" in world.ft.refused(2, *words, "FT", "--why", "x", "--all", "--last", "1")
    told = world.ft.done(*words, feeds[1], "--why", "x", "--all", "--json").json
    assert {r["feed"] for r in told["revoked"]} == set(feeds[1:]) and told["still_enrolled"] == []
    assert "revoked already" in world.ft.refused(1, *words, "FT", "--why", "x", "--all")
    for name in ("", " ", feeds[0][:3]):
        world.ft.refused(3, *words, name, "--why", "x")


def test_every_verb_of_a_hub_has_an_example(bare: Officer) -> None:
    for verb in (
        "serve",
        "enrol-code",
        "stations",
        "revoke",
        "admit",
        "peer add",
        "peer list",
        "peer remove",
    ):
        assert f"emergency hub {verb}" in bare.done("hub", *verb.split(), "--help").out.split("Examples:")[1]


def test_a_key_of_another_certificate_is_told_of(bare: Officer, tmp_path: pathlib.Path) -> None:
    now = datetime.datetime.now(datetime.UTC)
    one, other = (tls.files(str(tmp_path / name), "127.0.0.1", now) for name in ("one", "other"))
    words = ("web", "--port", "0", "--certificate", one.certificate, "--certificate-key", other.key)
    assert "the key is of another certificate" in bare.refused(2, *words)


def test_a_board_in_a_browser_names_the_certificate_that_it_cannot_read(
    bare: Officer, tmp_path: pathlib.Path
) -> None:
    none = tmp_path / "none.pem"
    said = bare.refused(2, "web", "--port", "0", "--certificate", str(none))
    assert f"{none} cannot be read: No such file or directory" in said
    assert "needs --certificate" in bare.refused(2, "web", "--port", "0", "--certificate-key", str(none))
