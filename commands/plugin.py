"""`emergency plugin`."""

from __future__ import annotations

from typing import Any

from emergency.commands.catalog import commands
from emergency.commands.front import Verbs
from emergency.commands.output import Column, Form, output_options, print_rows
from emergency.commands.session import Session, pass_session
from emergency.store.text import safe
from emergency.store.words import _, listed

cli = Verbs(
    "plugin", help=commands()["plugin"].help, context_settings={"help_option_names": ["-h", "--help"]}
)


@cli.command("list", help=_("Plugins that are loaded, what each adds, and those that failed."))
@output_options
@pass_session
def list_(session: Session, form: Form) -> None:
    """A broken plugin is named and skipped; it never takes the program down."""
    from emergency.plugins import load

    loaded = load()
    loaded.commands()
    rows: list[dict[str, Any]] = [
        {"name": n, "hooks": h, "state": "ok", "error": ""} for n, h in loaded.names()
    ]
    broken = dict(loaded.broken)
    rows = [r for r in rows if r["name"] not in broken]
    rows += [{"name": n, "hooks": [], "state": "skipped", "error": why} for n, why in broken.items()]
    columns = [
        Column("name", _("Name"), lambda r: safe(r["name"])),
        Column("state", _("State"), lambda r: r["state"]),
        Column("hooks", _("Hooks"), lambda r: listed(r["hooks"])),
        Column("error", _("Error"), lambda r: safe(r["error"])),
    ]
    print_rows(form, rows, columns, dict)
