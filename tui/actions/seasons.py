"""What can be done about seasons: tick a task of a checklist, and plan where teams stand. Rows of the table of actions."""

from __future__ import annotations

from collections.abc import Mapping

from emergency.store import times
from emergency.store.errors import InvalidValue
from emergency.store.records.types import Date, Flag, Integer, Stored, Type
from emergency.store.seasons import parted
from emergency.store.text import quoted
from emergency.store.words import _
from emergency.tui.actions.kinds import Action, Question, Where
from emergency.tui.actions.reading import named
from emergency.tui.actions.reasons import about

#: Where the plan of a season is shown.
STAGING = "staging"
#: What is asked where nobody said anything else: as many as a county can spare, and the half hour of the rules.
USUAL: Mapping[str, str] = {"teams": "6", "within": "30min", "types": "", "backup": "no"}


class Minutes(Type):
    """How far a team may be from what it covers, as the command line reads it."""

    def parse(self, text: str) -> Stored:
        """Raises InvalidValue for what is no span of time."""
        if text.strip():
            times.parse_duration(text)
        return text


class Types(Type):
    """So many teams of each type: `水域救援=2; 道路抢险=1`."""

    def parse(self, text: str) -> Stored:
        """Raises InvalidValue for a part that is not a type and a number."""
        for part in parted(text):
            name, _equals, number = part.rpartition("=")
            if not name.strip() or not number.strip().isdecimal():
                raise InvalidValue(
                    _("not a type and a number: {text}").format(text=quoted(part)),
                    hint=_("write 水域救援=2; several parted by ;"),
                )
        return text


def _tickable(where: Where) -> str:
    reason = about("task")(where)
    return reason or (_("it is done already; it can be edited") if where.state == "done" else "")


def _tick(where: Where) -> list[str]:
    id_ = where.target.id if where.target else "TASK"
    day = where.answers.get("done") or (times.format_time(times.now())[:10] if where.target else "DATE")
    return ["task", "set", *named(id_, f"done={day}")]


def staged(where: Where) -> list[str]:
    """The line that plans a season as it was asked; what was left empty is as usual."""
    told = {name: where.answers.get(name, "").strip() or usual for name, usual in USUAL.items()}
    words = ["plan", "stage", "--teams", told["teams"], "--within", told["within"]]
    for part in parted(told["types"]):
        words += ["--type", part]
    if Flag().parse(told["backup"]) == "yes":
        words.append("--backup")
    return [*words, *named(where.target.id if where.target else "SEASON")]


def preparing() -> tuple[Action, ...]:
    """The checklist, and the plan on the map."""
    group = _("Seasons")
    today = Question("done", _("Done on"), Date(), required=False, hint=_("today; or 2026-07-31"))
    asks = (
        Question("teams", _("How many teams, at most"), Integer(0, 10_000), False, USUAL["teams"]),
        Question("within", _("An area is covered from so far away"), Minutes(), False, USUAL["within"]),
        Question("types", _("So many of a type, such as 水域救援=2; empty: any"), Types(), False),
        Question("backup", _("Does a second team within reach count: yes, no"), Flag(), False, _("no")),
    )  # fmt: skip
    return (
        Action("tick", ("semicolon",), _("done"), group, _tickable, _tick, writes=True, asks=(today,)),
        Action("stage", ("at",), _("place teams"), group, about("season"),
               staged, asks=asks, of_now=True),
    )  # fmt: skip
