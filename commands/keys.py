"""`emergency keys`: the keys of the screens, and a person's own key map."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from emergency.commands.catalog import commands
from emergency.commands.front import Verb
from emergency.commands.output import Column, Form, output_options, print_rows
from emergency.commands.session import Session, pass_session
from emergency.store.errors import Exit
from emergency.store.text import safe
from emergency.store.words import _

if TYPE_CHECKING:
    from emergency.tui.actions.keymap import Problem


@click.command(
    "keys",
    cls=Verb,
    help=commands()["keys"].help
    + "\n\n"
    + _(
        "A key map of your own is the file keys.toml in the folder that --check names; each line of it"
        ' gives an action its keys: accept = "A", or palette = ["colon", "f9"].'
    )
    + f"\n\n\b\n{_('Examples:')}\n  emergency keys\n  emergency keys --check",
)
@click.option("--check", is_flag=True, help=_("Check the key map: a line for each thing wrong with it."))
@output_options
@pass_session
def cli(session: Session, check: bool, form: Form) -> None:
    """See the help above."""
    from emergency.tui.actions import Where, actions, keymap, typed

    path = os.path.join(session.settings, keymap.FILE)
    own, problems = keymap.read(path)
    problems += keymap.check(own, actions())
    if check:
        _checked(session, path, problems, form)
        return
    table = keymap.mapped(actions(), keymap.usable(own, actions()))
    where = Where()
    rows = [
        {
            "id": action.id,
            "keys": list(action.keys),
            "shown": action.shown,
            "label": action.label,
            "group": action.group,
            "command": typed(where, words) if (words := action.command(where)) else None,
        }
        for action in table
    ]
    columns = [
        Column("id", _("Action"), lambda r: r["id"]),
        Column("keys", _("Keys"), lambda r: r["shown"]),
        Column("label", _("What it does"), lambda r: r["label"]),
        Column("command", _("Command line"), lambda r: r["command"] or ""),
    ]
    print_rows(form, rows, columns, dict)
    for problem in problems:
        session.note(problem.message)


def _checked(session: Session, path: str, problems: list[Problem], form: Form) -> None:
    """A line for each thing wrong; the exit code says whether there was any."""
    if form.name == "table":
        for problem in problems:
            click.echo(problem.message)
    else:
        print_rows(form, [p._asdict() for p in problems], [], dict)
    if not problems:
        session.note(_("nothing is wrong with the key map {path}").format(path=safe(path)))
        return
    session.note(_("in {path}; until it is mended those actions keep their own keys").format(path=safe(path)))
    click.get_current_context().exit(Exit.BAD_CONFIGURATION)
