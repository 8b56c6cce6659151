"""What the cells of a sheet name: the records that a name, code or id may mean."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from emergency.store.records import RECORDS
from emergency.store.text import fold_width


class Names:
    """Every word by which records are known, read once for each kind that is asked for."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._names: dict[str, dict[str, str]] = {}

    def resolver(self, kind: str) -> Callable[[str], str | None]:
        """From a name, code or id in a sheet to the id of a record of that kind, or None."""
        return lambda text: self.known(kind).get(fold_width(text).casefold())

    def known(self, kind: str) -> dict[str, str]:
        """{name, code or id, folded: id} of one kind; whoever makes a record adds it."""
        if kind not in self._names:
            record = RECORDS[kind]
            columns = ["id", *(n for n in (*record.names, *record.search) if n != "id")]
            known: dict[str, str] = {}
            listed = ", ".join(f'"{c}"' for c in columns)
            for row in self._connection.execute(
                f'SELECT {listed} FROM "{kind}" ORDER BY retired IS NOT NULL, id'
            ):
                for i, text in enumerate(row):
                    for word in str(text).split(";") if columns[i] == "aliases" and text else [text]:
                        if word:
                            known.setdefault(fold_width(str(word)).casefold(), row[0])
            if kind == "region":
                self._add_successors(known)
            self._names[kind] = known
        return self._names[kind]

    def _add_successors(self, known: dict[str, str]) -> None:
        for code, successors in self._connection.execute(
            "SELECT id, successors FROM region WHERE successors IS NOT NULL"
        ):
            if len(successors.split()) == 1:
                known[code] = successors
