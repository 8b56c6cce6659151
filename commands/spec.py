"""`emergency spec`: the whole command line, for programs."""

from __future__ import annotations

from typing import Any

import click

from emergency.commands.catalog import commands
from emergency.commands.front import Verb
from emergency.commands.output import dump
from emergency.store.words import _


def described(command: click.Command, path: str) -> dict[str, Any]:
    """One command and those below it."""
    # With the names that it has where it is typed: a command keeps its option for help as it was first asked for.
    context = click.Context(command, info_name=path, help_option_names=["-h", "--help"])
    out: dict[str, Any] = {
        "command": path,
        "help": (command.help or "").split("\n")[0],
        "parameters": [
            {
                "name": p.name,
                "kind": "argument" if isinstance(p, click.Argument) else "option",
                "flags": [*p.opts, *p.secondary_opts] if isinstance(p, click.Option) else [],
                "required": p.required,
                "multiple": p.multiple or p.nargs == -1,
                "choices": list(p.type.choices) if isinstance(p.type, click.Choice) else None,
            }
            for p in command.get_params(context)
            if not getattr(p, "hidden", False)
        ],
    }
    if isinstance(command, click.Group):
        out["commands"] = [described(c, f"{path} {n}") for n, c in command.commands.items()]
    return out


def whole() -> list[dict[str, Any]]:
    """Every command of the table."""
    import importlib

    return [
        described(importlib.import_module(f"emergency.commands.{entry.module}").cli, f"emergency {name}")
        for name, entry in commands().items()
    ]


@click.command("spec", cls=Verb, help=_("The whole command line as JSON, for programs that drive it."))
@click.option(
    "--json", "_as_json", is_flag=True, expose_value=False, help=_("As JSON; there is no other form.")
)
def cli() -> None:
    """Names and options in English, whatever the language."""
    click.echo(dump(whole()))
