"""What needs a person now, the most urgent first, each with why and since when.

The real comes before the exercise; then what is late or contested before what asks, and what
asks before what only should be known; among like matters the gravest incident, then the longest wait.
"""

from __future__ import annotations

from collections.abc import Iterator

from emergency.store import conditions, notices, query, quotas, seasons, times, unanswered
from emergency.store.parts import Board, Deficit, Held, Line, Lost, Matter, Unprepared
from emergency.store.records.incident import LEVELS
from emergency.store.records.steps import FLAGGED
from emergency.store.store import Store

#: Reasons by urgency; a flag of a line, which may be any step's, stands where `flag` does.
_ORDER = (
    ("answer", "arrival"),
    ("contested", "settled-apart", "lost"),
    ("to-answer",),
    ("flag",),
    ("unasked", "short-late"),
    ("return",),
    ("held-elsewhere", "stranded", "deficit"),
    ("refused", "unsent"),
    ("stale",),
    ("unprepared",),
    ("expired",),
    ("newer",),
)
_RANK = {why: rank for rank, alike in enumerate(_ORDER) for why in alike}
#: Reasons that press: something is late, or stands against something, or nobody was asked at all.
PRESSING = frozenset(why for rank in (0, 1, 2, 4, 5) for why in _ORDER[rank]) | {"refused"}
#: A lost line is shown this long, in milliseconds: by then its incident has been seen to, or has other needs.
LOST_FOR = times.DAY
#: Own entries unsent this long, in milliseconds, ask for a person: a stick, or another line.
UNSENT_FOR = 2 * times.HOUR

#: What is later than this was never meant: in days.
_CENTURY = 36_500

#: SQL: of a line ?1 that ended at ?2, whether nothing of its kind was ordered to its incident since.
_NOT_REPLACED = (
    "SELECT l.since, c.incident, coalesce(e.name, t.name, l.item, '') FROM line l LEFT JOIN callup c ON c.id = l.\"order\""
    " LEFT JOIN equipment e ON e.id = l.equipment LEFT JOIN team t ON t.id = l.team"
    " LEFT JOIN incident i ON i.id = c.incident WHERE l.id = ? AND coalesce(i.state, 'open') = 'open'"
    ' AND NOT EXISTS(SELECT 1 FROM callup o JOIN line m ON m."order" = o.id LEFT JOIN equipment f ON f.id = m.equipment'
    " JOIN step s ON s.line = m.id AND s.name = 'issue' AND s.at > l.since"
    " WHERE o.incident = c.incident AND m.id <> l.id AND f.kind IS e.kind"
    " AND (m.equipment IS NULL) = (l.equipment IS NULL))"
)


def matters(store: Store, board: Board) -> tuple[Matter, ...]:
    """All of them, in the order in which a person should take them up."""
    levels = {i.id: list(LEVELS).index(i.level) for i in board.incidents if i.level in LEVELS}
    found = [
        *_late(board), *_contested(board), *_lost(store, board), *_to_answer(store, board), *_flagged(store, board), *_short(board),
        *_held(store), *_deficits(store), *_unsynced(board), *_stale(store, board),
        *_unprepared(store, board), *_expired(board), *_newer(store),
    ]  # fmt: skip
    far = 1 << 62

    def urgency(m: Matter) -> tuple[bool, int, int, int, int, str]:
        rank = _RANK.get(m.why, _RANK["flag"])
        return m.exercise, rank, levels.get(m.incident or "", 9), m.since or far, len(m.id), m.id

    return tuple(sorted(found, key=urgency))


def _late(board: Board) -> Iterator[Matter]:
    """Late lines; those of one order that are late alike are one matter: one call to make."""
    alike: dict[tuple[str, str], list[Line]] = {}
    for line in board.overdue:
        alike.setdefault((line.order, line.overdue), []).append(line)
    for (_order, why), lines in alike.items():
        first = lines[0]
        yield Matter(why, "line", first.id, first.deadline, first.incident, first.exercise, len(lines), first)


def _to_answer(store: Store, board: Board) -> Iterator[Matter]:
    """What other stations ask of this one; what is late or contested is so first. The lines of one order are one matter."""
    orders: dict[str, list[Line]] = {}
    waiting = {a.line for a in unanswered.here(store)}
    waiting -= {claimant.line for contest in board.contests for claimant in contest.lines}
    for line in board.lines if waiting else ():
        if line.id in waiting and not line.overdue:
            orders.setdefault(line.order, []).append(line)
    for lines in orders.values():
        first = lines[0]
        yield Matter(
            "to-answer", "line", first.id, first.since, first.incident, first.exercise, len(lines), first
        )


def _contested(board: Board) -> Iterator[Matter]:
    exercises = {i.id for i in board.incidents if i.exercise}
    for contest in board.contests:
        since = max((c.since for c in contest.lines if c.since), default=None)
        why = "settled-apart" if contest.settled_apart else "contested"
        incidents = [c.incident for c in contest.lines if c.incident]
        drill = bool(incidents) and exercises.issuperset(incidents)
        first = incidents[0] if incidents else None
        yield Matter(why, "contest", contest.thing, since, first, drill, about=contest)


def _lost(store: Store, board: Board) -> Iterator[Matter]:
    exercises = {i.id for i in board.incidents if i.exercise}
    after = store.connection.execute(
        "SELECT n FROM entry WHERE received < ? ORDER BY n DESC LIMIT 1", (board.header.now - LOST_FOR,)
    ).fetchone()
    for taken in notices.taken(store.connection, after[0] if after else 0):
        row = store.connection.execute(_NOT_REPLACED, (taken.line,)).fetchone()
        if row is None:
            continue
        since, incident, name = row
        drill = incident in exercises
        lost = Lost(**taken._asdict(), name=name, incident=incident, since=since, exercise=drill)
        yield Matter("lost", "line", taken.line, since, incident, drill, about=lost)


def _flagged(store: Store, board: Board) -> Iterator[Matter]:
    for line in board.flagged:
        for flag in line.flags:
            since = _raised(store, line, flag)
            yield Matter(flag, "line", line.id, since, line.incident, line.exercise, about=line)


def _raised(store: Store, line: Line, flag: str) -> int | None:
    """When the step that left a flag on a line happened; else since when the line stands as it does."""
    step = {code: name for name, code in FLAGGED.items()}.get(flag, flag.removesuffix("-unheard"))
    (at,) = store.connection.execute(
        "SELECT max(at) FROM step WHERE line = ? AND name = ?", (line.id, step)
    ).fetchone()
    return line.since if at is None else int(at)


def _short(board: Board) -> Iterator[Matter]:
    """Shortfalls that nobody is on the way to meeting: not all of it is asked for, or its time has passed."""
    for incident in board.incidents:
        for need in incident.needs:
            if not need.short:
                continue
            late = need.by is not None and need.by < board.header.now
            if late or need.asked < need.needed:
                why, since = ("short-late", need.by) if late else ("unasked", need.stated)
                yield Matter(why, "need", incident.id, since, incident.id, incident.exercise, about=need)


def _held(store: Store) -> Iterator[Matter]:
    for tag, custodian, lines in query.held_elsewhere(store):
        name = str((store.row("equipment", tag) or {}).get("name") or "")
        held = Held(tag, name, custodian or "", tuple((lines or "").split()))
        yield Matter("held-elsewhere", "equipment", tag, about=held)
    for tag, custodian in query.stranded(store):
        name = str((store.row("equipment", tag) or {}).get("name") or "")
        yield Matter("stranded", "equipment", tag, about=Held(tag, name, custodian, ()))


def _deficits(store: Store) -> Iterator[Matter]:
    for found in quotas.lent(store.connection):
        behind = [share for share in found.shares if share.deficit]
        if not behind:
            continue
        line = store.row("reserve", found.reserve) or {}
        item, unit = (store.row("item", str(line.get("item"))) or {}), str(line.get("unit") or "")
        issues = quotas.issues_beyond(store.connection, found.reserve)
        for share in behind:
            since = next((i.at for i in issues if i.station == share.station), None)
            name, depot = str(item.get("name") or line.get("item") or ""), str(line.get("depot") or "")
            owed = Deficit(found.reserve, name, depot, share.station, share.deficit, unit)
            yield Matter("deficit", "reserve", found.reserve, since, about=owed)


def _unsynced(board: Board) -> Iterator[Matter]:
    header = board.header
    if header.sync == "refused":
        yield Matter("refused", "hub", "", header.synced)
    elif header.unsent and (header.synced or 0) < header.now - UNSENT_FOR:
        yield Matter("unsent", "hub", "", header.synced)


def _stale(store: Store, board: Board) -> Iterator[Matter]:
    stale = board.standings["stale"]
    if stale:
        (oldest,) = store.connection.execute(
            "SELECT min(reported_at) FROM team WHERE retired IS NULL AND readiness IS NOT NULL"
        ).fetchone()
        since = None if oldest is None else int(oldest) + conditions.stale_after()
        yield Matter("stale", "region", "", since, many=stale)


def _unprepared(store: Store, board: Board) -> Iterator[Matter]:
    """What should be in place for a season that runs or is to come: one matter, of the season that waits longest."""
    day = seasons.today(store)
    late = []
    for row in store.rows("SELECT * FROM season WHERE retired IS NULL ORDER BY length(id), id"):
        now = seasons.window(row, day)
        if now is not None and now.state != "over":
            tasks = [task for task in seasons.tasks(store, row, day) if task.state == "overdue"]
            late += [(tasks[0].days, row, len(tasks))] if tasks else []
    if late:
        late.sort(key=lambda one: one[0])
        days, first, _n = late[0]
        names = tuple(str(row["name"] or row["id"]) for _days, row, _n in late)
        many = sum(n for _days, _row, n in late)
        since = times.midnight(day) + max(days + 1, -_CENTURY) * times.DAY
        yield Matter(
            "unprepared", "season", first["id"], since, many=many, about=Unprepared(first["id"], names)
        )


def _expired(board: Board) -> Iterator[Matter]:
    """Insurance, qualifications, inspections and lots that have ended: one matter, of as many as there are."""
    if board.counts.expired:
        yield Matter("expired", "expiring", "", many=board.counts.expired)


def _newer(store: Store) -> Iterator[Matter]:
    count = notices.newer(store.connection)
    if count:
        yield Matter("newer", "newer", "", many=count)
