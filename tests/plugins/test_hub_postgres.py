"""A hub over PostgreSQL when something is wrong: it says so in a line, gives nothing away, and recovers."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import threading
from collections.abc import Iterator

import httpx
import psycopg
import pytest

from emergency.plugins.hub.causes import cause
from emergency.plugins.hub.engine import Unavailable, open_engine
from emergency.plugins.hub.filing import Filing
from emergency.plugins.hub.identity import key_place
from emergency.plugins.hub.writing import Writing
from emergency.store.errors import BadStore
from emergency.store.keys import Signer
from tests.store.stations import environment

from .postgres import Cluster, free_port
from .processes import DEADLINE, Station, served, until, words

SECRET = "Geheim-42"


def refused(home: pathlib.Path, database: str, language: str = "en") -> str:
    """What a hub says that cannot begin: its exit code is 78, its words are a line and a hint."""
    done = subprocess.run(
        words(database), capture_output=True, text=True, timeout=DEADLINE,
        env=environment(EMERGENCY_HOME=str(home), EMERGENCY_LANG=language),
    )  # fmt: skip
    lines = done.stderr.splitlines()
    assert (done.returncode, done.stdout, len(lines)) == (78, "", 2), done.stderr
    assert lines[0].startswith("emergency: ") and SECRET not in done.stderr
    return lines[0]


def with_secret(address: str) -> str:
    """The same address with a password in it."""
    return address.replace("@", f":{SECRET}@", 1)


def test_a_database_that_is_down(tmp_path: pathlib.Path) -> None:
    hosts = f"127.0.0.1:{free_port()},127.0.0.1:{free_port()}"
    said = refused(tmp_path, f"postgresql://hub:{SECRET}@{hosts}/city")
    assert said == f"emergency: postgresql://{hosts}/city cannot be used: no PostgreSQL server answers there"
    nowhere = f"127.0.0.1:{free_port()}"
    assert refused(tmp_path, f"postgresql://hub@{nowhere}/city", "zh").endswith(
        "：那里没有 PostgreSQL 服务器应答"
    )


@pytest.fixture
def guarded(cluster: Cluster) -> Iterator[Cluster]:
    """The server, where a user `w` needs a password, has no right to anything, and `q` is not let in."""
    hba = pathlib.Path(cluster.data, "pg_hba.conf")
    before = hba.read_text(encoding="ascii")
    cluster.run(f"CREATE ROLE w LOGIN PASSWORD '{SECRET}'")
    hba.write_text("host all w 127.0.0.1/32 scram-sha-256\nhost all q 127.0.0.1/32 reject\n" + before)
    cluster.reload()
    until(lambda: "no password" in _said(cluster.address("postgres").replace("hub@", "w@")))
    yield cluster
    hba.write_text(before)
    cluster.reload()
    until(lambda: "no password" not in _said(cluster.address("postgres").replace("hub@", "w@")))
    cluster.run("DROP ROLE w")


def _said(address: str) -> str:
    """What the database itself says of an address; "" where it lets one in."""
    try:
        psycopg.connect(address).close()
    except psycopg.OperationalError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("user", "name", "english", "chinese"),
    [
        ("hub", "nowhere", "the server has no such database", "服务器上没有这个数据库"),
        ("nobody9", "postgres", "the server has no such user, or does not let it log in", "服务器上没有这个用户，或不允许其登录"),
        ("w", "postgres", "the password is wrong or missing", "口令错误或未提供"),
        ("w:wrong", "postgres", "the password is wrong or missing", "口令错误或未提供"),
        ("q", "postgres", "the server does not let this user in from this machine", "服务器不允许该用户从本机连接"),
        (f"w:{SECRET}", "postgres", "this user has no right to it", "该用户没有权限"),
    ],
)  # fmt: skip
def test_what_keeps_a_hub_from_its_database_is_said_in_our_own_words(
    tmp_path: pathlib.Path, guarded: Cluster, user: str, name: str, english: str, chinese: str
) -> None:
    here = guarded.address(name).replace("hub@", f"{user}@")
    hosts = here.partition("@")[2].partition("/")[0]
    said = refused(tmp_path, here)
    assert said == f"emergency: postgresql://{hosts}/{name} cannot be used: {english}"
    assert refused(tmp_path, here, "zh") == f"emergency: postgresql://{hosts}/{name} 不可用：{chinese}"
    # One of several that does not answer is not what is wrong, where another says what is.
    both = here.replace(f"@{hosts}", f"@127.0.0.1:{free_port()},{hosts}")
    assert refused(tmp_path, both).endswith(english)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('致命错误:  数据库 "city" 不存在', "the server has no such database"),
        ('致命错误:  用户 "hub" Password 认证失败', "the password is wrong or missing"),
        ('没有用于主机 "::1", 用户 "hub", 数据库 "city", 无加密 的 pg_hba.conf 记录', "does not let this user in"),
        ('访问数据库"city"的权限不够', "no right"),
        ("busy", "another process is writing to it"),
        ("a word of its own\nand more", 'the database says "a word of its own"'),
    ],
)  # fmt: skip
def test_a_server_that_speaks_chinese_is_understood_and_words_nobody_knows_are_quoted(
    said: str, told: str
) -> None:
    assert told in cause(Unavailable(said)).why


def test_a_database_of_a_newer_program(tmp_path: pathlib.Path, database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("CREATE TABLE meta(key text PRIMARY KEY, value text)")
        connection.execute("INSERT INTO meta VALUES('version', '99')")
    assert "written by a newer program" in refused(tmp_path, with_secret(database))
    with psycopg.connect(database) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname='public'").fetchall()
    assert tables == [("meta",)]


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://hub:{SECRET}@x@h/db",
        f"postgresql://hub:x/{SECRET}@h/db",
        f"postgresql://hub:x?{SECRET}@h/db",
        f"postgresql://hub@h/db?{SECRET}",
        f"postgresql://hub:{SECRET}@[::1/db",
        f"postgresql://hub:{SECRET}@[::1]x/db",
        f"postgresql://h/db?passwort={SECRET}",
        f"postgresql://hub:%G{SECRET}@h/db",
    ],
)
def test_an_address_that_is_none_is_not_repeated(address: str) -> None:
    with pytest.raises(BadStore) as refusal:
        open_engine(address)
    assert SECRET not in refusal.value.message + refusal.value.hint


def test_a_database_that_goes_away_and_comes_back(
    tmp_path: pathlib.Path, cluster: Cluster, database: str
) -> None:
    address = with_secret(database)
    with served(tmp_path, address) as hub:
        station = Station(tmp_path, "FT", tmp_path, address, hub.url)
        station.states(2)
        assert station.sync(hub.url).state == "synced"
        cluster.stop("fast")
        answer = httpx.get(f"{hub.url}/v1/health")
        assert (answer.status_code, answer.json()) == (503, {"error": "unavailable"})
        assert answer.headers["retry-after"] == "2"
        assert httpx.get(f"{hub.url}/v1/metrics").status_code == 200
        station.states(2)
        outcome = station.sync(hub.url)
        assert (outcome.state, outcome.sent) == ("offline", 0)
        cluster.start()
        until(lambda: httpx.get(f"{hub.url}/v1/health").status_code == 200)
        outcome = station.sync(hub.url)
        assert (outcome.state, outcome.sent) == ("synced", 2)
    log = hub.log.read_text(encoding="utf-8")
    assert '"event": "unavailable"' in log and SECRET not in log and "Traceback" not in log
    told = [p for p in tmp_path.iterdir() if SECRET.encode() in p.read_bytes()]
    assert [p.name for p in told] == ["hub.json"] and told[0].stat().st_mode & 0o077 == 0


def test_a_connection_cut_between_requests_costs_none(cluster: Cluster, database: str) -> None:
    engine = open_engine(database)
    for begun in (engine.reading, engine.writing):
        cluster.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname='{_db(database)}'")
        with begun() as sql:
            assert sql.execute("SELECT 1").fetchone() == (1,)
    engine.close()


def test_a_connection_cut_within_a_transaction_leaves_nothing(cluster: Cluster, database: str) -> None:
    engine = open_engine(database)
    with pytest.raises(Unavailable), engine.writing() as sql:
        sql.execute("INSERT INTO meta VALUES('x', 'y')")
        cluster.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname='{_db(database)}'")
    with engine.reading() as sql:
        assert sql.execute("SELECT * FROM meta WHERE key='x'").fetchall() == []
    engine.close()


def test_writers_take_turns_and_do_not_wait_for_ever(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emergency.plugins.hub.postgres._SESSION", "SET lock_timeout='100ms'")
    one, other = open_engine(database), open_engine(database)
    with one.writing():
        with pytest.raises(Unavailable, match="busy"), other.writing():
            pass
        with other.reading() as sql:
            assert sql.execute("SELECT value FROM meta WHERE key='counter'").fetchone() == ("0",)
    with other.writing():
        pass
    one.close()
    other.close()


def test_a_question_that_the_server_refuses_takes_nothing_of_the_others_with_it(database: str) -> None:
    """No request is known that reaches it; who shares its transaction would be told of what is not stored."""
    engine = open_engine(database)
    writing = Writing(engine, Signer.create(), lambda: 0)
    with engine.writing() as sql:
        sql.execute("INSERT INTO meta VALUES('x', '0')")
    begun = threading.Event()

    def counts(filing: Filing) -> str:
        filing.sql.execute("UPDATE meta SET value=value || '1' WHERE key='x'")
        return "counted"

    def asks(filing: Filing) -> None:
        filing.sql.execute("SELECT CAST(? AS BIGINT)", ("x",)).fetchone()

    writing.start()
    # While the one writer waits here, these come to share a transaction.
    waits = writing.submit(lambda filing: begun.wait(DEADLINE))
    jobs = [writing.submit(job) for job in (counts, asks, counts, asks)]
    begun.set()
    assert waits.result() is True
    assert [one.exception() is None for one in jobs] == [True, False, True, False]
    assert engine.ask("SELECT value FROM meta WHERE key='x'") == [("011",)]
    writing.stop()
    engine.close()


def test_two_processes_lay_out_one_database(database: str) -> None:
    failed: list[BaseException] = []

    def lay_out() -> None:
        try:
            open_engine(database).close()
        except BaseException as error:
            failed.append(error)
            raise

    threads = [threading.Thread(target=lay_out) for _n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_the_key_file_is_named_after_the_database_alone() -> None:
    for where in ("postgresql://hub:geheim@h1,h2:5432/city?sslmode=require", "postgres://other/city/"):
        assert key_place(where, "home").startswith("home/hub-city-")
    for where in ("postgresql://hub:geheim@h1", "postgresql://hub:geheim@h1/", "postgresql://?host=/tmp"):
        assert key_place(where, "home").startswith("home/hub-hub-")


def _db(address: str) -> str:
    return address.rpartition("/")[2]


def test_what_only_a_file_can_do_is_refused_and_what_to_do_instead_is_said(
    tmp_path: pathlib.Path, database: str
) -> None:
    def says(*typed: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "emergency", "hub", *typed, "--database", database]
        environ = environment(EMERGENCY_HOME=str(tmp_path))
        return subprocess.run(line, capture_output=True, text=True, timeout=DEADLINE, env=environ)

    with served(tmp_path, database) as hub:
        station = Station(tmp_path, "FT", tmp_path, database, hub.url)
        station.states(3)
        assert station.sync(hub.url).state == "synced"
    assert says("verify").returncode == 0
    kept = str(tmp_path / "kept.db")
    for command, said in (("backup", "use pg_dump"), ("mend", "the server's own backup")):
        refused = says(command, kept)
        assert (refused.returncode, refused.stdout) == (78, "") and said in refused.stderr
    assert not (tmp_path / "kept.db").exists()
    engine = open_engine(database)
    with engine.writing() as sql:
        sql.execute("UPDATE entry SET facts='x' WHERE n=2")
    engine.close()
    found = says("verify")
    assert found.returncode == 1 and "the facts were changed" in found.stdout
    assert "the server's own backup" in found.stderr and "hub mend" not in found.stderr
