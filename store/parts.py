"""What the board is made of, and the same as JSON: the screens, the plain text and the JSON all show a Board."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from emergency.store import tally, times


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
    #: When it was put on record.
    stated: int | None = None


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


class Lost(NamedTuple):
    """A line of ours that another desk ended, and that nobody has replaced yet."""

    line: str
    #: `supersede`, `cancel` or `settle`.
    step: str
    thing: str
    name: str
    #: The order or line that has it now; "" where none does.
    by: str
    station: str
    #: Others of the kind that are free.
    free: tuple[str, ...]
    incident: str | None
    since: int | None
    exercise: bool


class Held(NamedTuple):
    """Equipment that is not where the orders say: an order that lost it has it, or none that lives."""

    id: str
    name: str
    custodian: str
    #: The lines that may have it; none where it is only to come home.
    lines: tuple[str, ...]


class Unprepared(NamedTuple):
    """Seasons of which something is not in place in time, the one that waits longest first."""

    id: str
    seasons: tuple[str, ...]


class Deficit(NamedTuple):
    """Stock that a post issued beyond what was lent to it, until a person approves it."""

    reserve: str
    item_name: str
    depot: str
    station: str
    #: In thousandths of the unit.
    quantity: int
    unit: str


class Warned(NamedTuple):
    """A warning that stands here, or is to come."""

    id: str
    state: str
    colour: str | None
    #: Stated by the warning itself or by a person; never made of the colour.
    level: str | None
    event: str
    headline: str
    area: str
    sent: int | None
    expires: int | None
    exercise: bool
    sample: bool
    #: A message of another sender would end it.
    doubted: bool


class Matter(NamedTuple):
    """One thing that needs a person now: why, since when, and which record tells it in full."""

    #: `answer`, `contested`, `lost`, `asked-back` and the like; see urgent.py, which orders them.
    why: str
    kind: str
    id: str
    #: Since when it waits, in milliseconds; None where nothing tells.
    since: int | None = None
    incident: str | None = None
    exercise: bool = False
    #: How many records it speaks of, where it speaks of several.
    many: int = 1
    about: Line | Contest | Lost | Held | Need | Deficit | Unprepared | None = None


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
    #: The same teams by type.
    types: tuple[tally.District, ...] = ()
    #: What needs a person now, the most urgent first.
    matters: tuple[Matter, ...] = ()
    #: Warnings, the gravest first.
    warnings: tuple[Warned, ...] = ()

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
        """Nothing to see: no team, no incident, no line, no warning."""
        return not (self.districts or self.incidents or self.lines or self.warnings)


#: Moments; `by` is one where it is a number, and an order where it is text.
_TIMES = frozenset(
    (
        "now",
        "as_of",
        "written",
        "opened_at",
        "since",
        "by",
        "ack_by",
        "until",
        "stated",
        "synced",
        "sent",
        "expires",
    )
)
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
        "needs_person": [_matter(m) for m in board.matters],
        "warnings": [_plain(w) for w in board.warnings],
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
            "types": [
                {"type": d.name or None, "total": d.total} | {s: d.counts.get(s, 0) for s in tally.STANDINGS}
                for d in board.types
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
            out[name] = times.format_time(value) if isinstance(value, int) else value
        elif name in _FIGURES:
            out[name] = None if value is None else value // 1000 if value % 1000 == 0 else value / 1000
        elif isinstance(value, tuple):
            out[name] = [_plain(v) if hasattr(v, "_asdict") else v for v in value]
        else:
            out[name] = value
    return out


def _matter(matter: Matter) -> dict[str, Any]:
    """What it is about stands elsewhere in the same object; of a lost line and of equipment held it stands here."""
    out = _plain(matter._replace(about=None))
    del out["about"]
    if isinstance(matter.about, Lost | Held):
        out |= {k: v for k, v in _plain(matter.about).items() if k not in out}
    return out
