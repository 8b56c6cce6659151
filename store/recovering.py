"""How far a recovery programme has come: what each line wants, what has come for it, what is left (row D5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from emergency.store import units
from emergency.store.auditwords import percent
from emergency.store.errors import InvalidValue, NoSuchRecord, Refused
from emergency.store.holdings import GONE
from emergency.store.standardlines import specification
from emergency.store.store import Store
from emergency.store.text import quoted, safe
from emergency.store.words import _, clauses, listed

if TYPE_CHECKING:
    from emergency.store.writer import Writer

_GONE = ", ".join(f"'{s}'" for s in GONE)
#: SQL: what has come for a line and is still there; what was lost again leaves its gap open.
_CAME = (
    "SELECT p.loss, sum(p.quantity) AS came, count(*) AS times, max(p.at) AS latest FROM replacement p"
    " LEFT JOIN equipment e ON e.id = p.equipment WHERE p.retired IS NULL"
    f" AND (p.equipment IS NULL OR (e.retired IS NULL AND coalesce(e.serviceability, '') NOT IN ({_GONE})))"
    " GROUP BY p.loss"
)


class Line(NamedTuple):
    """A line of a programme; amounts in thousandths of the item's unit."""

    row: dict[str, Any]
    item_name: str
    team_name: str
    unit: str
    wanted: int
    came: int
    #: When the last of it came, in milliseconds.
    latest: int | None

    @property
    def left(self) -> int:
        """The remaining gap."""
        return max(0, self.wanted - self.came)


class Progress(NamedTuple):
    """A programme and its lines."""

    lines: tuple[Line, ...]

    @property
    def done(self) -> int:
        """Lines with nothing left."""
        return sum(not line.left for line in self.lines)

    @property
    def permille(self) -> int | None:
        """The mean over the lines of how much of each has come, in thousandths, rounded down."""
        if not self.lines:
            return None
        return sum(min(1000, x.came * 1000 // x.wanted) if x.wanted else 1000 for x in self.lines) // len(
            self.lines
        )


def progress(store: Store, programme: str) -> Progress:
    """Where a programme stands, the lines with most left first."""
    rows = store.rows(
        "SELECT l.*, i.name AS item_name, coalesce(i.unit, '') AS unit, t.name AS team_name, c.came, c.latest"
        f" FROM loss l LEFT JOIN item i ON i.id = l.item LEFT JOIN team t ON t.id = l.team LEFT JOIN ({_CAME}) c"
        " ON c.loss = l.id WHERE l.recovery = ? AND l.retired IS NULL AND l.known = 1"
        " ORDER BY length(l.id), l.id",
        (programme,),
    )
    lines = [
        Line(r, r["item_name"] or r["item"] or "", r["team_name"] or r["team"] or "", r["unit"],
             int(r["quantity"] or 0), int(r["came"] or 0), r["latest"])
        for r in rows
    ]  # fmt: skip
    lines.sort(key=lambda x: x.came * 1000 // x.wanted if x.wanted else 1000)
    return Progress(tuple(lines))


def words(found: Progress) -> str:
    """How far it is, for a person."""
    return _("{percent}; {done} of {all} lines done").format(
        percent=percent(found.permille), done=found.done, all=len(found.lines)
    )


def waiting(store: Store, programme: str, item: str) -> str:
    """The line of a programme that waits for an item; the one with most left. Raises NoSuchRecord."""
    from emergency.store.conditions import kinds_under

    id_, kind = store.find("recovery", programme), store.find("item", item)
    lines = progress(store, id_).lines
    for line in lines:
        if kind in kinds_under(store.connection, line.row["item"]):
            return str(line.row["id"])
    raise NoSuchRecord(
        _("{programme} waits for no {item}").format(programme=safe(id_), item=safe(kind)),
        hint=_("emergency recovery show tells what its lines wait for"),
    )


def refuse_beyond(found: Progress, loss: str) -> None:
    """Raises Refused where more has come for a line than it wants."""
    for line in found.lines:
        if line.row["id"] == loss and line.came > line.wanted:
            raise Refused(
                _("{line} wants {wanted}, and with this {came} would have come").format(
                    line=safe(loss),
                    wanted=units.format_quantity(line.wanted, line.unit),
                    came=units.format_quantity(line.came, line.unit),
                ),
                hint=_(
                    "if so much has come: --more takes it all in; what is for another line is told to that line"
                ),
            )


def astray(store: Store, loss: str, depot: str) -> str:
    """What is to be said where stock for a team's line goes into a depot that is not the team's; else ""."""
    line, at = store.row("loss", loss) or {}, store.row("depot", depot) or {}
    team = str(line.get("team") or "")
    if not team or at.get("team") == team:
        return ""
    rows = store.rows(
        "SELECT id FROM depot WHERE team=? AND retired IS NULL ORDER BY length(id), id LIMIT 5", (team,)
    )
    said = _(
        "{depot} is no depot of {team}, for which {line} is: what lies there does not count as the team's"
    ).format(depot=safe(depot), team=safe(team), line=safe(loss))
    own = listed(safe(row["id"]) for row in rows)
    return clauses((said, _("its own: {depots}").format(depots=own) if own else _("it has none of its own")))


def arrived(store: Store, writer: Writer, loss: str, equipment: str, at: int) -> str:
    """A piece of equipment came for a line. Raises Refused where it is of another kind, or came already."""
    line, item = writer.require("loss", loss), writer.require("equipment", equipment)
    before = store.rows(
        "SELECT id, loss FROM replacement WHERE equipment=? AND retired IS NULL", (equipment,)
    )
    if before:
        raise Refused(
            _("{id} has come already, for {line}").format(id=safe(equipment), line=safe(before[0]["loss"])),
            hint=_("a piece counts once"),
        )
    if equipment == line["equipment"]:
        raise Refused(_("{id} is what was lost").format(id=safe(equipment)))
    if not _is_a(store, item["kind"], line["item"]):
        raise Refused(
            _("{id} is {kind}, and {line} wants {item}").format(
                id=safe(equipment), kind=safe(item["kind"] or "?"), line=safe(loss), item=safe(line["item"])
            ),
            hint=_("register it under the right kind, or add a line to the programme"),
        )
    for spec in specification(line["spec"] or "")[0]:
        figure = int(item[spec.name] or 0) * spec.scale
        if not {">=": figure >= spec.milli, "<=": figure <= spec.milli, ">": figure > spec.milli,
                "<": figure < spec.milli}.get(spec.op, figure == spec.milli):  # fmt: skip
            raise Refused(_("{id} is not up to {spec}").format(id=safe(equipment), spec=spec.text()))
    if line["team"] and item["team"] != line["team"]:
        raise Refused(
            _("{id} is held by {team}, and {line} is for {other}").format(
                id=safe(equipment), team=safe(item["team"] or "-"), line=safe(loss), other=safe(line["team"])
            ),
            hint=_("emergency equipment set {id} team={team}").format(
                id=safe(equipment), team=safe(line["team"])
            ),
        )
    return writer.new("replacement", {"loss": loss, "equipment": equipment, "quantity": 1000, "at": at})


def stocked(store: Store, writer: Writer, loss: str, depot: str, amount: str, at: int) -> tuple[str, str]:
    """Stock came for a line and goes into a depot; (the replacement, the stock line). Raises InvalidValue."""
    from emergency.store.records.reserve import reserve_id

    line = writer.require("loss", loss)
    unit = str((store.row("item", line["item"]) or {}).get("unit") or "")
    asked = units.parse_quantity(amount, unit or None)
    milli = units.convert(asked.milli, asked.unit, unit) if unit and asked.unit else asked.milli
    if milli <= 0:
        raise InvalidValue(_("a quantity is more than nothing: {text}").format(text=safe(amount)))
    if milli % 1000 and unit and units.counts(unit):
        raise InvalidValue(_("not a whole number: {text}").format(text=quoted(amount)))
    reserve = reserve_id(depot, line["item"])
    if store.row("reserve", reserve) is None:
        writer.new("reserve", {"depot": depot, "item": line["item"], "unit": unit or None}, reserve)
    writer.move(reserve, milli, reason=f"recovery {loss}", at=at)
    made = writer.new("replacement", {"loss": loss, "reserve": reserve, "quantity": milli, "at": at})
    return made, reserve


def _is_a(store: Store, kind: str | None, item: str) -> bool:
    from emergency.store.conditions import kinds_under

    return kind is not None and kind in kinds_under(store.connection, item)
