"""The palette: type, and find anything that can be done here, any screen, any record.

Records are found by their Chinese names, pinyin, initials or ids, in SQLite and in a thread; what
SQLite lets through and the actions are put in order by how well they fit.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.fuzzy import FuzzySearch
from textual.widgets import Input

from emergency.store import wording
from emergency.store.errors import EmergencyError
from emergency.store.filters import DERIVED, WORD, Term
from emergency.store.query import Filter, select
from emergency.store.records import RECORDS
from emergency.store.records.steps import STATES
from emergency.store.showing import drilled
from emergency.store.store import Store
from emergency.store.text import like_pattern
from emergency.store.words import _, aside, language, told
from emergency.tui import opened
from emergency.tui.actions import Action, Where, briefly, reading
from emergency.tui.bar import Bar
from emergency.tui.panel import Column, Panel, Row, Target
from emergency.tui.screens import DutyScreen
from emergency.tui.words import Words

#: Kinds of records that are looked for, in the order in which equals are shown.
KINDS = ("incident", "team", "line", "alert", "equipment", "depot", "member", "item", "scenario", "region")
#: Of each kind at most so many are read, and so many are shown in all.
MOST_READ, MOST_SHOWN = 30, 60
#: The score of what has the text in it, letter by letter: no other comes to it.
_HAS = 100


class Standing(NamedTuple):
    """The call-ups that stand in a way: what a filter of their list finds."""

    filter: str


class Entry(NamedTuple):
    """A line of the palette."""

    leads_to: Action | Target | Standing
    shown: str
    label: str
    command: str
    #: Why not now, or "".
    reason: str = ""
    #: What else it is found by.
    more: str = ""


class Palette(Bar[Action | Target | Standing]):
    """See the module."""

    DEFAULT_CSS = "Palette Panel { height: 9; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move('up')", show=False),
        Binding("down", "move('down')", show=False),
        Binding("pageup", "move('page_up')", show=False),
        Binding("pagedown", "move('page_down')", show=False),
        Binding("ctrl+p", "leave", show=False),
    ]

    def __init__(self, screen: DutyScreen) -> None:
        super().__init__()
        self._duty, self._where = screen.duty, screen.where
        self._actions = [
            _of_action(a, screen.asked_by(a)) for a in screen.duty.actions if not (a.panel or a.picture)
        ]
        self._actions += _of_states()
        self._records: list[Entry] = []
        self._entries: list[Entry] = []
        self._text = ""
        self._looking = False
        self._fuzzy = FuzzySearch()

    def compose(self) -> ComposeResult:
        """The field, what fits, and what is wrong with the one chosen."""
        yield Input(id="find", compact=True, placeholder=_("an action, a screen, a name, its pinyin, an id"))
        columns = (Column(), Column(least=8), Column(least=10))
        yield Panel(columns, id="found", empty=_("nothing fits"), lit=True)
        yield Words(" " + _("Enter: do it   Esc: leave"), id="told")

    def on_mount(self) -> None:
        """Everything that can be done here, before anything is typed."""
        self._show()
        self.query_one(Input).focus()

    def action_move(self, name: str) -> None:
        """The cursor of the list, while the field has the keys."""
        self.query_one(Panel).action_act(name)

    def on_input_changed(self, event: Input.Changed) -> None:
        """What fits now; records follow once they are read."""
        event.stop()
        self._text = event.value.strip()
        self._records = [r for r in self._records if self._text and self._score(r)]
        self._show()
        if self._text and not self._looking:
            self._looking = True
            self.look_for(self._text)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the one under the cursor."""
        event.stop()
        for panel in self.query(Panel):
            self._take(panel.cursor)

    def on_panel_chosen(self, message: Panel.Chosen) -> None:
        """A second click on a row takes it."""
        message.stop()
        self._take(self.query_one(Panel).cursor)

    def _take(self, at: int) -> None:
        if at >= len(self._entries):
            return
        entry = self._entries[at]
        if entry.reason:
            self.query_one("#told", Words).say(" ! " + told(entry.label, entry.reason))
        else:
            self.give(entry.leads_to)

    # -- what fits -------------------------------------------------------------------------------

    def _score(self, entry: Entry) -> float:
        text = f"{entry.label} {entry.more}"
        if self._text.casefold() in text.casefold():
            return _HAS + 1 / len(text)
        return self._fuzzy.match(self._text, text)[0]

    def _show(self) -> None:
        fit = [(self._score(e) if self._text else _rank(e), e) for e in (*self._actions, *self._records)]
        order = sorted((x for x in fit if x[0]), key=self._place)
        self._entries = [entry for _score, entry in order[:MOST_SHOWN]]
        rows = [
            Row(
                (e.shown, aside(e.label, e.reason), e.command),
                "dim" if e.reason else "",
            )
            for e in self._entries
        ]
        # None where Esc came right behind the last letter, and the bar is being taken away.
        for panel in self.query(Panel):
            panel.cursor = 0
            panel.show(_("Found: {n}").format(n=len(rows)), rows)

    def _place(self, scored: tuple[float, Entry]) -> tuple[bool, int, float]:
        """What has the text in it goes by its kind: actions, then incidents and teams; the id itself is first."""
        score, entry = scored
        if not self._text or score < _HAS:
            rank = len(KINDS) + 1
        elif not isinstance(entry.leads_to, Target):
            rank = 0
        elif entry.leads_to.id.casefold() == self._text.casefold():
            rank = -1
        else:
            rank = 1 + KINDS.index(entry.leads_to.kind)
        return bool(entry.reason), rank, -score

    @work(thread=True)
    def look_for(self, text: str) -> None:
        """Read the records that a text finds, with a connection of the thread's own."""
        found: list[Entry] = []
        try:
            with opened.reading(self._duty.path, self._duty.as_of) as store:
                found = [
                    _of_record(store, self._where, kind, row)
                    for kind in KINDS
                    for row in _named(store, kind, text)
                ]
        except EmergencyError as error:
            found = []
            self._duty.complain(error)
        self.app.call_from_thread(self._found, text, found)

    def _found(self, text: str, found: list[Entry]) -> None:
        if not self.is_attached:
            return
        self._looking = False
        self._records = [entry._replace(more=f"{entry.more} {text}") for entry in found]
        if text != self._text:
            # More was typed meanwhile: we look again, once.
            if self._text:
                self._looking = True
                self.look_for(self._text)
            self._records = [
                r for r in self._records if self._score(r._replace(more=r.more.removesuffix(text)))
            ]
        self._show()


def _rank(entry: Entry) -> float:
    """Before anything is typed: first what changes the record under the cursor, then the screens."""
    action = entry.leads_to
    return (
        1
        if not isinstance(action, Action)
        else 3
        if action.writes
        else 2
        if action.id.startswith("go_")
        else 1
    )


def _of_action(action: Action, where: Where) -> Entry:
    words = action.command(where)
    line = briefly(words) if words else ""
    return Entry(
        action, action.shown, action.label, line, action.why_not(where), f"{action.group} {action.id}"
    )


def _of_states() -> list[Entry]:
    """Each state of a call-up by its words: it opens their list with those alone."""
    out = []
    for code, pair in {"overdue": DERIVED["line"]["overdue"], **STATES}.items():
        text = code if code == "overdue" else f"state:{code}"
        label = told(_("Call-ups"), pair[1 if language() == "zh" else 0])
        out.append(Entry(Standing(text), "", label, briefly(["callup", "list", text]), "", " ".join(pair)))
    return out


def _of_record(store: Store, where: Where, kind: str, row: dict[str, object]) -> Entry:
    target = Target(kind, str(row["id"]))
    named = [str(row.get("name") or row.get("title") or row.get("headline") or "")]
    if kind == "line":
        order = store.row("callup", str(row["order"])) or {}
        row = {**row, "exercise": order.get("exercise")}
        named = [_name(store, row), str(order.get("incident") or "")]
    state = row.get("state")
    if kind == "line":
        named.append(wording.state_words(str(state or "draft")))
    elif state and (field := RECORDS[kind].field("state")) is not None:
        named.append(field.type.show(str(state)))
    label = drilled(row, " ".join(filter(None, (RECORDS[kind].label, target.id, *named))))
    return Entry(
        target, "", label, briefly(reading(where._replace(target=target))), "", str(row.get("search") or "")
    )


def _name(store: Store, line: dict[str, object]) -> str:
    """What a call-up line calls up."""
    for kind in ("equipment", "team", "item"):
        if line.get(kind):
            return str((store.row(kind, str(line[kind])) or {}).get("name") or line[kind])
    return ""


def _named(store: Store, kind: str, text: str) -> list[dict[str, object]]:
    """Records by their id, then by their search text; each once."""
    # Ids that a station gives are in capitals, codes and tags as they come.
    like = [like_pattern(word).removeprefix("%") for word in (text, text.upper())]
    by_id = Filter(extra=[("(id LIKE ? ESCAPE '\\' OR id LIKE ? ESCAPE '\\')", like)], limit=MOST_READ)
    rows = {row["id"]: row for row in select(store, kind, by_id)}
    if "search" in _columns(store, kind):
        words = [Term("", WORD, word) for word in text.split()]
        rows |= {row["id"]: row for row in select(store, kind, Filter(words, limit=MOST_READ))}
    return list(rows.values())


def _columns(store: Store, kind: str) -> set[str]:
    return {str(row[1]) for row in store.connection.execute(f'PRAGMA table_info("{kind}")')}
