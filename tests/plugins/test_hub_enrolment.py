"""Who may enrol with which code, and under which name; the same whichever database the hub's journal is in."""

from __future__ import annotations

import pathlib
import sqlite3

import pytest

from emergency.plugins.hub import opened
from emergency.plugins.hub.engine import APPLICATION_ID, TABLES, Sqlite, open_engine
from emergency.plugins.hub.enrolling import admit, listed, revoke
from emergency.plugins.hub.members import members
from emergency.plugins.hub.peers import add
from emergency.store import backing, hubs, keys
from emergency.store.errors import Refused
from emergency.store.store import Store

from .hubs import Local, hub, local, station
from .twins import KEY, Guest, Twins

__all__ = ["hub"]


def states(twins: Twins) -> list[tuple[str, str]]:
    return twins.do(lambda f: [(row["feed"], row["state"]) for row in listed(f.sql)])


# -- one name, one station --------------------------------------------------------------------------


def test_a_name_that_another_station_has_is_refused_and_the_code_stays_good(twins: Twins) -> None:
    a, b = Guest("FT", twins).enrolled(), Guest("ft", twins, "other")
    code = twins.code("FT")
    refused = b.asks_to_enrol(code)
    assert (refused.status, refused.json) == (403, {"error": "name-taken", "station": "ft"})
    # The one that has it may use the code, before it hands anything over and after.
    assert a.asks_to_enrol(code).status == 200
    a.meets()
    assert b.asks_to_enrol(twins.code("FT")).json["error"] == "name-taken"
    assert a.asks_to_enrol(twins.code("FT")).status == 200
    assert [feed for feed, _state in states(twins)] == [a.feed]


def test_a_station_that_was_revoked_keeps_its_name(twins: Twins) -> None:
    a, b = Guest("FT", twins).enrolled().meets(), Guest("FT", twins, "other")
    twins.do(lambda f: revoke(f, a.feed, "lost", "x", None).last)
    assert b.asks_to_enrol(twins.code("FT")).json["error"] == "name-taken"
    assert b.asks_to_enrol(twins.code("FT", again=True)).json["error"] == "name-taken"


def test_a_name_that_came_from_another_hub_is_taken_and_that_of_a_hub_is_not(twins: Twins) -> None:
    peer, far, b = Guest("BJ", twins), Guest("HP", twins), Guest("HP", twins, "other")
    assert peer.asks_to_enrol(twins.code("BJ", "hub"), as_="peer").status == 200
    peer.take(far.own)
    peer.push(*peer.own, *far.own)
    assert b.asks_to_enrol(twins.code("HP")).json["error"] == "name-taken"
    assert Guest("BJ", twins, "other").asks_to_enrol(twins.code("BJ")).status == 200


def test_a_station_restored_without_its_key_enrols_under_its_name_and_two_letters(twins: Twins) -> None:
    Guest("FT", twins).enrolled().meets()
    again = Guest("FT", twins, "other")
    assert again.asks_to_enrol(twins.code("FT"), name="FTKX").status == 200


def test_another_station_of_a_name_is_not_admitted(twins: Twins) -> None:
    a, b, c = Guest("FT", twins).enrolled(), Guest("FT", twins, "other"), Guest("HD", twins).enrolled()
    a.meets()
    c.take(b.own)
    assert c.push(*c.own, *b.own)["waiting"] == [b.feed]
    with pytest.raises(Refused, match="the same numbers"):
        twins.do(lambda f: admit(f, b.feed, "duty", "", "x"))


def test_a_store_restored_where_its_key_was_lost_enrols_with_its_name_and_two_stations_do_not(
    hub: Local, tmp_path: pathlib.Path
) -> None:
    with station(tmp_path / "one") as one, station(tmp_path / "two") as two:
        hub.enrol(one)
        hub.sync(one)
        backing.backup(one, str(tmp_path / "backup"))
        with pytest.raises(Refused, match="another station FT is enrolled there"):
            hub.enrol(two)
        assert hubs.hubs(two.connection) == []
    backing.restore(str(tmp_path / "backup"), str(tmp_path / "elsewhere.db"))
    with Store(str(tmp_path / "elsewhere.db")) as elsewhere:
        told = hubs.enrol(elsewhere, hub, hub.url, hub.code("FT")).told
        assert told == {"station": "FT", "role": "duty", "region": ""}
        assert len(elsewhere.meta("prefix")) == 4
        assert hub.sync(elsewhere).state == "synced"
        with local(tmp_path / "new") as new:
            # Where nobody knows its name yet, its earlier feed is no other station.
            known = hubs.enrol(elsewhere, new, "http://new", new.code("FT"))
            earlier = keys.Signer.load(one.path).feed
            assert earlier in new.sync(elsewhere, known).waiting
            new.opened.writing.submit(lambda f: admit(f, earlier, "duty", "", "x")).result()


# -- the code and who uses it -----------------------------------------------------------------------


def test_a_code_enrols_the_station_that_it_is_for(twins: Twins) -> None:
    a, b = Guest("FT", twins), Guest("HD", twins)
    code = twins.code("FT")
    assert b.asks_to_enrol(code).json == {"error": "other-station", "station": "FT"}
    assert a.asks_to_enrol(code).status == 200


def test_a_code_of_a_hub_enrols_no_station_and_that_of_a_station_no_hub(twins: Twins) -> None:
    a = Guest("FT", twins)
    one, other = twins.code("FT", "hub"), twins.code("FT")
    assert a.asks_to_enrol(one).json["error"] == "code-of-hub"
    assert a.asks_to_enrol(other, as_="peer").json["error"] == "code-of-station"
    assert a.asks_to_enrol(other, as_="x").status == 400
    # What he asks as stands in the proof.
    assert a.asks_to_enrol(other, **{"as": "peer"}).json == {"error": "wrong-code"}
    assert a.asks_to_enrol(one, as_="peer").status == a.asks_to_enrol(other).status == 200


def test_a_hub_is_not_enrolled_at_itself(twins: Twins) -> None:
    itself = Guest("HUB", twins)
    itself.signer = KEY
    code = twins.code("BJ", "hub")
    assert itself.asks_to_enrol(code, as_="peer").json["error"] == "itself"
    assert twins.rows("SELECT feed FROM code") == [("",)]


def test_a_hub_added_to_itself_says_so(tmp_path: pathlib.Path) -> None:
    with local(tmp_path) as hub:
        code = hub.code("BJ", "hub")
        with pytest.raises(Refused, match="this hub itself"):
            add(hub.opened, hub.url, code, "", hub, "x")  # type: ignore[arg-type]
        other = opened(str(tmp_path / "other.db"), str(tmp_path))
        assert add(other, hub.url, code, "", hub, "x").feed == hub.opened.identity.feed  # type: ignore[arg-type]
        other.engine.close()


def test_a_revoked_key_enrols_by_a_code_that_says_so_alone(twins: Twins) -> None:
    a = Guest("FT", twins).enrolled().meets()
    twins.do(lambda f: revoke(f, a.feed, "被盗", "x", None).last)
    refused = a.asks_to_enrol(twins.code("FT"))
    assert (refused.status, refused.json) == (403, {"error": "revoked", "why": "被盗", "last": 1})
    code = twins.code("FT", again=True)
    assert a.asks_to_enrol(code).status == 200
    assert states(twins) == [(a.feed, "enrolled")]
    # Once: the answer may be asked for again, and enrols nobody who was revoked since.
    assert a.asks_to_enrol(code).status == 200
    twins.do(lambda f: revoke(f, a.feed, "again", "x", None).last)
    assert a.asks_to_enrol(code).json["error"] == "revoked"


# -- databases of before ----------------------------------------------------------------------------


def test_a_database_of_before_opens_and_its_codes_are_good(tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / "hub.db")
    connection = sqlite3.connect(path)
    for table in TABLES:
        told = table.format(text="TEXT", int="INTEGER", blob="BLOB").replace(", again INTEGER DEFAULT 0", "")
        connection.execute(f"CREATE TABLE {told}")
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    connection.execute("PRAGMA user_version=2")
    connection.execute(
        "INSERT INTO code VALUES('7K3QD', x'00', 'FT', 'duty', '', 0, 0, '')",
    )
    connection.commit()
    connection.close()
    engine = open_engine(path)
    assert isinstance(engine, Sqlite)
    with engine.reading() as sql:
        assert sql.execute("SELECT station, again FROM code").fetchall() == [("FT", 0)]
    engine.close()
    open_engine(path).close()


def test_a_postgresql_database_of_before_opens_and_its_codes_are_good(database: str) -> None:
    engine = open_engine(database)
    with engine.writing() as sql:
        sql.execute("ALTER TABLE code DROP COLUMN again")
        sql.execute("INSERT INTO code VALUES('7K3QD', ?, 'FT', 'duty', '', 0, 0, '')", (b"0",))
        sql.execute("UPDATE meta SET value='2' WHERE key='version'")
    engine.close()
    engine = open_engine(database)
    with engine.reading() as sql:
        assert [tuple(row) for row in sql.execute("SELECT station, again FROM code").fetchall()] == [
            ("FT", 0)
        ]
        assert members(sql) == []
    engine.close()
    assert keys.feed_id(KEY.public) == KEY.feed
