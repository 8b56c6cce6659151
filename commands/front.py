"""The root of the command line: global options, lazy commands, and what an error looks like.

Nothing else prints an error or decides an exit code.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from emergency.commands.catalog import commands, groups
from emergency.commands.layout import Context, Formatter, name_numbers
from emergency.store.errors import EmergencyError, Exit, reason
from emergency.store.words import LANGUAGES, _, told

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
            from emergency.commands.board import open_screens

            open_screens(ctx.obj)
        else:
            click.echo(ctx.get_help())


def answer(arguments: list[str]) -> int:
    """Run the root command and turn every way it can end into an exit code."""
    debug = "--debug" in arguments
    name_numbers()
    try:
        outcome = cli.main(arguments, prog_name="emergency", standalone_mode=False)
        sys.stdout.flush()
        return outcome if isinstance(outcome, int) else Exit.DONE
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.Abort:
        click.echo(_("interrupted; nothing was changed"), err=True)
        return Exit.INTERRUPTED
    except KeyboardInterrupt:
        click.echo(_("interrupted; nothing was changed"), err=True)
        return Exit.INTERRUPTED
    except click.UsageError as error:
        return _usage(error)
    except click.ClickException as error:
        _say(error.format_message(), "", "usage-error", arguments)
        return Exit.USAGE
    except BrokenPipeError:
        # Whoever read us has gone, as in `| head`; python must not complain on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except SystemExit as leaving:
        # click leaves like this, with 1, when whoever read us has gone.
        if type(sys.stdout).__name__.endswith("PacifyFlushWrapper"):
            return 141
        return leaving.code if isinstance(leaving.code, int) else Exit.REFUSED
    except EmergencyError as error:
        if debug:
            raise
        _say(error.message, error.hint, error.code, arguments)
        return error.exit_code
    except (OSError, MemoryError) as error:
        if debug:
            raise
        _say(_system(error), "", "system-error", arguments)
        return Exit.REFUSED
    except Exception as error:
        if debug:
            raise
        if type(error).__module__ == "sqlite3":
            return _damaged(error, arguments)
        _say(
            _("this is a fault of the program: {what}").format(what=_system(error)),
            _("the details are in {path}").format(path=_crash_file()),
            "program-fault",
            arguments,
        )
        return Exit.REFUSED


def _damaged(error: Exception, arguments: list[str]) -> int:
    """SQLite could not follow the file in the middle of a command: that is told, and is no fault of ours."""
    from emergency.commands.session import Session
    from emergency.store.database import explained

    path = Session.latest.path if Session.latest else "?"
    why = explained(error, path)  # type: ignore[arg-type]
    _say(why.message, why.hint, why.code, arguments)
    return why.exit_code


def _system(error: BaseException) -> str:
    from emergency.store.text import safe

    if isinstance(error, OSError) and error.strerror:
        return told(safe(str(error.filename)), reason(error)) if error.filename else reason(error)
    return safe(str(error)) or type(error).__name__


def _crash_file() -> str:
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="emergency-fault-", suffix=".txt", delete=False) as file:
        file.write(traceback.format_exc())
    return file.name


def _usage(error: click.UsageError) -> int:
    from emergency.store.text import safe

    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.message, err=True)
        return Exit.USAGE
    click.echo("emergency: " + safe(error.format_message().replace("\n", " ")), err=True)
    if error.ctx is not None:
        click.echo(_("try: {command} --help").format(command=error.ctx.command_path), err=True)
    return Exit.USAGE


def _say(message: str, hint: str, code: str, arguments: list[str]) -> None:
    """One line on stderr, and one more with what to do; as JSON for a script that asked for it."""
    if "--json" in arguments or "--ndjson" in arguments:
        from emergency.commands.output import dump_line

        click.echo(dump_line({"error": code, "message": message, "hint": hint}), err=True)
        return
    from emergency.store.text import safe

    click.echo(f"emergency: {safe(message)}", err=True)
    if hint:
        click.echo(f"  {safe(hint)}", err=True)


__all__ = ["Formatter", "Verb", "Verbs", "answer", "cli"]
