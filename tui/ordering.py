"""The order form: what all orders of one choice have in common, and under it each command line with its answer.

Whatever is typed is tried at once by `--dry-run`; F2 runs the lines, each of them once.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.timer import Timer
from textual.widgets import Input

from emergency.store import times
from emergency.store.candidates import Proposed
from emergency.store.errors import EmergencyError, InvalidValue
from emergency.store.records import BY_NAME
from emergency.store.records.declare import Field
from emergency.store.records.types import Text
from emergency.store.showing import drilled
from emergency.store.text import cells, in_lines, safe
from emergency.store.words import _, ngettext, told
from emergency.tui.actions import Where, typed
from emergency.tui.actions.orders import ORDERING
from emergency.tui.bar import Confirm
from emergency.tui.doing import Ran
from emergency.tui.form import Fields, Line, hint
from emergency.tui.opened import reading
from emergency.tui.panel import Column, Panel, Row, Target
from emergency.tui.screens import DutyScreen
from emergency.tui.source import Wanted
from emergency.tui.style import mark
from emergency.tui.words import Words

#: Seconds after the last key until what was typed is tried.
PAUSE = 0.3
_LINE_ID = re.compile(r"[^\s,:，、：]+/\d+")


def asked() -> tuple[Field, ...]:
    """What an order may say besides whom it calls, in the order in which it is wanted at night."""
    own = BY_NAME["callup"]
    return (
        own["report_to"],
        own["by"],
        Field("note", "Note", "备注", Text(500)),
        own["approver"],
        own["kind"],
        own["basis"],
        Field("override", "Override, and why", "越过规则及理由", Text(500)),
        own["until"],
        Field("answer_within", "To answer within", "应答时限", Text(), help="15min"),
    )


def options(values: Mapping[str, str]) -> list[str]:
    """The options of the fields that have something in them; a kind by its code, whichever of its words was typed."""
    out = []
    for name, text in values.items():
        typed = _kind(text) if name == "kind" else text.strip()
        if typed and (name, typed) != ("kind", "callup"):
            out += ["--" + name.replace("_", "-"), typed]
    return out


def _kind(text: str) -> str:
    """The code of a kind of order; what is none goes to the command, which says so."""
    try:
        return str(BY_NAME["callup"]["kind"].type.parse(text) or "")
    except InvalidValue:
        return text.strip()


def _together(words: Sequence[str]) -> list[str]:
    """Each option with its value, so that no line ends between them."""
    out: list[str] = []
    for word in words:
        if out and out[-1].startswith("--") and " " not in out[-1] and not word.startswith("--"):
            out[-1] += f" {word}"
        else:
            out.append(word)
    return out


class OrderScreen(DutyScreen):
    """See the module."""

    DEFAULT_CSS = """
    OrderScreen #title { text-style: bold; }
    OrderScreen #fields { height: 9; }
    OrderScreen #orders { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "next", show=False),
        Binding("up", "previous", show=False),
    ]

    def __init__(self, incident: str, proposed: Sequence[Proposed], need: Mapping[str, Any]) -> None:
        """An order for each unit; `need` may say where and by when."""
        super().__init__()
        self.incident, self.lines, self._need = incident, list(proposed), need
        self.fields = asked()
        #: What came of each line: tried, or run.
        self.tried: list[Ran | None] = [None] * len(self.lines)
        #: The call-up lines that were issued, by the place of their command line.
        self.issued: dict[int, list[str]] = {}
        self._pause: Timer | None = None

    def body(self) -> ComposeResult:
        """The fields, the command lines, what the field with the keys takes."""
        said = ngettext("Order for {incident}: {n} unit", "Orders for {incident}: {n} units", len(self.lines))
        said = drilled(self._need, said.format(incident=self.incident, n=len(self.lines)))
        yield Words(" " + said, id="title")
        with Fields(id="fields"):
            for field in self.fields:
                yield Line(field, self._first(field.name))
        yield Panel((Column(), Column(least=10)), id="orders", lit=False)
        yield Words(id="hint")

    def _first(self, name: str) -> str:
        """What a field begins with: what the need says."""
        if name == "report_to":
            return str(self._need.get("place") or "")
        if name == "by":
            by = self._need.get("by")
            # Of a time that has passed nothing is left to keep.
            return times.format_time(by)[:16].replace("T", " ") if by and by > times.now() else ""
        return BY_NAME["callup"]["kind"].type.show("callup") if name == "kind" else ""

    def on_mount(self) -> None:
        """The first field has the keys; where the need names no place, the incident's is taken."""
        self._show()
        self.query(Input).first().focus()
        self._place()

    def footer(self) -> tuple[list[str], list[str]]:
        """Letters are typed into a field: only these keys do anything else."""
        named = {"save": _("issue"), "check": _("check"), "next_panel": _("next field")}
        return self.reminders(named), [f"{self.action_key('back')} {_('back')}"]

    @work(thread=True, group="place")
    def _place(self) -> None:
        row: dict[str, Any] = {}
        try:
            with reading(self.duty.path) as store:
                row = store.row("incident", self.incident) or {}
        except EmergencyError as error:
            self.duty.complain(error)
        self.answer(self._placed, str(row.get("place") or ""))

    def _placed(self, place: str) -> None:
        field = self.query_one("#field-report_to", Input)
        if place and not field.value:
            field.value = place
        self._try()

    @property
    def where(self) -> Where:
        """A room of its own."""
        return super().where._replace(target=None, room=ORDERING)

    @property
    def values(self) -> dict[str, str]:
        """{field: what is typed}."""
        return {line.field.name: line.text for line in self.query(Line)}

    @property
    def unsaved(self) -> bool:
        """Whether leaving would lose what was typed, or what came of the orders that are being given."""
        return self.goes_on("issuing") or any(
            text.strip() for name, text in self.values.items() if name not in ("report_to", "by", "kind")
        )

    def argv(self, n: int) -> list[str]:
        """The words of one command line with what is typed."""
        return [*self.lines[n].words, *options(self.values)]

    # -- moving ----------------------------------------------------------------------------------

    def action_next(self) -> None:
        """The next field."""
        self.focus_next(Input)

    def action_previous(self) -> None:
        """The field before."""
        self.focus_previous(Input)

    def do_next_panel(self) -> None:
        """The next field."""
        self.focus_next(Input)

    def do_previous_panel(self) -> None:
        """The field before."""
        self.focus_previous(Input)

    def on_descendant_focus(self, event: Any) -> None:
        """Say what may be typed here."""
        line = (
            next((n for n in self.focused.ancestors if isinstance(n, Line)), None) if self.focused else None
        )
        if line is not None:
            words = hint(line.field) or line.field.help
            if isinstance(line.field.type, type(BY_NAME["callup"]["by"].type)):
                words = "90min, 18:00, 2026-07-31 08:00"
            self.query_one("#hint", Words).say(
                " " + (told(line.field.label, words) if words else line.field.label)
            )

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: on to the next field."""
        event.stop()
        self.action_next()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Try it when there is a pause."""
        event.stop()
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(PAUSE, self._try)

    # -- trying and issuing ----------------------------------------------------------------------

    def do_check(self) -> None:
        """Try the lines now."""
        self._try()

    @work(group="try", exclusive=True)
    async def _try(self) -> None:
        """Ask of each line what would come of it; nothing is written."""
        for n in range(len(self.lines)):
            # What is tried while it is issued would be refused, since it is ordered.
            if n not in self.issued and not self.goes_on("issuing"):
                self.tried[n] = await self.duty.run_quietly([*self.argv(n), "--dry-run"])
        self._show()

    def _show(self) -> None:
        rows = []
        for n, ran in enumerate(self.tried):
            tone, said = self._answer(n, ran)
            first, *more = in_lines(safe(told(self.lines[n].title, said)), self.size.width - 6)
            rows += [Row((mark(tone), first), tone), *(Row(("", "  " + text), tone) for text in more)]
            if ran is not None and ran.code:
                hints = [text.strip() for text in ran.err.splitlines()[1:] if text.strip()]
                rows += [
                    Row(("", "  " + _("what would help: {hint}").format(hint=h)), "ask") for h in hints[:2]
                ]
            elif ran is not None and n not in self.issued:
                nothing = _("dry run: nothing was written")
                notes = [text.strip() for text in ran.err.splitlines() if text.strip() not in ("", nothing)]
                rows += [Row((mark("ask"), "  " + text), "ask") for text in notes[:2]]
            if n not in self.issued and self.is_mounted:
                rows += [Row(("", "  " + text), "dim") for text in self._wrapped(n)]
        refused = sum(bool(ran and ran.code) for ran in self.tried)
        title = _("Before issuing: {n} checked, {refused} refused").format(n=len(self.tried), refused=refused)
        if self.issued:
            title = _("{n} issued, {refused} refused").format(n=len(self.issued), refused=refused)
        # An answer may come when the screen has been left.
        for panel in self.query("#orders").results(Panel):
            panel.show(title, rows)

    def _wrapped(self, n: int) -> list[str]:
        """A command line in as many lines as it takes to read it whole."""
        out, line = [], "emergency"
        for word in _together([shlex.quote(word) for word in self.argv(n)]):
            if cells(line) + cells(word) + 12 > self.size.width:
                out.append(line + " \\")
                line = "  "
            line = f"{line} {word}"
        return [*out, line]

    def _answer(self, n: int, ran: Ran | None) -> tuple[str, str]:
        if n in self.issued:
            return "good", _("issued: {lines}").format(lines=" ".join(self.issued[n]))
        if ran is None:
            return "wait", _("checking")
        if ran.code:
            first = ran.err.strip().splitlines()[:1] or [ran.said]
            return "bad", first[0].removeprefix("emergency: ")
        return "good", _("may be issued")

    def do_save(self) -> None:
        """F2: run the lines that were not run yet."""
        reason = self.duty.action("accept").why_not(
            self.where._replace(room="board", target=Target("line", ""))
        )
        if reason:
            self.app.notify(reason, markup=False, severity="warning")
        elif not self.goes_on("issuing"):
            self._issue()

    @work(group="issuing")
    async def _issue(self) -> None:
        for n in range(len(self.lines)):
            if n in self.issued:
                continue
            words = self.argv(n)
            ran = await self.duty.run_quietly(words)
            self.tried[n] = ran
            self.duty.ran.append(tuple(words))
            if not ran.code:
                self.issued[n] = _LINE_ID.findall(ran.out)
            self._show()
        self.duty.look()
        left = len(self.lines) - len(self.issued)
        if left:
            said = ngettext("{n} is not issued: see why below", "{n} are not issued: see why below", left)
            self.app.notify(said.format(n=left), markup=False, severity="error")
        else:
            self._follow()

    def _follow(self) -> None:
        """On to what was issued; who looks at something else by now is told, and no more."""
        from emergency.tui.callups import CallupsScreen
        from emergency.tui.candidates import CandidatesScreen

        given = [line for lines in self.issued.values() for line in lines]
        self.app.notify(_("issued: {lines}").format(lines=" ".join(given)), markup=False)
        here = self.app.screen is self
        under = self.close()
        if isinstance(under, CandidatesScreen):
            under.used()
            under.close()
        if not here:
            return
        if len(given) == 1:
            screen = self.app.screen
            assert isinstance(screen, DutyScreen)
            screen.open(Target("line", given[0]))
        else:
            self._list(CallupsScreen(Wanted(filter=f"incident={self.incident}"), given[0]))

    def _list(self, screen: DutyScreen) -> None:
        """A list of call-ups belongs to their room, wherever the orders were given."""
        self.app.switch_mode("callups")
        self.app.push_screen(screen)

    def do_copy(self) -> None:
        """The lines that F2 runs, as one: a clipboard with an end of line in it would run what is half pasted."""
        lines = [typed(self.where, self.argv(n)) for n in range(len(self.lines)) if n not in self.issued]
        self.duty.hand_over(" && ".join(lines))

    def do_back(self) -> None:
        """Back to the candidates; asks once where text would be lost. Not while orders are given."""
        if self.goes_on("issuing"):
            self.app.notify(_("ordering: nothing is lost if you wait"), markup=False, severity="warning")
        else:
            self._leave()

    @work(group="leaving", exclusive=True)
    async def _leave(self) -> None:
        lost = Confirm(_("leave the form?"), _("nothing more is issued"))
        if not self.unsaved or await self.wait_for(lost):
            self.close()
