"""What an action is, what it is asked about, and what it may have to ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from emergency.store.records.types import Type

if TYPE_CHECKING:
    from emergency.tui.panel import Target


class Where(NamedTuple):
    """What an action is asked about: the record under the cursor, and the screen round it."""

    target: Target | None = None
    as_of: bool = False
    on_board: bool = True
    #: What a command line begins with: `emergency`, and the store when it is not the usual one.
    prefix: tuple[str, ...] = ("emergency",)
    #: The id of the screen that a number key opened.
    room: str = "board"
    #: The state of the record where it has one and it is known: `on_scene`.
    state: str = ""
    #: What was typed so far for the questions of the action.
    answers: Mapping[str, str] = {}
    #: Whether a table has the screen, which can be filtered, sorted and marked in.
    table: bool = False
    #: The operation that the record is of: an entry of the journal has one.
    op: str = ""
    #: What the screen tells is of another time than the program's.
    then: bool = False
    #: The picture that has the keys: `map`, `charts`.
    picture: str = ""
    #: {action: why the screen cannot do it now}, where that does not follow from the rest.
    against: Mapping[str, str] = {}

    def option(self, flag: str, name: str, *, required: bool = False) -> list[str]:
        """`--flag answer`; nothing while there is none, but its name in capitals where there must be one."""
        answer = self.answers.get(name) or (name.upper() if required else "")
        return [flag, answer] if answer else []


class Question(NamedTuple):
    """A value that only a person knows, asked on one line before the command is run."""

    name: str
    label: str
    type: Type = Type()
    required: bool = True
    #: What stands in the empty field: what it means to leave it so, or what may be typed.
    hint: str = ""
    #: It names a file: paths are completed.
    path: bool = False


def always(where: Where) -> str:
    """No reason against it, ever."""
    return ""


def nothing_typed(where: Where) -> list[str]:
    """No command line does the same."""
    return []


class Action(NamedTuple):
    """One thing to do."""

    id: str
    keys: tuple[str, ...]
    label: str
    #: The heading it stands under in the help.
    group: str
    #: Why it is not possible now, or "".
    disabled: Callable[[Where], str] = always
    #: The command line that does the same, without `emergency`; empty where there is none.
    command: Callable[[Where], list[str]] = nothing_typed
    #: It belongs to the list that has the focus, not to the screen.
    panel: bool = False
    #: It belongs to the table that has the focus, which can do more than other lists.
    table: bool = False
    #: The screens it belongs to; none named: all of them.
    rooms: tuple[str, ...] = ()
    #: It is done by running its command line, which changes the store.
    writes: bool = False
    #: Confirmed before it is run: it is hard to take back.
    danger: bool = False
    asks: tuple[Question, ...] = ()
    #: A form asks for the values: for what noun, or "".
    form: Callable[[Where], str] | None = None
    #: The command line that tells what it would write, shown before it is confirmed; empty where there is none.
    tried: Callable[[Where], list[str]] = nothing_typed
    #: The picture that it belongs to while that has the keys, which mean something else elsewhere.
    picture: str = ""
    #: It reckons for seconds over what the store holds for the program: it cannot be done of another time.
    of_now: bool = False

    @property
    def about_record(self) -> bool:
        """Whether it is done to a record that the command line names, so that it can be done to many."""
        from emergency.tui.panel import Target

        one, other = (Where(target=Target("incident", id_)) for id_ in ("FT-1", "FT-2"))
        return self.writes and self.form is None and self.command(one) != self.command(other)

    @property
    def shown(self) -> str:
        """Its keys as a person reads them."""
        return " ".join(map(shown, self.keys))

    def why_not(self, where: Where) -> str:
        """Why it is not possible now, or ""."""
        from emergency.store.words import _
        from emergency.tui.actions.reasons import unwritable

        if self.writes and (reason := unwritable(where)):
            return reason
        if (self.rooms and where.room not in self.rooms) or (self.table and not where.table):
            return _("not on this screen")
        if self.picture and where.picture != self.picture:
            return _("not on this screen")
        if self.of_now and where.then:
            # A command as of then would set the clock of the whole program back while it runs.
            return _("this list is of another time, and a plan is of now")
        return where.against.get(self.id) or self.disabled(where)


#: Keys by the names that are printed on them.
_PRINTED = {
    "up": "Up", "down": "Down", "left": "Left", "right": "Right", "pageup": "PgUp", "pagedown": "PgDn",
    "home": "Home", "end": "End", "enter": "Enter", "tab": "Tab", "escape": "Esc", "space": "Space",
    "question_mark": "?", "colon": ":", "slash": "/", "full_stop": ".", "comma": ",", "exclamation_mark": "!",
    "insert": "Ins", "delete": "Del", "backspace": "Backspace", "plus": "+", "minus": "-",
    "asterisk": "*", "vertical_line": "|", "equals_sign": "=", "at": "@", "semicolon": ";",
    "left_square_bracket": "[", "right_square_bracket": "]", "percent_sign": "%", "tilde": "~", "ampersand": "&",
}  # fmt: skip


def shown(key: str) -> str:
    """One key as a person reads it: `ctrl+q` is Ctrl+Q."""
    *held, last = key.split("+") if len(key) > 1 else [key]
    printed = _PRINTED.get(last, last.upper() if held or _function(last) else last)
    return "+".join([*(word.capitalize() for word in held), printed])


def _function(key: str) -> bool:
    return len(key) > 1 and key[0] == "f" and key[1:].isdigit()
