"""How a command line ends, and what an error looks like. Nothing else prints an error or decides an exit code.

click is imported where it is needed: the screens end here too, and begin without it.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from emergency.store.errors import EmergencyError, Exit, reason
from emergency.store.words import _, told

if TYPE_CHECKING:
    import click


def ended(work: Callable[[], object], arguments: list[str]) -> int:
    """Do what a command line asks for, and turn every way it can end into an exit code."""
    debug = "--debug" in arguments
    try:
        outcome = work()
        sys.stdout.flush()
        return outcome if isinstance(outcome, int) else Exit.DONE
    except KeyboardInterrupt as stopped:
        return _interrupted(stopped)
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
        if isinstance(error.__cause__, EOFError):
            # click takes the end of any file for that of what is typed: here one of ours was cut short.
            error = error.__cause__
        if (code := _of_click(error, arguments)) is not None:
            return code
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


def _of_click(error: Exception, arguments: list[str]) -> int | None:
    """How a command line ends that click could not follow, or was done with; None for any other error."""
    import click

    match error:
        case click.exceptions.Exit():
            return error.exit_code
        case click.Abort():
            return _interrupted(error.__cause__)
        case click.UsageError():
            return _usage(error, arguments)
        case click.ClickException():
            _say(error.format_message(), "", "usage-error", arguments)
            return Exit.USAGE
    return None


def _interrupted(stopped: BaseException | None) -> int:
    """A command is one transaction; what is more says itself what stays."""
    import click

    click.echo(str(stopped or "") or _("interrupted; nothing was changed"), err=True)
    return Exit.INTERRUPTED


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


def _usage(error: click.UsageError, arguments: list[str]) -> int:
    import click

    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.message, err=True)
        return Exit.USAGE
    # click lists what may be chosen a line each, set in.
    message = error.format_message().replace("\n\t", " ").replace("\n", " ")
    if not message[0].isascii():
        # click ends a sentence by itself, and knows no other full stop.
        message = re.sub(r"\.( (?=[^\x00-\xff])|$)", "。", message)
    hint = _("try: {command} --help").format(command=error.ctx.command_path) if error.ctx else ""
    if _is_for_a_script(arguments):
        _say(message, hint, "usage-error", arguments)
        return Exit.USAGE
    from emergency.store.text import safe

    click.echo("emergency: " + safe(message), err=True)
    if hint:
        click.echo(hint, err=True)
    return Exit.USAGE


def _is_for_a_script(arguments: list[str]) -> bool:
    return "--json" in arguments or "--ndjson" in arguments


def _say(message: str, hint: str, code: str, arguments: list[str]) -> None:
    """One line on stderr, and one more with what to do; as JSON for a script that asked for it."""
    import click

    if _is_for_a_script(arguments):
        from emergency.commands.output import dump_line

        click.echo(dump_line({"error": code, "message": message, "hint": hint}), err=True)
        return
    from emergency.store.text import safe

    click.echo(f"emergency: {safe(message)}", err=True)
    if hint:
        click.echo(f"  {safe(hint)}", err=True)
