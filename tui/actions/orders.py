"""What can be done to call-up lines, and on the way from a need to its orders: rows of the table of actions."""

from __future__ import annotations

from collections.abc import Callable

from emergency.store import following, wording
from emergency.store.records.steps import STATES, STEPS, before
from emergency.store.records.types import Text, Time
from emergency.store.words import _, clauses, language
from emergency.tui.actions.answers import Channel, Figure
from emergency.tui.actions.kinds import Action, Question, Where
from emergency.tui.actions.reading import named
from emergency.tui.actions.reasons import about, past, unwritable

#: Where the keys of the order desk mean something besides lists of records.
CANDIDATES, ORDERING, GATE, BATCH = "candidates", "ordering", "gate", "batch"
#: What a line is asked of by each option of its step.
_OPTIONS = ("channel", "qty", "until", "place", "at", "note")


def on_line(step: str) -> Callable[[Where], str]:
    """A reason against a step unless the line under the cursor is where the step begins."""

    def why(where: Where) -> str:
        if reason := about("line")(where):
            return reason
        if not where.state or where.state in STEPS[step].sources:
            return ""
        words = STATES.get(where.state, (where.state, where.state))
        said = _("it is {state}").format(state=words[1 if language() == "zh" else 0])
        first = before(step, where.state)
        return clauses((said, _("first: {step}").format(step=wording.step(first)) if first else ""))

    return why


def _line(where: Where) -> str:
    return where.target.id if where.target else "ORDER/LINE"


def _step(step: str, *needed: str) -> Callable[[Where], list[str]]:
    def line(where: Where) -> list[str]:
        more = [
            word for name in _OPTIONS for word in where.option(f"--{name}", name, required=name in needed)
        ]
        return ["callup", step, *more, *named(_line(where))]

    return line


def _taken(step: str, key: str, label: str, *asks: Question, id: str = "", danger: bool = False) -> Action:
    needed = [question.name for question in asks if question.required and question.name in ("qty", "until")]
    return Action(
        id or step, (key,), label, _("Call-ups"), on_line(step), _step(step, *needed),
        writes=True, danger=danger, asks=asks,
    )  # fmt: skip


def _given_anew(step: str, *names: str) -> Callable[[Where], list[str]]:
    """The line of a step that gives a new order: its options by the names of their answers."""

    def line(where: Where) -> list[str]:
        more = [
            w for n in names for w in where.option("--" + n.replace("_", "-"), n, required=n == "incident")
        ]
        return ["callup", step, *more, *named(_line(where))]

    return line


def when() -> Question:
    """When it happened, as the command line reads times."""
    return Question("at", _("When it happened"), Time(), False, _("now; or 14:05, -10m, 20min ago"))


def steps() -> tuple[Action, ...]:
    """One for each step of a line."""
    note, at = Question("note", _("Note"), Text(), required=False), when()
    reason = Question("note", _("Why"), Text())
    heard = Question(
        "channel",
        _("How word came"),
        Channel(),
        required=False,
        hint=following.channels_typed(("phone", "radio", "paper", "beidou")),
    )
    tried = Question(
        "channel",
        _("By what"),
        Channel(),
        hint=following.channels_typed(("phone", "radio", "beidou", "mobile", "duty_phone")),
    )
    part = Question("qty", _("How much, or how many, they accept"), Figure())
    back = Question(
        "qty", _("How much comes back"), Figure(), required=False, hint=_("of stock only; 0: all was used")
    )
    until = Question("until", _("Until when"), Time(), hint=_("18:00, +4h"))
    place = Question("place", _("Where"), Text(), required=False, hint=_("where the order says"))
    group, drafted = _("Call-ups"), on_line("issue")
    new = (
        Question("incident", _("To which incident"), Text()),
        Question("report_to", _("Report to"), Text(), required=False),
    )
    instead = (
        Question("equipment", _("What instead"), Text(), required=False, hint=_("a tag or plate")),
        Question("team", _("Or which team"), Text(), required=False),
    )
    return (
        _taken("ack", "Q", _("they have it"), heard, at, note),
        _taken("accept", "a", _("accepted"), heard, at, note),
        _taken("partial", "P", _("accepted in part"), part, heard, at, note),
        _taken("provisional", "V", _("probably"), reason, at),
        _taken("defer", "D", _("will answer later"), note, at),
        _taken("decline", "x", _("declined"), reason, at),
        _taken("unable", "U", _("nobody can"), reason, at),
        _taken("depart", "d", _("departed"), heard, at, note),
        _taken("arrive", "v", _("on scene"), heard, at, place, note),
        _taken("mistaken", "W", _("not there after all"), note, at),
        _taken("release", "l", _("release"), note, at),
        _taken("return", "b", _("back home"), heard, back, at, note),
        _taken("close", "Z", _("done with"), note, at, id="close_line"),
        _taken("contact", "c", _("tried to reach"), tried, note, at),
        _taken("deliver", "f", _("order delivered"), heard, at, note),
        _taken("extend", "O", _("needed longer"), until, note, at),
        _taken("recall", "w", _("ask back"), reason, at),
        _taken("cancel", "X", _("cancel"), reason, at, danger=True),
        Action("reassign", ("J",), _("to another incident"), group, on_line("reassign"),
               _given_anew("reassign", "incident", "report_to", "at", "note"), writes=True, danger=True,
               asks=(*new, note, at)),
        Action("supersede", ("F",), _("replace it"), group, on_line("supersede"),
               _given_anew("supersede", "equipment", "team", "at", "note"), writes=True, danger=True,
               asks=(*instead, note, at)),
        Action("issue_draft", ("G",), _("give the draft"), group, drafted,
               lambda where: ["callup", "issue-draft", *where.option("--at", "at"),
                              *named(_line(where).split("/")[0])], writes=True, asks=(at,)),
    )  # fmt: skip


def incident_of(where: Where) -> str:
    """The incident that is under the cursor, by itself or by what it needs; ""."""
    known = where.target is not None and where.target.kind in ("incident", "needs")
    return where.target.id if known and where.target is not None else ""


def needed_of(where: Where) -> str:
    """The incident that is under the cursor, or the one need of it; ""."""
    of_need = where.target is not None and where.target.kind == "need"
    return where.target.id if of_need and where.target is not None else incident_of(where)


def _wants_incident(where: Where) -> str:
    return past(where) or about("incident", "needs")(where)


def alert_of(where: Where) -> str:
    """The alert that is under the cursor; ""."""
    return where.target.id if where.target is not None and where.target.kind == "alert" else ""


def _orderable(where: Where) -> str:
    if alert_of(where):
        return unwritable(where)
    return "" if where.room == CANDIDATES else past(where) or about("incident", "needs", "need")(where)


def _candidates(where: Where) -> list[str]:
    if alert := alert_of(where):
        return ["alert", "draft", *named(alert)]
    return ["need", "candidates", *named(needed_of(where) or "INCIDENT")]


def _check_in(where: Where) -> list[str]:
    return ["incident", "check-in", *named(incident_of(where) or "INCIDENT", "TAG")]


def desk() -> tuple[Action, ...]:
    """From a need to its orders, arrivals, and orders from a file."""
    group = _("Order desk")
    return (
        Action("order", ("o",), _("call up for it"), group, _orderable, _candidates),
        Action("amount", ("equals_sign",), _("how much of it"), group, rooms=(CANDIDATES,)),
        Action("check", ("f5",), _("check without writing"), group, rooms=(ORDERING, BATCH),
               command=lambda where: ["callup", "batch", "--dry-run", "FILE"]),
        Action("check_in", ("i",), _("check in arrivals"), group, _wants_incident, _check_in),
        Action("undo_arrival", ("f6",), _("take the last arrival back"), group, rooms=(GATE,)),
        Action("note_anyway", ("f7",), _("note it anyway"), group, rooms=(GATE,)),
        Action("batch", ("B",), _("orders from a file"), group, command=lambda where: ["callup", "batch", "FILE"]),
        Action("save_result", ("f3",), _("save the result"), group, rooms=(BATCH,)),
        Action("copy_result", ("f4",), _("copy the result"), group, rooms=(BATCH,)),
    )  # fmt: skip
