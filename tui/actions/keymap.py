"""Keys of a person's own: `keys.toml`, one line an action, `accept = "A"` or `palette = ["colon", "f9"]`."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from emergency.store.errors import BadSettings
from emergency.store.text import safe
from emergency.store.words import _
from emergency.tui.actions.kinds import Action

FILE = "keys.toml"
#: Taken by terminals, tmux, screen and zellij, or the same bytes as Tab, Enter and Backspace.
FORBIDDEN = tuple(f"ctrl+{letter}" for letter in "abghijmsz")
_NAMED = frozenset(
    [
        "up",
        "down",
        "left",
        "right",
        "pageup",
        "pagedown",
        "home",
        "end",
        "insert",
        "delete",
        "backspace",
        "enter",
        "tab",
        "escape",
        "space",
    ]
) | {f"f{n}" for n in range(1, 13)}

#: {action id: its keys}.
Keymap = Mapping[str, tuple[str, ...]]


class Problem(NamedTuple):
    """What is wrong with one line of a key map."""

    action: str
    #: `unknown-action`, `not-a-key`, `forbidden-key` or `clash`.
    code: str
    message: str


def read(path: str) -> tuple[Keymap, list[Problem]]:
    """(key map, what is wrong in it); nothing where there is no file. Raises BadSettings for what is no TOML."""
    if not os.path.lexists(path):
        return {}, []
    # Few people have one, and every start would wait for it.
    import tomllib

    try:
        with open(path, "rb") as file:
            found = tomllib.load(file)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSettings(f"{safe(path)}: {safe(str(error))}", hint=_('a line of it: accept = "A"')) from None
    out, problems = {}, []
    for name, keys in found.items():
        listed = [keys] if isinstance(keys, str) else keys
        if not isinstance(listed, list) or not listed or not all(isinstance(key, str) for key in listed):
            text = _('{action}: keys are text, such as "A"').format(action=safe(name))
            problems.append(Problem(name, "not-a-key", text))
            continue
        out[name] = tuple(listed)
    return out, problems


def check(keymap: Keymap, table: Sequence[Action]) -> list[Problem]:
    """What is wrong with a key map, an action at a time, in its order; nothing wrong: []."""
    known = {action.id for action in table}
    out = []
    for name, keys in keymap.items():
        if name not in known:
            out.append(
                Problem(
                    name, "unknown-action", _("{action}: there is no such action").format(action=safe(name))
                )
            )
            continue
        for key in keys:
            if (problem := _of_key(name, key)) is not None:
                out.append(problem)
    return out + _clashes(mapped(table, keymap), keymap)


def _of_key(name: str, key: str) -> Problem | None:
    words = {"action": safe(name), "key": safe(key)}
    *held, last = key.split("+") if len(key) > 1 else [key]
    if (
        not (len(last) == 1 and last.isprintable() and last != " ")
        and last not in _NAMED
        and not _character(last)
    ):
        return Problem(name, "not-a-key", _("{action}: no key is called {key}").format(**words))
    if {"alt", "super", "meta", "hyper"} & {*held} or key.lower() in FORBIDDEN:
        text = _("{action}: {key} never reaches a program in tmux, zellij or some terminal").format(**words)
        return Problem(name, "forbidden-key", text)
    if not {*held} <= {"ctrl", "shift"} or len({*held}) < len(held):
        return Problem(name, "not-a-key", _("{action}: no key is called {key}").format(**words))
    return None


#: Characters whose key Textual calls by less than their whole name.
_SHORT = {"slash": "/", "backslash": "\\", "minus": "-", "plus": "+", "underscore": "_", "at": "@"}


def _character(name: str) -> str:
    """The character of a long name, `question_mark`; "" where it is none."""
    try:
        return unicodedata.lookup(name.replace("_", " "))
    except KeyError:
        return _SHORT.get(name, "")


def plain(key: str) -> str:
    """One spelling of a key: `?` and `question_mark` are the same."""
    *held, last = key.split("+") if len(key) > 1 else [key]
    return "+".join([*sorted(held), _character(last) or last])


def _clashes(table: Iterable[Action], own: Keymap) -> list[Problem]:
    """Keys that two actions have; the blame is on the one whose keys are a person's own."""
    taken: dict[tuple[str, str], str] = {}
    out = []
    for action in table:
        for key in action.keys:
            other = taken.setdefault((action.picture, plain(key)), action.id)
            if other == action.id:
                continue
            name, holder = (action.id, other) if action.id in own else (other, action.id)
            text = _("{action}: {key} is taken by {other}").format(action=name, key=safe(key), other=holder)
            out.append(Problem(name, "clash", text))
    return out


def mapped(table: Sequence[Action], keymap: Keymap) -> tuple[Action, ...]:
    """The table with a person's own keys in it."""
    return tuple(a._replace(keys=keymap.get(a.id, a.keys)) for a in table)


def usable(keymap: Keymap, table: Sequence[Action]) -> Keymap:
    """What of a key map can be used: an action with anything wrong about it keeps its own keys."""
    if not keymap:
        return {}
    kept = dict(keymap)
    # One that falls back to its own key may meet another there, so we look again.
    while wrong := {problem.action for problem in check(kept, table)} & kept.keys():
        kept = {name: keys for name, keys in kept.items() if name not in wrong}
    return kept
