"""A form made from a record's declaration: a field a line, checked as the command line checks.

Saving builds the words of `emergency <noun> add` or `set` and runs them; of a record that there is
already only what was changed is set.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.suggester import SuggestFromList
from textual.widgets import Input

from emergency.store import times, units
from emergency.store.errors import EmergencyError, InvalidValue
from emergency.store.records import RECORDS, Field
from emergency.store.records.alert import Structured
from emergency.store.records.types import (
    Amount,
    Choice,
    Date,
    Integer,
    Phone,
    Point,
    Quantity,
    Ref,
    Stored,
    Time,
)
from emergency.store.store import Store
from emergency.store.text import fit, safe
from emergency.store.typed import parse_pairs
from emergency.store.words import _, clauses, listed, told
from emergency.tui.actions import Where, typed
from emergency.tui.actions.reading import named
from emergency.tui.bar import Confirm
from emergency.tui.opened import reading
from emergency.tui.screens import DutyScreen
from emergency.tui.words import Words

#: Kept by the program, never typed.
OWN = ("sample", "retired")
LABEL = 20
#: A text that may be longer than this is several lines, which no field of a form shows.
LONG = 5000


def asked(noun: str, *, new: bool) -> tuple[Field, ...]:
    """The fields of a record that a person types, the required ones first; with its code where it has one."""
    record = RECORDS[noun]
    fields = [f for f in record.fields if not (f.derived or f.folded or f.name in OWN or _kept(f, new=new))]
    code = [] if not new or record.numbered else [Field("id", "Code", "编码", required=True)]
    return (*code, *sorted(fields, key=lambda f: not f.required))


def _kept(field: Field, *, new: bool) -> bool:
    """Whether a field holds what came from outside and is no line: it stays as it came."""
    return isinstance(field.type, Structured) or (field.type.limit > LONG and not new)


def written(field: Field, value: Stored, unit: str = "") -> str:
    """A stored value as it can be typed again."""
    if value is None:
        return ""
    if isinstance(field.type, Time):
        return times.format_time(int(value))
    if isinstance(field.type, Amount):
        return units.format_quantity(int(value), unit)
    return field.type.show(value)


def hint(field: Field) -> str:
    """What may be typed: the unit, the words of a choice, the form of a time."""
    match field.type:
        case Choice(options=options):
            words = listed(field.type.show(code) for code in options)
        case Quantity(unit=unit):
            words = _("a figure, in {unit} where it names none").format(unit=unit)
        case Amount():
            words = _("a figure")
        case Integer():
            words = _("a whole number")
        case Ref(kind=kind):
            words = _("{record}: id, name or pinyin").format(record=RECORDS[kind].label)
        case Point():
            words = _("latitude,longitude: 39.73,116.14")
        case Date():
            words = "2026-07-31"
        case Time():
            words = "14:05, 2026-07-31 08:00"
        case Phone():
            words = _("as dialled, several parted by ;")
        case _:
            words = ""
    marks = [_("required")] * field.required + [_("personal data")] * field.personal
    marks += [_("exact site")] * field.exact_site
    return clauses((*marks, words))


def argv(noun: str, id_: str, values: Mapping[str, str], before: Mapping[str, str]) -> list[str]:
    """The words after `emergency` that save what was typed; none where nothing was changed."""
    changed = {name: text.strip() for name, text in values.items() if text.strip() != before.get(name, "")}
    pairs = [f"{name}={text}" for name, text in changed.items() if name != "id"]
    if not pairs:
        return []
    if id_:
        return [noun, "set", *named(id_, *pairs)]
    code = ["--id", changed["id"]] if "id" in changed else []
    return [noun, "add", *code, *pairs]


class Line(Vertical):
    """One field: its label and its input; under it what is wrong, while anything is."""

    DEFAULT_CSS = """
    Line { height: auto; }
    Line Input { height: 1; border: none; padding: 0; width: 1fr; background: $surface; }
    Line Input:focus { border: none; background: $panel; }
    Line .entry { height: 1; layout: horizontal; }
    Line .entry Words { width: 22; }
    Line .wrong { color: $error; display: none; }
    Line.-wrong .wrong { display: block; }
    """

    def __init__(self, field: Field, text: str) -> None:
        super().__init__(id=f"line-{field.name}")
        self.field, self._first = field, text

    def compose(self) -> ComposeResult:
        """Label and input in one line."""
        sign = "*" if self.field.required else " "
        options = []
        if isinstance(self.field.type, Choice):
            options = [self.field.type.show(code) for code in self.field.type.options] + [
                *self.field.type.options
            ]
        with Vertical(classes="entry"):
            yield Words(f" {sign}{fit(self.field.label, LABEL)}")
            yield Input(
                self._first,
                compact=True,
                select_on_focus=False,
                id=f"field-{self.field.name}",
                suggester=SuggestFromList(options, case_sensitive=False) if options else None,
            )
        wrong = Words()
        wrong.add_class("wrong")
        yield wrong

    def say(self, wrong: str) -> None:
        """What is wrong with it; "": nothing."""
        self.set_class(bool(wrong), "-wrong")
        self.query_one(".wrong", Words).say(" " * (LABEL + 2) + "! " + wrong if wrong else "")

    @property
    def text(self) -> str:
        """What is typed in it."""
        return self.query_one(Input).value


class Fields(VerticalScroll, inherit_bindings=False, can_focus=False):
    """The lines of a form: it scrolls with the field that has the keys, and by no key of its own."""

    # The marks that scroll bars are drawn with are of ambiguous width.
    DEFAULT_CSS = "Fields { height: 1fr; scrollbar-size: 0 0; }"


class FormScreen(DutyScreen):
    """See the module."""

    DEFAULT_CSS = """
    FormScreen #title { text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "next", show=False),
        Binding("up", "previous", show=False),
    ]

    def __init__(self, noun: str, id_: str = "") -> None:
        super().__init__()
        self.noun, self.id_ = noun, id_
        self.fields = asked(noun, new=not id_)
        self._before: dict[str, str] = {}
        self._ready = False

    def body(self) -> ComposeResult:
        """The title, the fields, what the field with the keys takes."""
        label = RECORDS[self.noun].label
        title = f"{label} {self.id_}" if self.id_ else _("new: {record}").format(record=label)
        yield Words(f" {title}", id="title")
        yield Fields(id="fields")
        yield Words(id="hint")

    def on_mount(self) -> None:
        """Read the record, if there is one."""
        self.read()

    def footer(self) -> tuple[list[str], list[str]]:
        """Letters are typed into a field: only these keys do anything else."""
        named = {"save": _("save"), "next_panel": _("next field")}
        keys = [f"{self.action_key(name)} {label}" for name, label in named.items()]
        return [f"Enter {_('next')}", *keys], [f"{self.action_key('back')} {_('back')}"]

    @property
    def where(self) -> Where:
        """A form is a room of its own, whichever screen it was opened from."""
        return super().where._replace(room="form")

    @property
    def values(self) -> dict[str, str]:
        """{field: what is typed}; before the fields stand there, what the record has."""
        if not self._ready:
            return dict(self._before)
        return {line.field.name: line.text for line in self.query(Line)}

    @property
    def unsaved(self) -> bool:
        """Whether leaving would lose what was typed."""
        return self._ready and any(
            text.strip() != self._before.get(name, "") for name, text in self.values.items()
        )

    @work(exclusive=True)
    async def read(self) -> None:
        """Show the fields with the values as they are, the keys in the first."""
        self._before, wrong = await asyncio.to_thread(self._read)
        if wrong:
            self.query_one("#hint", Words).say(f" ! {wrong}")
            return
        lines = [Line(field, self._before.get(field.name, "")) for field in self.fields]
        await self.query_one("#fields").mount(*lines)
        self._ready = True
        lines[0].query_one(Input).focus()

    def _read(self) -> tuple[dict[str, str], str]:
        """(values as they can be typed, what is wrong), with a connection of the thread's own."""
        if not self.id_:
            return {}, ""
        try:
            with reading(self.duty.path, self.duty.as_of) as store:
                row = store.row(self.noun, self.id_)
        except EmergencyError as error:
            return {}, error.message
        if row is None:
            return {}, _("no {record} {id}").format(record=RECORDS[self.noun].label, id=self.id_)
        unit = str(row.get("unit") or "")
        return {f.name: written(f, f.type.gather(f.name, row), unit) for f in self.fields}, ""

    # -- moving ----------------------------------------------------------------------------------

    def action_next(self) -> None:
        """The next field."""
        self.focus_next(Input)

    def action_previous(self) -> None:
        """The field before."""
        self.focus_previous(Input)

    @property
    def _saves(self) -> str:
        return _("{key} saves").format(key=self.action_key("save"))

    def on_descendant_focus(self, event: Any) -> None:
        """Say what may be typed here."""
        line = self._line
        if line is not None:
            at = [field.name for field in self.fields].index(line.field.name) + 1
            self.query_one("#hint", Words).say(
                " " + told(line.field.label, hint(line.field)), f"{at}/{len(self.fields)}  {self._saves} "
            )

    @property
    def _line(self) -> Line | None:
        focused = self.focused
        return next((n for n in focused.ancestors if isinstance(n, Line)), None) if focused else None

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: on to the next field; from the last one, save."""
        inputs = list(self.query_one("#fields").query(Input))
        if event.input is inputs[-1]:
            self.do_save()
        else:
            self.action_next()

    def on_input_blurred(self, event: Input.Blurred) -> None:
        """A field that is left is checked."""
        line = next((n for n in event.input.ancestors if isinstance(n, Line)), None)
        if line is not None and line.text.strip() != self._before.get(line.field.name, ""):
            self.check(line, line.text)
        elif line is not None:
            line.say("")

    # -- checking and saving ---------------------------------------------------------------------

    @work(thread=True, group="check")
    def check(self, line: Line, text: str) -> None:
        """Check what stands in a field in a thread, since a reference is looked up."""
        wrong = self._wrong({line.field.name: text})
        self.answer(self._checked, line, text, wrong.get(line.field.name, ""))

    def _checked(self, line: Line, text: str, wrong: str) -> None:
        # Another text has an answer of its own, which may have been there first.
        if line.text == text:
            line.say(wrong)

    def _wrong(self, values: Mapping[str, str]) -> dict[str, str]:
        """{field: what is wrong with it}, as the command line would say it."""
        try:
            with reading(self.duty.path) as store:
                return self._wrong_in(store, values)
        except EmergencyError as error:
            # Nothing can be looked up: that is said at the first of them.
            return dict.fromkeys(list(values)[:1], error.message)

    def _wrong_in(self, store: Store, values: Mapping[str, str]) -> dict[str, str]:
        record = RECORDS[self.noun]
        unit = self.values.get("unit", "") or self._before.get("unit", "")
        out = {}
        for field in self.fields:
            text = values.get(field.name)
            if text is None:
                continue
            try:
                if field.required and not text.strip():
                    raise InvalidValue(_("it cannot be left empty"))
                if field.name != "id":
                    parse_pairs(store, record, (f"{field.name}={text}",), unit)
            except EmergencyError as error:
                message = error.message.removeprefix(told(field.label, ""))
                out[field.name] = f"{message}  {error.hint}".rstrip()
        return out

    def do_save(self) -> None:
        """Check every field that was changed, and run the command line."""
        if self._ready and not self.goes_on("saving"):
            self._save()

    @work(group="saving")
    async def _save(self) -> None:
        changed = {
            field.name: text
            for field in self.fields
            if (text := self.values.get(field.name, "")).strip() != self._before.get(field.name, "")
            or (field.required and not self.id_)
        }
        wrong = await asyncio.to_thread(self._wrong, changed)
        for line in self.query(Line):
            line.say(wrong.get(line.field.name, ""))
        if wrong:
            self.query_one(f"#field-{next(iter(wrong))}", Input).focus()
            return
        words = argv(self.noun, self.id_, self.values, self._before)
        if not words:
            self.app.notify(_("nothing was changed"), markup=False)
            return
        ran = await self.duty.do(words)
        if ran.code:
            self.query_one("#hint", Words).say(" ! " + safe(ran.said.replace("\n", "  ")))
        else:
            self._before = {name: text.strip() for name, text in self.values.items()}
            self.close()

    def do_copy(self) -> None:
        """The line that saving would run."""
        words = argv(self.noun, self.id_, self.values, self._before)
        self.duty.hand_over(typed(self.where, words or [self.noun, "set", *named(self.id_)]))

    def do_back(self) -> None:
        """Leave the form; asks once where text would be lost. What is being saved closes it itself."""
        if not self.goes_on("saving"):
            self._leave()

    @work(group="leaving", exclusive=True)
    async def _leave(self) -> None:
        lost = Confirm(_("leave the form?"), _("what was typed is not saved"))
        if not self.unsaved or await self.wait_for(lost):
            self.close()
