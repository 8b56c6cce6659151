"""The table itself.

Each action names the command line that does the same, so that no screen can do what the command
line cannot; what changes the store is done by running that line.
"""

from __future__ import annotations

from collections.abc import Callable

from emergency.store.records.incident import LEVELS
from emergency.store.records.team import READINESS
from emergency.store.records.types import Choice, Integer, Text
from emergency.store.words import _
from emergency.tui.actions import orders, pictures, planning, seasons
from emergency.tui.actions.answers import Signed
from emergency.tui.actions.kinds import Action, Question, Where
from emergency.tui.actions.reading import named, reading
from emergency.tui.actions.reasons import about, past, unwritable
from emergency.tui.places import Place, places

#: What a record of a screen is called in a command line, where new ones are registered by a form.
NOUNS = {
    "incidents": "incident", "teams": "team", "equipment": "equipment", "reserves": "reserve", "items": "item",
    "members": "member", "depots": "depot", "officers": "officer", "needs": "need", "duties": "duty",
    "recovery": "recovery", "losses": "loss",
    "alerts": "alert",
    "seasons": "season", "tasks": "task", "keyareas": "keyarea", "sites": "site",
}  # fmt: skip
#: Records that a form changes and that can be taken out of use.
FORMED = tuple(NOUNS.values())

#: Screens that tell one matter in several lists.
VIEWED = ("standards", "readiness")


def _nothing(where: Where) -> str:
    return "" if where.target else _("there is nothing under the cursor")


def _at_root(where: Where) -> str:
    return _("this is the first screen: q leaves the program") if where.on_board else ""


def _tabled(where: Where) -> str:
    return "" if where.table else _("not on this screen")


def _findable(where: Where) -> str:
    return "" if where.room == "help" else _tabled(where)


def _listing(where: Where) -> list[str]:
    """The line that lists what the screen shows."""
    return reading(where._replace(target=None))


def _board(where: Where) -> list[str]:
    return ["board"]


def _id(where: Where, capitals: str = "ID") -> str:
    return where.target.id if where.target else capitals


def _noun(where: Where) -> str:
    """The noun of what is under the cursor; of the screen where there is none."""
    return where.target.kind if where.target else NOUNS.get(where.room, "NOUN")


def _new(where: Where) -> list[str]:
    return [NOUNS.get(where.room, "team"), "add", "FIELD=VALUE"]


def _edit(where: Where) -> list[str]:
    return [_noun(where), "set", *named(_id(where), "FIELD=VALUE")]


def _retire(where: Where) -> list[str]:
    return [_noun(where), "retire", *where.option("--reason", "reason", required=True), *named(_id(where))]


def _log(where: Where) -> list[str]:
    return ["incident", "log", *named(_id(where, "INCIDENT"), where.answers.get("text") or "TEXT")]


def _need(where: Where) -> list[str]:
    return [
        *("incident", "need", *where.option("--by", "by")),
        *named(_id(where, "INCIDENT"), where.answers.get("need") or "WHAT>=AMOUNT"),
    ]


def _level(where: Where) -> list[str]:
    return [
        *("incident", "level", *where.option("--why", "why")),
        *named(_id(where, "INCIDENT"), where.answers.get("level") or "LEVEL"),
    ]


def _close(where: Where) -> list[str]:
    return ["incident", "close", *where.option("--why", "why"), *named(_id(where, "INCIDENT"))]


def _history(where: Where) -> list[str]:
    return [_noun(where), "history", *named(_id(where))]


def _taken(where: Where) -> str:
    """The noun of what a screen takes in from files and writes to them."""
    return {"sync": "bundle", "standards": "standard"}.get(where.room, NOUNS.get(where.room, "team"))


def _import(where: Where) -> list[str]:
    return [_taken(where), "import", *named(where.answers.get("file") or "FILE")]


def _exportable(where: Where) -> str:
    """A register is written as a whole, of standards one version."""
    return about("standard")(where) if where.room == "standards" else ""


def _export(where: Where) -> list[str]:
    to = ["--open"] if where.answers.get("to") == "open" else where.option("--to", "to")
    which = [_id(where)] if where.room == "standards" else []
    return [_taken(where), "export", *to, *named(*which, where.answers.get("file") or "FILE")]


def _gaps(where: Where) -> list[str]:
    return ["standard", "gaps", "--team", _id(where, "TEAM")]


def _compare(where: Where) -> list[str]:
    return ["standard", "compare", *named(_id(where, "A"), where.answers.get("other") or "B")]


def _undo(where: Where) -> list[str]:
    return ["undo", *named(*filter(None, [where.op]))]


def _tried(where: Where) -> list[str]:
    return ["undo", "--dry-run", *named(*filter(None, [where.op]))]


def _report(where: Where) -> list[str]:
    return [
        *("duty", "report", *where.option("--readiness", "readiness", required=True)),
        *where.option("--headcount", "headcount", required=True),
        *where.option("--note", "note"),
        *named(_id(where, "TEAM")),
    ]


def _keep(where: Where) -> list[str]:
    return [
        *("conflict", "resolve", *where.option("--keep", "keep", required=True)),
        *where.option("--why", "why", required=True),
        *named(_id(where, "CONFLICT")),
    ]


def _keep_tried(where: Where) -> list[str]:
    verb, name, *rest = _keep(where)
    return [verb, name, "--dry-run", *rest]


def _arrive(where: Where) -> list[str]:
    tags = [word for tag in (where.answers.get("tags") or "").split() for word in ("--equipment", tag)]
    stock = [*where.option("--qty", "qty", required=True), *where.option("--depot", "depot", required=True)]
    return ["recovery", "arrive", *(tags or stock), *named(_id(where, "LINE"))]


def _arrive_tried(where: Where) -> list[str]:
    noun, verb, *rest = _arrive(where)
    return [noun, verb, "--dry-run", *rest]


def _stock(verb: str) -> Callable[[Where], list[str]]:
    def line(where: Where) -> list[str]:
        depot, _slash, item = _id(where, "DEPOT/ITEM").partition("/")
        return [
            *("reserve", verb, *where.option("--qty", "amount", required=True)),
            *where.option("--reason", "reason", required=verb == "move"),
            *named(depot, item),
        ]

    return line


def _moving() -> tuple[Action, ...]:
    group = _("Moving")
    return (
        Action("up", ("up", "k"), _("up"), group, panel=True),
        Action("down", ("down", "j"), _("down"), group, panel=True),
        Action("page_up", ("pageup",), _("a page up"), group, panel=True),
        Action("page_down", ("pagedown",), _("a page down"), group, panel=True),
        Action("first", ("home",), _("first"), group, panel=True),
        Action("last", ("end",), _("last"), group, panel=True),
        Action("details", ("enter",), _("details"), group, _nothing, reading, panel=True),
        Action("next_panel", ("tab",), _("next panel"), group),
        Action("previous_panel", ("shift+tab",), _("panel before"), group),
        Action("back", ("escape",), _("back"), group, _at_root),
        Action("leave", ("q",), _("back/quit"), group),
    )


def _in_tables() -> tuple[Action, ...]:
    group = _("Tables")
    return (
        Action("left", ("left",), _("columns to the left"), group, table=True),
        Action("right", ("right",), _("columns to the right"), group, table=True),
        Action("sort", ("s",), _("sort"), group, table=True),
        Action("reverse", ("S",), _("the other way round"), group, table=True),
        Action("mark", ("space",), _("mark"), group, _nothing, table=True),
        Action("mark_all", ("asterisk",), _("mark all"), group, table=True),
        Action("unmark", ("u",), _("no marks"), group, table=True),
        Action("filter", ("slash",), _("filter"), group, _findable),
        Action("as_of", ("t",), _("as of"), group, _tabled),
        Action("list_command", ("vertical_line",), _("command of the list"), group, _tabled, _listing),
        Action("import", ("I",), _("import a file"), group, unwritable, _import, rooms=(*NOUNS, "sync", "standards"),
               asks=(Question("file", _("File"), Text(4000), path=True),)),
        Action("export", ("E",), _("export to a file"), group, _exportable, _export, rooms=(*NOUNS, "sync", "standards"),
               asks=(Question("file", _("File"), Text(4000), path=True),)),
        Action("view", ("right_square_bracket",), _("next list"), group, rooms=VIEWED),
        Action("view_before", ("left_square_bracket",), _("list before"), group, rooms=VIEWED),
        Action("gaps", ("percent_sign",), _("gaps"), group, about("team"), _gaps),
        Action("compare", ("tilde",), _("what if"), group, about("standard"), _compare, rooms=("standards",), of_now=True,
               asks=(Question("other", _("Against which version, or a file"), Text(4000), path=True),)),
        Action("history", ("h",), _("history"), group, about(*FORMED), _history),
    )  # fmt: skip


def opening(place: Place) -> Action:
    """The action that opens a screen."""

    def command(where: Where) -> list[str]:
        return [*place.command]

    keys = (place.key,) if place.key else ()
    return Action(f"go_{place.id}", keys, place.label, _("Screens"), command=command)


def rooms() -> tuple[Action, ...]:
    """One for each screen of the program's own that a key opens."""
    return tuple(map(opening, places()))


def _incidents() -> tuple[Action, ...]:
    incidents, on_incident = _("Incidents"), about("incident")
    return (
        Action("log", ("g",), _("write into its log"), incidents, on_incident, _log, writes=True,
               asks=(Question("text", _("Log line"), Text(2000)),)),
        Action("state_need", ("N",), _("state a need"), incidents, on_incident, _need, writes=True,
               asks=(Question("need", _("Need, such as people>=60"), Text()),
                     Question("by", _("By when: 60min, 18:00"), Text(), required=False))),
        Action("level", ("L",), _("response level"), incidents, on_incident, _level, writes=True,
               asks=(Question("level", _("Level: I, II, III, IV"), Choice(LEVELS)), Question("why", _("Why"), Text(), required=False))),
        Action("close", ("C",), _("close it"), incidents, on_incident, _close, writes=True, danger=True,
               asks=(Question("why", _("Why"), Text(), required=False),)),
    )  # fmt: skip


def _registers() -> tuple[Action, ...]:
    note = Question("note", _("Note"), Text(), required=False)
    registers, on_formed = _("Registers"), about(*FORMED)
    return (
        Action("report", ("p",), _("readiness report"), registers, about("team"), _report, writes=True,
               asks=(Question("readiness", _("Readiness"), Choice(READINESS), hint=Choice(READINESS).typed()),
                     Question("headcount", _("People on duty"), Integer(0, 1_000_000)), note)),
        Action("new", ("n",), _("new"), registers, command=_new, writes=True, rooms=tuple(NOUNS),
               form=lambda where: NOUNS.get(where.room, "")),
        Action("edit", ("e",), _("edit"), registers, on_formed, _edit, writes=True, form=_noun),
        Action("save", ("f2",), _("save"), registers,
               rooms=("form", "preview", orders.ORDERING, orders.BATCH, planning.PLAN, seasons.STAGING)),
        Action("retire", ("R",), _("take out of use"), registers, on_formed, _retire, writes=True, danger=True,
               asks=(Question("reason", _("Why"), Text()),)),
        Action("move_stock", ("m",), _("stock in or out"), registers, about("reserve"), _stock("move"), writes=True,
               asks=(Question("amount", _("Amount, signed: -200, +1.5t"), Signed()), Question("reason", _("Why"), Text()))),
        Action("count_stock", ("M",), _("stock was counted"), registers, about("reserve"), _stock("count"), writes=True,
               asks=(Question("amount", _("What was counted"), Signed()), Question("reason", _("Why"), Text(), required=False))),
        Action("arrive_loss", ("ampersand",), _("it has come"), registers, about("loss"), _arrive, writes=True,
               asks=(Question("tags", _("Tags of the equipment that came"), Text(), required=False, hint=_("empty: it is stock")),
                     Question("qty", _("How much of it came"), Signed(), required=False, hint=_("of stock only: 120")),
                     Question("depot", _("Into which depot"), Text(), required=False, hint=_("of stock only"))),
               tried=_arrive_tried, danger=True),
    )  # fmt: skip


def _journal() -> tuple[Action, ...]:
    return (
        Action("keep", ("K",), _("decide a conflict"), _("Journal"), about("contest", "conflict"), _keep, writes=True, danger=True,
               asks=(Question("keep", _("What stands"), Text(), hint=_("an order, a value or its number, none")), Question("why", _("Why"), Text())), tried=_keep_tried),
        Action("undo", ("z",), _("take back"), _("Journal"), command=_undo, writes=True, danger=True, tried=_tried),
        Action("sync", ("H",), _("sync now"), _("Journal"), command=lambda where: ["sync"], writes=True),
    )  # fmt: skip


def _doing() -> tuple[Action, ...]:
    return (
        *orders.steps(), *orders.desk(), *planning.desk(), *seasons.preparing(), *_incidents(), *_registers(),
        *_journal(),
    )  # fmt: skip


def _program() -> tuple[Action, ...]:
    group = _("Program")
    return (
        Action("refresh", ("r",), _("refresh"), group, past, _board),
        Action("copy", ("y",), _("command"), group, command=reading),
        Action("copy_ran", ("Y",), _("the command that ran last"), group),
        Action("palette", ("colon", "ctrl+p"), _("find"), group),
        Action("help", ("question_mark",), _("keys"), group),
        Action("page", ("f1",), _("help"), group, command=lambda where: ["help"]),
        Action("theme", ("T",), _("other colours"), group),
        Action("quit", ("ctrl+q",), _("quit"), group),
    )


def actions() -> tuple[Action, ...]:
    """All of them, in the order of the help, in the language spoken."""
    return (*_moving(), *_in_tables(), *pictures.in_pictures(), *rooms(), *_doing(), *_program())


def in_panel() -> tuple[Action, ...]:
    """Those of a list."""
    return tuple(a for a in actions() if a.panel)


def in_table() -> tuple[Action, ...]:
    """Those of a table."""
    return tuple(a for a in actions() if a.panel or a.table)


def on_screen() -> tuple[Action, ...]:
    """Those of a screen."""
    return tuple(a for a in actions() if not (a.panel or a.table or a.picture))
