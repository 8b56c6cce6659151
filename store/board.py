"""The opening board: everything a duty officer must see in one glance, read in a few queries.

`gather` answers as of the store's moment: now, or the time that `--as-of` names. It knows
no screen; parts.py says what it gathers, urgent.py what of that needs a person now.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from emergency.store import alertlist, claims, decisions, following, needs, tally, times, urgent
from emergency.store.parts import Board, Claimant, Contest, Header, Incident, Line, Need, Warned
from emergency.store.records import RECORDS
from emergency.store.records.incident import LEVELS
from emergency.store.records.steps import ENDED, STATES
from emergency.store.store import Store
from emergency.store.words import language


def moment(store: Store) -> int:
    """Now, or the time that the store is read as of."""
    return times.now() if store.as_of is None else store.as_of


def gather(store: Store) -> Board:
    """Read the board."""
    now = moment(store)
    incidents = _incidents(store)
    lines = _lines(store, now)
    states = [line.state for line in lines]
    teams = tally.teams(store, now)
    counts = tally.count(store, now)
    warnings = _warnings(store, now)
    samples = (any(p.sample for p in parts) for parts in (incidents, lines, warnings))
    sample = teams.sample or any(samples)
    exercise = any(i.exercise for i in incidents)
    board = Board(
        header=_header(store, now, exercise=exercise, sample=sample),
        incidents=incidents,
        lines=tuple(line for line in lines if line.state not in ENDED),
        states={s: states.count(s) for s in STATES if s in states and s not in ENDED},
        flagged=tuple(line for line in lines if line.flags),
        contests=_contests(store),
        warnings=warnings,
        districts=teams.districts,
        types=teams.types,
        counts=counts,
    )
    return board._replace(matters=urgent.matters(store, board))


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
    if store.connection.execute("SELECT 1 FROM hub LIMIT 1").fetchone() is None:
        # What talks with hubs takes a while to import, and most stations that begin have none.
        return {}
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


def _warnings(store: Store, now: int) -> tuple[Warned, ...]:
    """Warnings for this station's region that stand: real ones and exercises, never tests and drafts."""
    heads = [(chain, chain.head) for chain in alertlist.concerning(store, now)]
    return tuple(
        Warned(
            id=head["id"],
            state=chain.state,
            colour=head["colour"],
            level=head["level"],
            event=head["event"] or "",
            headline=head["headline"] or "",
            area=head["area"] or "",
            sent=head["sent"],
            expires=head["expires"],
            exercise=head["status"] == "Exercise",
            sample=bool(head["sample"]),
            doubted=bool(chain.doubted_by),
        )
        for chain, head in heads
    )


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
    stated = dict(
        store.connection.execute(
            "SELECT d.id, e.wall FROM need d JOIN entry e ON e.n = d.mark / 1024 WHERE d.incident = ?",
            (incident,),
        )
    )
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
            stated=stated.get(cover.need["id"]),
        )
        for cover in needs.board(store, incident)
    )


def _lines(store: Store, now: int) -> list[Line]:
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
            exercise=bool(row["exercise"]),
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
        " t.name AS team_name, e.name AS equipment_name, coalesce(t.sample, e.sample, '') AS sample,"
        " coalesce('yes' IN (l.exercise, c.exercise, i.exercise), 0) AS exercise"
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
