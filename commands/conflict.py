"""`emergency conflict`: what stands against each other, for a person to decide."""

from __future__ import annotations

from typing import Any

from emergency.commands.catalog import commands
from emergency.commands.front import Verbs
from emergency.commands.output import Column, Form, output_options, print_rows
from emergency.commands.session import Session, as_of_option, pass_session
from emergency.store import claims, history
from emergency.store.cells import edited_apart
from emergency.store.query import registered_twice, stranded
from emergency.store.text import safe
from emergency.store.words import _

cli = Verbs(
    "conflict", help=commands()["conflict"].help, context_settings={"help_option_names": ["-h", "--help"]}
)


@cli.command(
    "list",
    help=_(
        "Contested claims, fields edited apart, things registered twice or out without an order, lines that ask."
    ),
)
@as_of_option
@output_options
@pass_session
def list_(session: Session, form: Form) -> None:
    """Both sides are always shown."""
    store = session.store
    rows: list[dict[str, Any]] = []
    for thing, lines in claims.contested(store.connection).items():
        rows.append({"kind": "claim", "what": thing, "sides": sorted(lines)})
    for kind, id_, field in edited_apart(store.connection):
        sides = history.apart(store, kind, id_)[field]
        rows.append({"kind": "field", "what": f"{kind} {id_} {field}", "sides": sides})
    for what, value, ids in registered_twice(store):
        rows.append({"kind": "registered twice", "what": f"{what} {value}", "sides": ids})
    for tag, custodian in stranded(store):
        rows.append({"kind": "out without an order", "what": f"equipment {tag}", "sides": [custodian]})
    for row in store.rows("SELECT id, flags FROM line WHERE flags IS NOT NULL ORDER BY id"):
        rows.append({"kind": "line", "what": row["id"], "sides": row["flags"].split()})
    columns = [
        Column("kind", _("Kind"), lambda r: r["kind"]),
        Column("what", _("What"), lambda r: safe(r["what"])),
        Column("sides", _("Sides"), lambda r: safe(" | ".join(r["sides"]))),
    ]
    if not print_rows(form, rows, columns, dict):
        session.note(_("nothing stands against anything"))
