"""A recovery programme and its lines: what was lost or is newly wanted, what came, what is left."""

from __future__ import annotations

from collections.abc import Iterator

from emergency.store import recovering, times, units
from emergency.store.board import moment
from emergency.store.records import BY_NAME
from emergency.store.recovering import Line
from emergency.store.showing import SAMPLE_MARK
from emergency.store.store import Store
from emergency.store.words import _, ngettext
from emergency.tui.panel import Row, Target
from emergency.tui.style import mark


def lines_of(store: Store, programme: str) -> Iterator[Row]:
    """How far a programme is, and its lines, those with most left first."""
    found = recovering.progress(store, programme)
    yield Row(("", _("Progress"), recovering.words(found)), "head")
    if any(x.row["sample"] for x in found.lines):
        yield Row(("*", "", SAMPLE_MARK), "ask")
    if not found.lines:
        yield Row(
            (
                mark("ask"),
                "",
                _("it has no lines yet: the register of losses takes them, one by one or from a file"),
            ),
            "ask",
        )
    for one in found.lines:
        yield _of_line(one)


def _of_line(one: Line) -> Row:
    tone = "bad" if one.left else "good"
    cause = BY_NAME["loss"]["cause"].type.show(one.row["cause"])
    wanted, came, left = (units.format_quantity(x, one.unit) for x in (one.wanted, one.came, one.left))
    said = [_("{cause}: wanted {wanted}, came {came}").format(cause=cause, wanted=wanted, came=came)]
    said.append(_("left {left}").format(left=left) if one.left else _("nothing left"))
    if one.row["by"]:
        said.append(_("by {time}").format(time=one.row["by"]))
    said.append(one.team_name or "")
    return Row((mark(tone), one.item_name, "  ".join(filter(None, said))), "", Target("loss", one.row["id"]))


def arrivals_of(store: Store, loss: str) -> Iterator[Row]:
    """What has come for a line of a programme, the last first."""
    row = store.row("loss", loss) or {}
    progress = recovering.progress(store, str(row.get("recovery") or ""))
    one = next((x for x in progress.lines if x.row["id"] == loss), None)
    if one is not None:
        yield Row((mark("bad" if one.left else "good"), _("Progress"), _of_line(one).cells[2]), "head")
    came = store.rows(
        'SELECT * FROM replacement WHERE loss=? AND retired IS NULL ORDER BY "at" DESC, id', (loss,)
    )
    heading = ngettext("{n} arrival", "{n} arrivals", len(came)).format(n=len(came))
    yield Row(("", _("What came"), heading), "head")
    for x in came:
        what = Target("equipment", x["equipment"]) if x["equipment"] else None
        unit = one.unit if one is not None else ""
        said = f"{x['equipment'] or x['reserve'] or ''}  {units.format_quantity(x['quantity'] or 0, unit)}"
        yield Row(("", times.format_short(x["at"], moment(store)) if x["at"] else "", said), "", what)
