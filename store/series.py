"""How things stood over time: readiness, a stock, what is deployed. Read from the folded facts in one pass.

A moment is judged by what is known now to have happened by then, not by what was known then:
a report that came late counts from when it was made. What was known then is `--as-of`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from emergency.store import conditions, stock, times
from emergency.store.board import moment
from emergency.store.causality import Causality
from emergency.store.errors import InvalidValue
from emergency.store.records.reserve import FORMS
from emergency.store.records.steps import ENDED, STATES, STEPS
from emergency.store.records.team import READINESS
from emergency.store.store import Store
from emergency.store.words import _, language

#: Points of a chart where nobody asks for another number, and the most of them.
POINTS, MOST_POINTS = 121, 2000
#: How far back a chart goes where nobody says, in milliseconds.
BACK = times.DAY
#: States of a line that are charted together, in the order they are passed.
_STAGES = {
    "asked": ("issued", "acknowledged", "provisional", "deferred"),
    "accepted": ("accepted", "partial"),
    "en_route": ("en_route",),
    "on_scene": ("on_scene",),
    "released": ("released",),
}


class Series(NamedTuple):
    """One thing over time: whole numbers, or thousandths of the unit where the chart has one."""

    key: str
    label: str
    values: tuple[int, ...]


class Chart(NamedTuple):
    """Several things over the same moments, which are evenly spaced, the first and the last included."""

    kind: str
    title: str
    #: What the values are counted in.
    unit: str
    times: tuple[int, ...]
    series: tuple[Series, ...]
    #: Values are thousandths.
    milli: bool = False

    @property
    def most(self) -> int:
        """The largest value of all."""
        return max((v for s in self.series for v in s.values), default=0)

    def shown(self, value: int) -> str:
        """A value as a person reads it."""
        if not self.milli:
            return str(value)
        return f"{value / 1000:.3f}".rstrip("0").rstrip(".")


def moments(since: int, until: int, points: int = POINTS) -> tuple[int, ...]:
    """Evenly spaced moments from one to the other. Raises InvalidValue where the first is not the earlier."""
    if since >= until:
        raise InvalidValue(_("--since must lie in the past"))
    points = max(2, min(points, MOST_POINTS))
    return tuple(since + (until - since) * i // (points - 1) for i in range(points))


def period(store: Store, since: int | None, points: int = POINTS) -> tuple[int, ...]:
    """The moments from `since`, or a day back, to the store's own moment."""
    now = moment(store)
    return moments(now - BACK if since is None else since, now, points)


class _Counts:
    """How many spans cover each moment, kept as differences: a span costs two additions."""

    def __init__(self, at: Sequence[int], keys: Iterable[str]) -> None:
        self.at = at
        self.steps = {key: [0] * (len(at) + 1) for key in keys}

    def add(self, key: str, start: int, end: int | None) -> None:
        """A span from its start to before its end; to the end of time where that is None."""
        first = bisect_left(self.at, start)
        last = len(self.at) if end is None else bisect_left(self.at, end)
        if first < last and key in self.steps:
            self.steps[key][first] += 1
            self.steps[key][last] -= 1

    def values(self, key: str) -> tuple[int, ...]:
        """The counts, moment by moment."""
        out, sum_ = [], 0
        for step in self.steps[key][:-1]:
            sum_ += step
            out.append(sum_)
        return tuple(out)


# -- readiness ------------------------------------------------------------------------------------


def readiness(store: Store, at: tuple[int, ...], region: str = "") -> Chart:
    """How many teams stood how; a report counts from when it was made until it is stale."""
    counts = _Counts(at, (*READINESS, "stale", "never"))
    limit = conditions.stale_after()
    reports = _reports(store)
    for team, known, retired in _teams(store, region):
        made = sorted(reports.get(team, ()))
        start = min([known, *(when for when, _state in made)])
        first = made[0][0] if made else retired
        counts.add("never", start, first if retired is None or first is None else min(first, retired))
        ends = [*(when for when, _state in made[1:]), retired]
        for (when, state), end in zip(made, ends, strict=False):
            over = when + limit
            counts.add(state, when, over if end is None else min(over, end))
            if end is None or over < end:
                counts.add("stale", over, end)
    words = {code: pair[1 if language() == "zh" else 0] for code, pair in READINESS.items()}
    words |= {"stale": _("stale"), "never": _("never reported")}
    series = tuple(Series(key, words[key], counts.values(key)) for key in counts.steps)
    return Chart("readiness", _("Readiness of teams"), _("teams"), at, series)


def _teams(store: Store, region: str) -> list[tuple[str, int, int | None]]:
    """(id, since when it is on record, when it was retired)."""
    where, values = ("", ()) if not region else (" WHERE t.region = ?", (region,))
    rows = store.connection.execute(
        "SELECT t.id, coalesce(e.wall, 0), t.retired, (SELECT max(w.wall) FROM cell c JOIN entry w ON w.n = c.mark / 1024"
        " WHERE c.kind = 'team' AND c.id = t.id AND c.field = 'retired' AND c.head = 1)"
        f" FROM team t LEFT JOIN entry e ON e.n = t.mark / 1024{where}",
        values,
    )
    return [(i, known, None if gone is None else when or known) for i, known, gone, when in rows]


def _reports(store: Store) -> dict[str, list[tuple[int, str]]]:
    """{team: (when, what it reported)}: a report sets both fields by one fact, so they share its mark."""
    out: dict[str, list[tuple[int, str]]] = {}
    touched = set()
    for team, when, state in store.connection.execute(
        "SELECT r.id, a.value, r.value FROM cell r JOIN cell a ON a.kind = r.kind AND a.id = r.id"
        " AND a.field = 'reported_at' AND a.mark = r.mark WHERE r.kind = 'team' AND r.field = 'readiness'"
    ):
        touched.add(team)
        if isinstance(when, int) and state in READINESS:
            out.setdefault(team, []).append((when, state))
    for team, when, state in store.connection.execute(
        "SELECT id, reported_at, readiness FROM team WHERE reported_at IS NOT NULL AND readiness IS NOT NULL"
    ):
        if team not in touched and state in READINESS:
            out.setdefault(team, []).append((when, state))
    return out


# -- deployment -----------------------------------------------------------------------------------


def deployment(store: Store, at: tuple[int, ...], incident: str = "") -> Chart:
    """How many lines of call-ups stood where, from the asking to the way home."""
    stage_of = {state: stage for stage, states in _STAGES.items() for state in states}
    counts = _Counts(at, _STAGES)
    lines = _lines(store, incident)
    marks = ", ".join(f"'{s.name}'" for s in STEPS.values() if s.target)
    passed: dict[str, list[tuple[int, str]]] = {}
    for line, name, when in store.connection.execute(
        f"SELECT line, name, at FROM step WHERE inert IS NULL AND name IN ({marks}) ORDER BY line, at, mark"
    ):
        if line in lines and when is not None:
            passed.setdefault(line, []).append((when, str(STEPS[name].target)))
    for line, steps in passed.items():
        state, since = lines[line]
        # What a person settled has ended without a step of its own.
        if state in ENDED and steps[-1][1] not in ENDED and since is not None:
            steps.append((max(since, steps[-1][0]), state))
        ends: list[int | None] = [after for (_when, _state), (after, _next) in pairwise(steps)]
        for (when, state), end in zip(steps, [*ends, None], strict=True):
            counts.add(stage_of.get(state, ""), when, end)
    zh = language() == "zh"
    words = {stage: STATES[states[-1] if stage == "accepted" else states[0]][1 if zh else 0]
             for stage, states in _STAGES.items()}  # fmt: skip
    words |= {"asked": _("asked for"), "accepted": STATES["accepted"][1 if zh else 0]}
    series = tuple(Series(key, words[key], counts.values(key)) for key in _STAGES)
    return Chart("deployment", _("Deployment: open lines of call-ups"), _("lines"), at, series)


def _lines(store: Store, incident: str) -> dict[str, tuple[str, int | None]]:
    where, values = ("", ()) if not incident else (" WHERE c.incident = ?", (incident,))
    rows = store.connection.execute(
        f'SELECT l.id, l.state, l.since FROM line l LEFT JOIN callup c ON c.id = l."order"{where}', values
    )
    return {id_: (state or "", since) for id_, state, since in rows}


# -- stock ----------------------------------------------------------------------------------------


def stock_of(store: Store, what: str, at: tuple[int, ...]) -> Chart:
    """A stock line, or an item in all depots: each form by itself, never summed as one. Raises NoSuchRecord."""
    if "/" in what:
        reserves = [_reserve(store, store.find("reserve", what))]
        title = reserves[0]["id"]
    else:
        item = store.find("item", what)
        reserves = store.rows("SELECT * FROM reserve WHERE item = ? AND retired IS NULL ORDER BY id", (item,))
        title = item
    row = store.row("item", reserves[0]["item"] if reserves else what) or {}
    order = Causality(store.connection)
    sums: dict[str, list[int]] = {}
    for reserve in reserves:
        form = reserve["form"] or "physical"
        values = _ledger(store, order, reserve["id"], at)
        sums[form] = [a + b for a, b in zip(sums.get(form, [0] * len(at)), values, strict=True)]
    zh = language() == "zh"
    series = tuple(Series(f, FORMS.get(f, (f, f))[1 if zh else 0], tuple(v)) for f, v in sums.items())
    name = f"{row.get('name') or ''} {title}".strip()
    unit = str(row.get("unit") or (reserves[0]["unit"] if reserves else "") or "")
    return Chart("stock", _("Stock of {name}").format(name=name), unit, at, series, milli=True)


def _reserve(store: Store, id_: str) -> dict[str, Any]:
    row = store.row("reserve", id_)
    assert row is not None
    return row


def _ledger(store: Store, order: Causality, reserve: str, at: Sequence[int]) -> list[int]:
    """The stock at each moment, by the rules of the ledger over what had happened by then."""
    rows = stock.movements(store.connection, reserve)
    made = stock.effective(store.connection, reserve, rows)
    when = dict(
        store.connection.execute("SELECT mark, coalesce(at, 0) FROM movement WHERE reserve = ?", (reserve,))
    )
    happened = sorted(rows, key=lambda m: when[m.mark])
    moments_ = [when[m.mark] for m in happened]
    out: list[int] = []
    known, stands = -1, 0
    for moment_ in at:
        upto = bisect_left(moments_, moment_ + 1)
        if upto != known:
            known, stands = upto, stock.total(order, happened[:upto], made)
        out.append(stands)
    return out


def busiest(store: Store, since: int, most: int) -> list[str]:
    """The stock lines that moved most often since then."""
    rows = store.connection.execute(
        "SELECT reserve FROM movement WHERE at >= ? GROUP BY reserve ORDER BY count(*) DESC, reserve LIMIT ?",
        (since, most),
    )
    return [reserve for (reserve,) in rows]
