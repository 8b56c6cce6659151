"""The opening board: everything a duty officer must see in one glance, read in a few queries.

`gather` answers as of the store's moment: now, or the time that `--as-of` names. It knows
no screen: the TUI, the plain text and the JSON are made from the same Board.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from emergency.store import claims, decisions, following, needs, tally, times
from emergency.store.records import RECORDS
from emergency.store.records.incident import LEVELS
from emergency.store.records.steps import ENDED, STATES
from emergency.store.store import Store
from emergency.store.words import language


class Header(NamedTuple):
    """Whose board it is, of what moment, and how far it can be trusted."""

    station: str
    name: str
    region: str | None
    path: str
    now: int
    as_of: int | None
    entries: int
    written: int | None
    exercise: bool
    sample: bool
    #: `local-only` where no hub is known to this store, `never`, `offline`, `refused` or `synced`.
    sync: str = "local-only"
    #: When every hub was last met, and how many of our own entries some hub is not known to have.
    synced: int | None = None
    unsent: int = 0


class Need(NamedTuple):
    """What an incident needs, in thousandths of the unit."""

    id: str
    incident: str
    what: str
    label: str
    unit: str
    needed: int
    asked: int
    committed: int
    on_scene: int
    short: int
    by: int | None
    priority: str | None


class Incident(NamedTuple):
    """An open incident."""

    id: str
    title: str
    scenario: str
    scenario_name: str
    level: str
    region: str | None
    region_name: str
    place: str | None
    opened_at: int | None
    exercise: bool
    sample: bool
    needs: tuple[Need, ...]


class Line(NamedTuple):
    """A call-up line that is not over, or that asks for a person."""

    id: str
    order: str
    kind: str
    incident: str | None
    team: str | None
    team_name: str | None
    equipment: str | None
    equipment_name: str | None
    item: str | None
    item_name: str | None
    depot: str | None
    #: In thousandths of the unit.
    quantity: int | None
    unit: str
    people: int | None
    state: str
    since: int | None
    report_to: str | None
    by: int | None
    ack_by: int | None
    until: int | None
    #: `answer`, `arrival`, `return`, or "".
    overdue: str
    #: What asks for a person: `asked-back`, `depart-unheard` and the like.
    flags: tuple[str, ...]
    exercise: bool
    sample: bool

    @property
    def deadline(self) -> int | None:
        """The moment that matters in the state it is in."""
        if self.overdue:
            return {"answer": self.ack_by, "arrival": self.by, "return": self.until}[self.overdue]
        if self.state == "issued":
            return self.ack_by or self.by
        return self.until if self.state in ("on_scene", "released") else self.by


class Claimant(NamedTuple):
    """One of the lines that stand against each other over a thing."""

    line: str
    order: str
    incident: str | None
    state: str
    since: int | None
    approver: str | None


class Contest(NamedTuple):
    """A thing that lines claim which had not seen each other."""

    kind: str
    id: str
    name: str
    lines: tuple[Claimant, ...]
    #: People who had not seen each other settled it differently.
    settled_apart: bool = False

    @property
    def thing(self) -> str:
        """What `emergency conflict show` is given."""
        return f"{self.kind}:{self.id}"


class Board(NamedTuple):
    """All of it."""

    header: Header
    incidents: tuple[Incident, ...]
    lines: tuple[Line, ...]
    states: Mapping[str, int]
    flagged: tuple[Line, ...]
    contests: tuple[Contest, ...]
    districts: tuple[tally.District, ...]
    counts: tally.Tally

    @property
    def overdue(self) -> tuple[Line, ...]:
        """The lines that are late, most urgent first."""
        return tuple(line for line in self.lines if line.overdue)

    @property
    def shortfalls(self) -> tuple[Need, ...]:
        """The needs that nobody has yet accepted to meet in full."""
        return tuple(need for incident in self.incidents for need in incident.needs if need.short)

    @property
    def standings(self) -> dict[str, int]:
        """The teams of all regions by how they stand."""
        return {s: sum(d.counts.get(s, 0) for d in self.districts) for s in tally.STANDINGS}

    @property
    def empty(self) -> bool:
        """Nothing to see: no team, no incident, no line."""
        return not (self.districts or self.incidents or self.lines)


def moment(store: Store) -> int:
    """Now, or the time that the store is read as of."""
    return times.now() if store.as_of is None else store.as_of


def gather(store: Store) -> Board:
    """Read the board."""
    now = moment(store)
    incidents = _incidents(store)
    lines = _lines(store, now, {i.id for i in incidents if i.exercise})
    states = [line.state for line in lines]
    districts, sample_teams = tally.districts(store, now)
    counts = tally.count(store, now)
    sample = sample_teams or any(i.sample for i in incidents) or any(line.sample for line in lines)
    exercise = any(i.exercise for i in incidents)
    return Board(
        header=_header(store, now, exercise=exercise, sample=sample),
        incidents=incidents,
        lines=tuple(line for line in lines if line.state not in ENDED),
        states={s: states.count(s) for s in STATES if s in states and s not in ENDED},
        flagged=tuple(line for line in lines if line.flags),
        contests=_contests(store),
        districts=districts,
        counts=counts,
    )


def _header(store: Store, now: int, *, exercise: bool, sample: bool) -> Header:
    station = store.meta("station")
    row = store.row("station", station) or {}
    entries, written = store.connection.execute(
        "SELECT (SELECT count(*) FROM entry), (SELECT wall FROM entry ORDER BY n DESC LIMIT 1)"
    ).fetchone()
    return Header(
        station=station,
        name=str(row.get("name") or ""),
        region=row.get("region"),
        path=store.path,
        now=now,
        as_of=store.as_of,
        entries=entries,
        written=written,
        exercise=exercise,
        sample=sample,
        **_synced(store),
    )


def _synced(store: Store) -> dict[str, Any]:
    """How it stands with the hubs: the worst of them, and the longest ago."""
    from emergency.store import hubs

    known = hubs.hubs(store.connection)
    if not known:
        return {}
    states = [str(h.told.get("state", "never")) for h in known]
    worst = next(s for s in ("refused", "never", "offline", "synced") if s in states)
    met = [h.synced for h in known]
    return {
        "sync": worst,
        "synced": None if None in met else min(m for m in met if m is not None),
        "unsent": max(hubs.unsent(store.connection, h) for h in known),
    }


def _incidents(store: Store) -> tuple[Incident, ...]:
    rows = store.rows(
        "SELECT i.*, r.name AS region_name, s.name AS scenario_zh, s.name_en AS scenario_en FROM incident i"
        " LEFT JOIN region r ON r.id = i.region LEFT JOIN scenario s ON s.id = i.scenario"
        " WHERE coalesce(i.state, 'open') = 'open' AND i.retired IS NULL"
    )
    gravest_first = {level: n for n, level in enumerate(LEVELS)}
    rows.sort(key=lambda r: (gravest_first.get(r["level"], 9), r["opened_at"] or 0, len(r["id"]), r["id"]))
    zh = language() == "zh"
    return tuple(
        Incident(
            id=row["id"],
            title=row["title"] or "",
            scenario=row["scenario"] or "",
            scenario_name=(row["scenario_zh"] if zh else row["scenario_en"]) or row["scenario"] or "",
            level=row["level"] or "",
            region=row["region"],
            region_name=row["region_name"] or row["region"] or "",
            place=row["place"],
            opened_at=row["opened_at"],
            exercise=row["exercise"] == "yes",
            sample=bool(row["sample"]),
            needs=_needs(store, row["id"]),
        )
        for row in rows
    )


def _needs(store: Store, incident: str) -> tuple[Need, ...]:
    return tuple(
        Need(
            id=cover.need["id"],
            incident=incident,
            what=cover.need["what"],
            label=needs.label(store, cover.need["what"]),
            unit=cover.need["unit"] or "",
            needed=int(cover.need["amount"] or 0),
            asked=cover.asked,
            committed=cover.committed,
            on_scene=cover.on_scene,
            short=cover.short,
            by=cover.need["by"],
            priority=cover.need["priority"],
        )
        for cover in needs.board(store, incident)
    )


def _lines(store: Store, now: int, exercises: set[str]) -> list[Line]:
    rows = following.follow(store, open_only=True) + _flagged_and_over(store)
    items = {
        i: (name or i, unit or "")
        for i, name, unit in store.connection.execute("SELECT id, name, unit FROM item")
    }
    lines = [
        Line(
            id=row["id"],
            # A line may have come before the order that makes it: its name still names that order.
            order=row["order"] or row["id"].split("/")[0],
            kind=row["kind"] or "",
            incident=row["incident"],
            team=row["team"],
            team_name=row["team_name"],
            equipment=row["equipment"],
            equipment_name=row["equipment_name"],
            item=row["item"],
            item_name=items.get(row["item"], (None, ""))[0],
            depot=row["depot"],
            quantity=row["quantity"],
            unit=items.get(row["item"], (None, ""))[1],
            people=row["people"],
            state=row["state"] or "draft",
            since=row["since"],
            report_to=row["report_to"],
            by=row["by"],
            ack_by=row["ack_by"],
            until=row["line_until"] or row["order_until"],
            overdue=following.overdue(row, now) if row["state"] not in ENDED else "",
            flags=tuple((row["flags"] or "").split()),
            exercise=row["incident"] in exercises,
            sample=bool(row["sample"]),
        )
        for row in rows
    ]
    far = 1 << 62
    return sorted(lines, key=lambda line: (not line.overdue, line.deadline or far, len(line.id), line.id))


def _flagged_and_over(store: Store) -> list[dict[str, Any]]:
    """Lines that ended on paper while something happened to them: a team that left uncancelled."""
    over = ", ".join(f"'{s}'" for s in ENDED if s not in ("returned", "closed"))
    return store.rows(
        "SELECT l.*, c.incident, c.kind, c.report_to, c.by, c.ack_by, c.until AS order_until, l.until AS line_until,"
        " t.name AS team_name, e.name AS equipment_name, coalesce(t.sample, e.sample, '') AS sample"
        ' FROM line l LEFT JOIN callup c ON c.id = l."order" LEFT JOIN team t ON t.id = l.team'
        " LEFT JOIN equipment e ON e.id = l.equipment LEFT JOIN incident i ON i.id = c.incident"
        f" WHERE l.state IN ({over}) AND l.flags IS NOT NULL AND coalesce(i.state, 'open') = 'open'"
    )


def _contests(store: Store) -> tuple[Contest, ...]:
    contested = claims.contested(store.connection)
    out = [_contest(store, thing, lines) for thing, lines in contested.items()]
    for thing, made in decisions.apart(store.connection).items():
        if thing not in contested:
            lines = {line for decision in made for line in decision.lines}
            out.append(_contest(store, thing, lines)._replace(settled_apart=True))
    return tuple(out)


def _contest(store: Store, thing: str, lines: Collection[str]) -> Contest:
    kind, id_ = thing.split(":", 1)
    marks = ",".join("?" * len(lines))
    rows = store.connection.execute(
        'SELECT DISTINCT cl.line, l."order", c.incident, l.state, l.since, c.approver FROM claim cl'
        ' LEFT JOIN line l ON l.id = cl.line LEFT JOIN callup c ON c.id = l."order"'
        f" WHERE cl.line IN ({marks}) ORDER BY l.since, cl.line",
        sorted(lines),
    )
    # A claim may have come before the order that makes it: its line still names that order.
    claimants = tuple(Claimant(r[0], r[1] or r[0].split("/")[0], r[2], r[3] or "", r[4], r[5]) for r in rows)
    row = store.row(kind, id_) if kind in RECORDS else None
    return Contest(kind, id_, str((row or {}).get("name") or ""), claimants)


# -- for JSON -------------------------------------------------------------------------------------

_TIMES = frozenset(("now", "as_of", "written", "opened_at", "since", "by", "ack_by", "until"))
_FIGURES = frozenset(("needed", "asked", "committed", "on_scene", "short", "quantity"))
#: These differ by language; what they are made from is there as codes.
_WORDS = frozenset(("label", "scenario_name"))


def as_dict(board: Board) -> dict[str, Any]:
    """The board for `--json`: English keys, RFC 3339 times, numbers in the unit beside them."""
    return {
        "header": _plain(board.header),
        "counts": {
            "overdue": len(board.overdue),
            "contested": len(board.contests),
            "flagged": len(board.flagged),
            "shortfalls": len(board.shortfalls),
            "teams": sum(d.total for d in board.districts),
            "expired": board.counts.expired,
            "expiring_in_30_days": board.counts.expiring,
            "registered_twice": board.counts.twice,
        },
        "incidents": [_plain(i) for i in board.incidents],
        "lines": [_plain(line) for line in board.lines],
        "line_states": dict(board.states),
        "flagged": [_plain(line) for line in board.flagged],
        "contested": [_plain(c) for c in board.contests],
        "readiness": {
            "all": board.standings,
            "regions": [
                {"region": d.region or None, "name": d.name, "total": d.total}
                | {s: d.counts.get(s, 0) for s in tally.STANDINGS}
                for d in board.districts
            ],
        },
        "equipment": board.counts.equipment._asdict(),
    }


def _plain(part: Any) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, value in part._asdict().items():
        if name in _WORDS:
            continue
        if name in _TIMES:
            out[name] = None if value is None else times.format_time(value)
        elif name in _FIGURES:
            out[name] = None if value is None else value // 1000 if value % 1000 == 0 else value / 1000
        elif isinstance(value, tuple):
            out[name] = [_plain(v) if hasattr(v, "_asdict") else v for v in value]
        else:
            out[name] = value
    return out
