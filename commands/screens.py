"""Opening the screens, which needs no click: `emergency` alone is there sooner without it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from emergency.commands.session import Session

if TYPE_CHECKING:
    from emergency.tui.actions.keymap import Keymap
    from emergency.tui.places import Place


def open_alone() -> None:
    """Open them over the store of the environment, or the user's own. Raises as open_screens."""
    session = Session(store_path=os.environ.get("EMERGENCY_STORE"))
    try:
        open_screens(session)
    finally:
        session.close()


def drawable() -> bool:
    """Whether there is something to draw on: a terminal, or the browser that `emergency web` stands before."""
    return "TEXTUAL_DRIVER" in os.environ or (sys.stdout.isatty() and sys.stdin.isatty())


def check_settings() -> None:
    """Raises BadSettings for a setting of no use: a board would stand there empty, and a screen would complain later."""
    from emergency.store import times

    times.now()
    for variable in ("EMERGENCY_STALE_AFTER", "EMERGENCY_REGISTER_STALE_AFTER", "EMERGENCY_REST_AFTER"):
        times.span_set(variable, 0)
    if os.environ.get("EMERGENCY_DRIVE_SPREAD"):
        # Statistics are loaded for it, which no board needs.
        from emergency.store import intime

        intime.assumed()


def open_screens(session: Session) -> None:
    """Open the TUI over the session's store. Raises BadStore, BadSettings before the terminal is touched."""
    if os.environ.get("TERM") == "dumb":
        from emergency.commands.board import print_lines

        print_lines(session)
        return
    session.store.close()
    check_settings()
    from emergency.tui import style

    # Before Textual is imported: it reads its settings then.
    style.prepare(os.environ, thin=style.thin_line())
    sys.stdout.write(style.MEND)
    sys.stdout.flush()
    from emergency.commands.inside import apart, runner
    from emergency.tui.app import EmergencyApp

    prefix = _prefix(session)
    EmergencyApp(
        session.path,
        session.as_of,
        prefix=prefix,
        run=runner(prefix[1:]),
        reckon=apart(prefix[1:]),
        keymap=_keymap(session),
        more=more_screens(),
    ).run()


def _prefix(session: Session) -> list[str]:
    """What a command line begins with that does the same on this store, at this time, as this officer."""
    words = ["emergency"]
    if session.path != Session().path:
        words += ["--store", session.path]
    if session.as_of is not None:
        from emergency.store import times

        words += ["--as-of", times.format_time(session.as_of)]
    if session.officer:
        words += ["--officer", session.officer]
    return words


def _keymap(session: Session) -> Keymap:
    """The person's own keys; a map that cannot be read is named and left alone."""
    from emergency.store.errors import BadSettings
    from emergency.tui.actions import keymap

    try:
        return keymap.read(os.path.join(session.settings, keymap.FILE))[0]
    except BadSettings as error:
        session.note(error.message)
        return {}


def more_screens() -> list[Place]:
    """The screens that plugins add."""
    from emergency.plugins import third_party

    if not third_party():
        return []
    from emergency.plugins import load
    from emergency.tui.lists import place

    return [place(screen) for screen in load().screens()]
