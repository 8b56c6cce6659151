"""A transaction of the hub, of which parts can be taken back by themselves."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from emergency.plugins.hub.engine import Placed, insert_entries, is_fault
from emergency.store.chains import Sql


class Parts:
    """The journal as those see it who share a transaction.

    A place to go back to is set before the first statement of a part that writes: most requests
    only look, and each statement is a journey to the server and back.
    """

    def __init__(self, sql: Sql) -> None:
        self._sql: Any = sql
        #: Whether the part that is begun has written; None where none is begun.
        self._written: bool | None = None

    def execute(self, statement: str, parameters: Sequence[Any] = (), /) -> Any:
        """Run one statement; its rows, where it has any."""
        if not statement.startswith("SELECT"):
            self._writes()
        return self._sql.execute(statement, parameters)

    def execute_each(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement, which writes, for each of these."""
        if rows:
            self._writes()
            self._sql.executemany(statement, rows)

    def insert(self, placed: Sequence[Placed]) -> None:
        """Store entries."""
        if placed:
            self._writes()
            insert_entries(self._sql, placed)

    def _writes(self) -> None:
        if self._written is False:
            self._sql.execute("SAVEPOINT part")
            self._written = True

    @contextlib.contextmanager
    def part(self) -> Iterator[None]:
        """What is raised within takes back what was written within."""
        self._written = False
        try:
            yield
        except BaseException as error:
            # A database that failed has taken all of the transaction back, this place in it too.
            if self._written and not is_fault(error):
                self._sql.execute("ROLLBACK TO SAVEPOINT part")
            raise
        else:
            if self._written:
                self._sql.execute("RELEASE SAVEPOINT part")
        finally:
            self._written = None
