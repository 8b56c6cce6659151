"""What registers hold of teams, read once for all that are asked about: qualifications, who is out, stock of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from emergency.store.records.steps import ACTIVE
from emergency.store.records.types import Date
from emergency.store.store import Store

_ACTIVE = ", ".join(f"'{s}'" for s in ACTIVE)


class TeamRegisters(NamedTuple):
    """Each by the id of the team; one that has nothing of a kind is not in that."""

    #: {qualification: [(name, until)]} of its members.
    holders: Mapping[str, Mapping[str, Sequence[tuple[str, str | None]]]]
    #: People that orders have.
    out: Mapping[str, int]
    #: [(item, there, minimum)] of its own depots, in thousandths; what has expired is not there.
    levels: Mapping[str, Sequence[tuple[str, int, int]]]
    #: When that stock last moved or was counted.
    counted_at: Mapping[str, int]


def read(store: Store, teams: str, values: Sequence[Any], today: str) -> TeamRegisters:
    """Of the teams whose ids the SQL `teams` gives with these values, on a day."""

    def rows(sql: str, *more: Any) -> list[tuple[Any, ...]]:
        return store.connection.execute(sql.format(teams=teams), (*more, *values)).fetchall()

    holders: dict[str, dict[str, list[tuple[str, str | None]]]] = {}
    for team, what, name, until in rows(
        "SELECT team, qualification, name, qualification_until FROM member WHERE retired IS NULL"
        " AND qualification IS NOT NULL AND team IN ({teams})"
    ):
        holders.setdefault(team, {}).setdefault(what, []).append((name, until))
    out = rows(
        f"SELECT team, sum(coalesce(answered / 1000, people)) FROM line WHERE state IN ({_ACTIVE})"
        " AND people IS NOT NULL AND team IN ({teams}) GROUP BY team"
    )
    levels: dict[str, list[tuple[str, int, int]]] = {}
    for team, item, there, minimum in rows(
        "SELECT d.team, v.item, sum(CASE WHEN v.expires IS NULL OR"
        f" {Date.last_day_sql('v.expires')} >= ? THEN coalesce(v.quantity, 0) ELSE 0 END),"
        " max(v.minimum) FROM reserve v JOIN depot d ON d.id = v.depot WHERE v.retired IS NULL"
        " AND d.retired IS NULL AND coalesce(v.form, 'physical') = 'physical' AND d.team IN ({teams})"
        " GROUP BY 1, 2 HAVING max(v.minimum) > 0 ORDER BY 1, 2",
        today,
    ):
        levels.setdefault(team, []).append((item, there, minimum))
    counted = rows(
        "SELECT d.team, max(m.at) FROM movement m JOIN reserve v ON v.id = m.reserve JOIN depot d ON d.id = v.depot"
        " WHERE d.team IN ({teams}) GROUP BY 1"
    )
    return TeamRegisters(
        holders,
        {team: int(people or 0) for team, people in out},
        levels,
        {team: at for team, at in counted if at is not None},
    )
