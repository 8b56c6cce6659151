"""A disk that remembers every write and sync, so that a power cut can be had after any of them.

The program runs as it is, over SQLite with a file system of ours (apsw's VFS) that passes everything
on and keeps a log. What a power cut leaves is made from the log: all that was synced; of what was
written and not yet synced, any sectors of 512 bytes, in any mixture, none or all; a file that was
deleted and whose folder was not yet synced, or not.
"""

from __future__ import annotations

import contextlib
import random
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from unittest import mock

import apsw

SECTOR = 512
_connect = sqlite3.connect


class Op(NamedTuple):
    """One thing that was asked of the disk: `write`, `truncate`, `sync`, `delete`."""

    what: str
    name: str
    offset: int = 0
    data: bytes = b""


class _File(apsw.VFSFile):
    def __init__(self, log: list[Op], name: Any, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._log = log
        self._name = name.filename() if isinstance(name, apsw.URIFilename) else str(name)

    def xWrite(self, data: Any, offset: int) -> None:
        self._log.append(Op("write", self._name, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:
        self._log.append(Op("truncate", self._name, newsize))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:
        self._log.append(Op("sync", self._name))
        super().xSync(flags)


class Disk(apsw.VFS):
    """The file system, and its log of what happens to one database."""

    def __init__(self, name: str, path: str) -> None:
        self.log: list[Op] = []
        self._path = path
        self.name = name
        super().__init__(name, "")

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:
        opened = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        return _File(self.log if opened.startswith(self._path) else [], name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        if filename.startswith(self._path):
            self.log.append(Op("delete", filename))
        super().xDelete(filename, syncdir)


class _Rows:
    """What a statement gave back, as sqlite3 gives it."""

    def __init__(self, rows: list[Any], description: Any) -> None:
        self._rows, self._at, self.description = rows, 0, description

    def fetchone(self) -> Any:
        self._at += 1
        return self._rows[self._at - 1] if self._at <= len(self._rows) else None

    def fetchall(self) -> list[Any]:
        rows, self._at = self._rows[self._at :], len(self._rows)
        return rows

    def __iter__(self) -> Iterator[Any]:
        return iter(self.fetchall())


class _Connection:
    """A connection of apsw that answers as one of sqlite3."""

    def __init__(self, disk: Disk, path: str, *, uri: bool, synchronous: str) -> None:
        flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | (apsw.SQLITE_OPEN_URI if uri else 0)
        self._apsw = apsw.Connection(path, flags=flags, vfs=disk.name)
        self._synchronous = synchronous
        self._described: Any = None
        self._apsw.exec_trace = self._describe
        # A checkpoint every few commands, so that the power is cut in the middle of many.
        self._apsw.execute("PRAGMA wal_autocheckpoint=40")

    def _describe(self, cursor: Any, _sql: str, _bindings: Any) -> bool:
        self._described = cursor.get_description()
        return True

    @property
    def in_transaction(self) -> bool:
        return bool(self._apsw.in_transaction)

    def execute(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> _Rows:
        sql = sql.replace("synchronous=FULL", f"synchronous={self._synchronous}")
        try:
            given = parameters if isinstance(parameters, Mapping) else tuple(parameters)
            rows = self._apsw.execute(sql, given).fetchall()
        except apsw.Error as error:
            raise sqlite3.OperationalError(str(error)) from error
        return _Rows(rows, self._described or ())

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        self._apsw.executemany(sql, (tuple(row) for row in rows))

    def close(self) -> None:
        # A reader that is the last to close may not fold the WAL into the database, and SQLite passes over it.
        with contextlib.suppress(apsw.IOError):
            self._apsw.close()


@contextlib.contextmanager
def under(disk: Disk, synchronous: str = "FULL") -> Iterator[None]:
    """Open every database on this disk; with another setting of `synchronous`, to see that it matters."""

    def connect(path: str, *, uri: bool = False, **_: Any) -> Any:
        if path == ":memory:":
            return _connect(path, isolation_level=None)
        return _Connection(disk, path, uri=uri, synchronous=synchronous)

    with mock.patch.object(sqlite3, "connect", connect):
        yield


class Platter:
    """What is on the disk for good, and what was only written, as the log goes on."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = {name: bytearray(data) for name, data in files.items()}
        self._pending: list[Op] = []

    def turn(self, op: Op) -> None:
        """One operation of the log."""
        if op.what != "sync":
            self._pending.append(op)
            return
        # What was deleted before a sync in the same folder stays deleted.
        now = [o for o in self._pending if o.name == op.name or o.what == "delete"]
        self._pending = [o for o in self._pending if o not in now]
        for pending in now:
            _apply(self.files, pending)

    def cut(self, r: random.Random) -> dict[str, bytes]:
        """What a power cut leaves now."""
        files = {name: bytearray(data) for name, data in self.files.items()}
        kept = r.choice((0.0, 0.3, 0.7, 0.95, 1.0))
        spared: set[str] = set()
        for op in self._pending:
            if op.name in spared:
                continue
            if op.what == "delete":
                if r.random() < 0.5:
                    # The folder still names the old file; what was written since went to another.
                    spared.add(op.name)
                else:
                    _apply(files, op)
            elif op.what == "truncate":
                if r.random() < kept:
                    _apply(files, op)
            else:
                for at in range(0, len(op.data), SECTOR):
                    if r.random() < kept:
                        part = op.data[at : at + SECTOR]
                        _apply(files, op._replace(offset=op.offset + at, data=part))
        return {name: bytes(data) for name, data in files.items()}


def _apply(files: dict[str, bytearray], op: Op) -> None:
    if op.what == "delete":
        files.pop(op.name, None)
        return
    data = files.setdefault(op.name, bytearray())
    end = op.offset + len(op.data)
    if op.what == "truncate":
        del data[op.offset :]
        end = op.offset
    data.extend(bytes(max(0, end - len(data))))
    if op.what == "write":
        data[op.offset : end] = op.data
