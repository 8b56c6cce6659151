"""The root of the command line: global options and lazy commands."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

import click

from emergency.commands.catalog import commands, groups
from emergency.commands.ending import ended
from emergency.commands.layout import Context, Formatter, name_numbers
from emergency.store.words import LANGUAGES, _

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class LazyGroup(click.Group):
    """A group whose commands are imported only when they are called."""

    context_class = Context

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names from the table, then those that plugins add once they are loaded."""
        return [*commands(), *sorted(self.commands)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; a plugin's when the table has none."""
        entry = commands().get(cmd_name)
        if entry is None:
            from emergency.plugins import load

            return load().commands().get(cmd_name)
        module = importlib.import_module(f"emergency.commands.{entry.module}")
        command: click.Command = module.cli
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest the nearest name for one that is not there."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            raise _unknown_command(ctx, args[0], list(commands())) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Commands by group, from the table alone."""
        for key, heading in groups().items():
            rows = [(name, entry.help) for name, entry in commands().items() if entry.group == key]
            with formatter.section(heading):
                formatter.write_dl(rows)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands from the table, imported by none of this; then the root's own options."""
        from click.shell_completion import CompletionItem

        found = [
            CompletionItem(name, help=entry.help)
            for name, entry in commands().items()
            if name.startswith(incomplete)
        ]
        return found + click.Command.shell_complete(self, ctx, incomplete)


class Verb(click.Command):
    """One verb."""

    context_class = Context


class Verbs(click.Group):
    """The verbs of a noun; a typo is answered with the nearest one."""

    context_class = Context
    command_class = Verb

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest the nearest verb for one that is not there."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            raise _unknown_command(ctx, args[0], list(self.commands)) from None


def _unknown_command(ctx: click.Context, name: str, known: list[str]) -> click.UsageError:
    import difflib

    near = difflib.get_close_matches(name, known, 1)
    message = _("there is no command {name}").format(name=name)
    if near:
        message += "; " + _("did you mean {near}?").format(near=near[0])
    return click.UsageError(message, ctx)


def _version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    import platform
    import sqlite3

    from emergency import __version__
    from emergency.store.database import JOURNAL_VERSION

    click.echo(
        f"emergency {__version__} (Python {platform.python_version()}, SQLite {sqlite3.sqlite_version},"
        f" store {JOURNAL_VERSION})"
    )
    ctx.exit()


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    help=_(
        "Rosters, readiness, call-up and requisition for emergency commissions, in the terminal, offline first."
    )
    + "\n\n\b\n"
    + _("Examples:")
    + "\n  emergency demo\n  emergency init --station FT --region 110106 --name 丰台区应急指挥中心"
    + "\n  emergency team list --near 39.73,116.14 --within 40km\n  emergency callup list --overdue",
)
@click.option("--store", "store_path", metavar="PATH", envvar="EMERGENCY_STORE", help=_("The store to use."))
@click.option("--as-of", metavar="TIME", help=_("Read everything as it was known then."))
@click.option("--officer", metavar="NAME", help=_("Who acts; written into the journal."))
@click.option("--lang", type=click.Choice(LANGUAGES), help=_("Language of words; data stays as it is."))
@click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help=_("When to colour.")
)
@click.option("--no-input", is_flag=True, help=_("Never ask; fail naming the missing option."))
@click.option("-q", "--quiet", is_flag=True, help=_("No notes on stderr."))
@click.option("--debug", is_flag=True, help=_("Show the traceback of an error."))
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help=_("Versions.")
)
@click.pass_context
def cli(ctx: click.Context, /, **options: Any) -> None:
    """See the help above."""
    from emergency.commands.session import Session

    ctx.obj = Session(**options)
    ctx.call_on_close(ctx.obj.close)
    if ctx.invoked_subcommand is None:
        if sys.stdout.isatty() and sys.stdin.isatty():
            from emergency.commands.screens import open_screens

            open_screens(ctx.obj)
        else:
            click.echo(ctx.get_help())


def answer(arguments: list[str]) -> int:
    """Run the root command; returns the exit code."""
    name_numbers()
    return ended(lambda: cli.main(arguments, prog_name="emergency", standalone_mode=False), arguments)


__all__ = ["Formatter", "Verb", "Verbs", "answer", "cli"]
