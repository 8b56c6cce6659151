"""A PostgreSQL server of the tests' own, from the binaries of the system, in a folder of its own.

PostgreSQL will not run as root: there the server runs as another user, and the folder is that user's.
"""

from __future__ import annotations

import contextlib
import glob
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import psycopg

#: Where distributions put the binaries of a server, beside what PATH and pg_config tell.
PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/libexec/postgresql*")
PROGRAMS = ("initdb", "pg_basebackup", "pg_ctl", "postgres")
#: A commit is on disk when it is acknowledged, as in earnest; the rest is for a small machine.
SETTINGS = {
    "fsync": "on",
    "shared_buffers": "16MB",
    "max_connections": "60",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_wal_senders": "4",
    "wal_level": "replica",
    "autovacuum": "off",
    "wal_sender_timeout": "10s",
}
#: Attempts to start at a port that another program takes in the meantime.
STARTS = 5
SUPERUSER = "hub"


def binaries() -> str | None:
    """The folder of a server's programs, or None where no server is installed."""
    found = [os.path.dirname(os.path.realpath(path)) for path in [shutil.which("initdb")] if path]
    if shutil.which("pg_config"):
        told = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True)
        found.append(told.stdout.strip())
    found += sorted((p for place in PLACES for p in glob.glob(place)), key=_version, reverse=True)
    return next(
        (p for p in found if all(os.access(os.path.join(p, name), os.X_OK) for name in PROGRAMS)), None
    )


def _version(place: str) -> int:
    return int("".join(c for c in place if c.isdigit()) or 0)


def _user() -> dict[str, Any]:
    """As whom a server runs, for subprocess: as ourselves, unless we are root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise AssertionError("root, and no other user to run PostgreSQL as")


@contextlib.contextmanager
def folder() -> Iterator[str]:
    """A folder that a server can use; pytest's own are closed to other users."""
    made = tempfile.mkdtemp(prefix="emergency-pg-")
    user = _user()
    if user:
        os.chown(made, user["user"], user["group"])
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Cluster:
    """One server with its data."""

    def __init__(self, bin_: str, data: str) -> None:
        self.bin, self.data = bin_, data
        self.port = 0
        self.running = False
        self._made = 0

    @classmethod
    def create(cls, bin_: str, parent: str) -> Cluster:
        """A new one, not started."""
        cluster = cls(bin_, os.path.join(parent, "primary"))
        cluster.tool(
            "initdb", "-D", cluster.data, "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--locale=C",
            "--no-sync", "--no-instructions",
        )  # fmt: skip
        with open(os.path.join(cluster.data, "pg_hba.conf"), "a", encoding="ascii") as file:
            file.write("host replication all 127.0.0.1/32 trust\n")
        return cluster

    def standby(self, name: str) -> Cluster:
        """A standby that streams from this one under a name; started."""
        other = Cluster(self.bin, os.path.join(os.path.dirname(self.data), name))
        source = f"host=127.0.0.1 port={self.port} user={SUPERUSER} application_name={name}"
        self.tool("pg_basebackup", "-D", other.data, "-d", source, "-R", "-X", "stream", "-c", "fast", "-N")
        other.start()
        return other

    def tool(self, name: str, *arguments: str) -> str:
        """Run one of PostgreSQL's programs to its end; what it says."""
        # Into a file: what a server inherits of a pipe would keep it open.
        with tempfile.TemporaryFile("w+") as out:
            done = subprocess.run(
                [os.path.join(self.bin, name), *arguments],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, timeout=60, cwd="/", **_user(),
            )  # fmt: skip
            out.seek(0)
            said = out.read()
        assert done.returncode == 0, (name, arguments, said)
        return said

    def start(self) -> None:
        """Start it, at the port it had before or else a free one."""
        log = os.path.join(self.data, "server.log")
        for attempt in range(STARTS):
            port = self.port or free_port()
            options = " ".join(f"-c {k}='{v}'" for k, v in (SETTINGS | {"port": str(port)}).items())
            try:
                self.tool("pg_ctl", "start", "-w", "-t", "30", "-D", self.data, "-l", log, "-o", options)
            except AssertionError:
                if attempt == STARTS - 1:
                    raise
                continue
            self.port, self.running = port, True
            return

    def stop(self, mode: str = "fast") -> None:
        """Stop it; `immediate` as if the power were cut."""
        if self.running:
            self.running = False
            self.tool("pg_ctl", "stop", "-w", "-D", self.data, "-m", mode)

    def promote(self) -> None:
        """Let a standby take writes."""
        self.tool("pg_ctl", "promote", "-w", "-D", self.data)

    def reload(self) -> None:
        """Let it read its settings again."""
        self.tool("pg_ctl", "reload", "-D", self.data)

    def address(self, database: str) -> str:
        """Where a database of it is."""
        return f"postgresql://{SUPERUSER}@127.0.0.1:{self.port}/{database}"

    def run(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement outside any transaction; its rows."""
        with psycopg.connect(self.address(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description is not None else []

    @contextlib.contextmanager
    def fresh(self) -> Iterator[str]:
        """The name of a database with nothing in it; dropped afterwards."""
        self._made += 1
        name = f"hub{self._made}"
        self.run(f"CREATE DATABASE {name}")
        try:
            yield name
        finally:
            if self.running:
                self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@contextlib.contextmanager
def served(skip: Callable[[str], Any]) -> Iterator[Cluster]:
    """A started cluster; `skip` is told why there can be none."""
    bin_ = binaries()
    if bin_ is None:
        skip("no PostgreSQL server is installed here: initdb was not found")
        return
    with folder() as parent:
        cluster = Cluster.create(bin_, parent)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop("immediate")
