"""`emergency board`: the screens on a terminal; plain lines or JSON for everyone else.

The plain lines tell what the screen tells, in words and marks and never by colour: for
screen readers, logs, and terminals that can do no more.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

from emergency.commands.catalog import commands
from emergency.commands.front import Verb
from emergency.commands.output import dump, json_option
from emergency.commands.screens import drawable, open_screens
from emergency.commands.session import Session, as_of_option, pass_session
from emergency.store import readonly
from emergency.store.words import _

if TYPE_CHECKING:
    from emergency.commands.boardlines import Section
    from emergency.store.parts import Board, Header
    from emergency.store.store import Store

#: Seconds between two looks of `--follow`.
EVERY = 1.0


@click.command(
    "board",
    cls=Verb,
    help=commands()["board"].help
    + "\n\n"
    + _("On a terminal this opens the screens; --plain, --json and a pipe print instead.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency board\n  emergency board --plain --follow\n  emergency board --json",
)
@click.option("--plain", is_flag=True, help=_("Plain lines, also on a terminal."))
@click.option("--follow", is_flag=True, help=_("Go on, and print what changes; Ctrl+C ends it."))
@click.option("--read-only", is_flag=True, help=_("To look only: nothing can be changed from these screens."))
@click.option(
    "--low-bandwidth",
    is_flag=True,
    help=_("For a thin line: the terminal's own colours, few bytes; by itself over SSH."),
)
@json_option
@as_of_option
@pass_session
def cli(
    session: Session, plain: bool, follow: bool, read_only: bool, low_bandwidth: bool, as_json: bool
) -> None:
    """See the help above."""
    if read_only:
        os.environ[readonly.VARIABLE] = "1"
    if low_bandwidth:
        os.environ["EMERGENCY_LOW_BANDWIDTH"] = "1"
    if follow:
        _follow(session, as_json)
    elif as_json:
        from emergency.store.board import gather
        from emergency.store.parts import as_dict

        click.echo(dump(as_dict(gather(session.store))))
    elif plain or not drawable():
        print_lines(session)
    else:
        open_screens(session)


def print_lines(session: Session) -> None:
    """The board as plain lines."""
    from emergency.commands.boardlines import lines
    from emergency.store.board import gather

    click.echo("\n".join(lines(gather(session.store))))


# -- following ------------------------------------------------------------------------------------


def _follow(session: Session, as_json: bool) -> None:
    from emergency.commands.boardlines import lines, news, sections
    from emergency.store import wording
    from emergency.store.parts import as_dict

    def wait() -> bool:
        sys.stdout.flush()
        time.sleep(EVERY)
        return True

    def became(record: str) -> str:
        kind, _space, id_ = record.partition(" ")
        return wording.state(session.store, id_) if kind == "line" else ""

    last: list[Section] | None = None
    for board in changes(session.store, wait):
        if as_json:
            click.echo(json.dumps(as_dict(board), ensure_ascii=False))
            continue
        shown = sections(board)
        told = lines(board) if last is None else news(board, last, shown, became)
        if told:
            click.echo("\n".join(told))
        last = shown


def changes(store: Store, wait: Callable[[], bool]) -> Iterator[Board]:
    """The board, and again whenever anything on it is different; `wait` ends it by returning False.

    How many entries there are, and when a hub was met, is no difference: it would never be quiet.
    """
    from emergency.store.board import gather

    last: Board | None = None
    while True:
        store.connection.execute("BEGIN")
        try:
            board = gather(store)
        finally:
            store.connection.execute("COMMIT")
        if last is None or board._replace(header=_steady(board, last)) != last:
            last = board
            yield board
        version = _version(store)
        looks = 0
        # What is late depends on the clock too, so we look again now and then without a change.
        while version == _version(store) and looks < 30:
            looks += 1
            if not wait():
                return


def _steady(board: Board, last: Board) -> Header:
    """The header as it would be had only what is worth a word changed."""
    now, then = board.header, last.header
    return then._replace(sync=now.sync, exercise=now.exercise, sample=now.sample, name=now.name)


def _version(store: Store) -> int:
    return int(store.connection.execute("PRAGMA data_version").fetchone()[0])
