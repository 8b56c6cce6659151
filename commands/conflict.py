"""`emergency conflict`: what stands against each other, for a person to decide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from emergency.commands.catalog import commands
from emergency.commands.front import Verbs
from emergency.commands.output import Column, Form, dump, json_option, output_options, print_rows
from emergency.commands.session import Session, as_of_option, at_option, moment, pass_session
from emergency.store import conflicts, decisions, filters
from emergency.store.errors import Contested, InvalidValue
from emergency.store.records import RECORDS
from emergency.store.text import safe
from emergency.store.words import _, listed

if TYPE_CHECKING:
    from emergency.store.conflicts import Conflict

cli = Verbs(
    "conflict", help=commands()["conflict"].help, context_settings={"help_option_names": ["-h", "--help"]}
)


@cli.command(
    "list",
    help=_(
        "Contested claims, fields edited apart, things registered twice or out without an order, lines that ask."
    )
    + f"\n\n\b\n{_('Examples:')}\n  emergency conflict list\n  emergency conflict list contested FT-7\n  emergency conflict list --settled\n",
)
@click.argument("words", metavar="[WORD]...", nargs=-1)
@click.option("--settled", is_flag=True, help=_("What was decided: kept, lost, by whom, when and why."))
@as_of_option
@output_options
@pass_session
def list_(session: Session, words: tuple[str, ...], settled: bool, form: Form) -> None:
    """Both sides are always shown; of words each stands somewhere in a line."""
    if settled:
        _list_settled(session, words, form)
        return
    store = session.store
    standing = conflicts.standing(store)
    columns = [
        Column("id", _("Id"), lambda c: safe(c["id"])),
        Column("kind", _("Kind"), lambda c: conflicts.kind_words(c["kind"])),
        Column("what", _("What"), lambda c: safe(conflicts.title(store, c["of"]))),
        Column("sides", _("Sides"), lambda c: safe(" | ".join(c["sides"]))),
    ]
    rows = _with(words, columns, [{**_row(c), "of": c} for c in standing])
    if not print_rows(form, rows, columns, lambda row: _row(row["of"])):
        session.note(_("nothing stands against anything"))
    elif form.name == "table":
        session.hint(_("both sides, and advice: emergency conflict show ID"))


def _with(words: Sequence[str], columns: Sequence[Column], rows: Iterable[Any]) -> list[Any]:
    """The rows that say every one of the words, in whatever column. Raises InvalidValue for what asks for a field."""
    looked = [word.casefold() for word in filters.words(" ".join(words))]
    return [
        row for row in rows if all(w in " ".join(c.show(row) for c in columns).casefold() for w in looked)
    ]


def _row(conflict: Conflict) -> dict[str, Any]:
    return {
        "id": conflict.id,
        "kind": conflict.kind,
        "what": conflict.what,
        "sides": list(conflict.sides),
    }


def _list_settled(session: Session, words: Sequence[str], form: Form) -> None:
    from emergency.store.decidedwords import plain_decision

    columns = [
        Column("thing", _("Thing"), lambda d: safe(d["thing"])),
        Column("kept", _("Kept"), lambda d: safe(d["kept"] or _("neither"))),
        Column("lost", _("Lost"), lambda d: safe(listed(d["lost"]))),
        Column("who", _("Who"), lambda d: safe(d["who"])),
        Column("station", _("Station"), lambda d: safe(d["station"])),
        Column("at", _("When"), lambda d: d["at"][:16].replace("T", " ")),
        Column("why", _("Why"), lambda d: safe(d["why"])),
    ]
    connection = session.store.connection
    made = map(plain_decision, [*decisions.decisions(connection), *decisions.of_fields(connection)])
    rows = _with(words, columns, made)
    if not print_rows(form, rows, columns, dict):
        session.note(_("nothing has been settled"))


@cli.command(
    "show",
    help=_("Both sides of one conflict, advice with its reasons, and what to type. It decides nothing.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency conflict show equipment:BJ-0101\n  emergency conflict show 京A00001\n",
)
@click.argument("which", metavar="ID")
@as_of_option
@json_option
@pass_session
def show(session: Session, which: str, as_json: bool) -> None:
    """A settled one is shown too, with the decision."""
    from emergency.store import conflictview

    store = session.store
    found = conflicts.named(store, which, past=True)
    told = conflictview.tell(store, found)
    if as_json:
        click.echo(dump(told.value))
        return
    for line in told.lines:
        click.echo(safe(line))


@cli.command(
    "resolve",
    help=_(
        "Decide a conflict. For claims: the order kept keeps the thing, the others are superseded; all stay on record."
    )
    + " "
    + _("For a field: the value kept, or its number. For one thing registered twice: the tag kept.")
    + f"\n\n\b\n{_('Examples:')}\n  emergency conflict resolve equipment:BJ-0101 --keep FT-12 --why {_('REASON')}\n"
    f"  emergency conflict resolve team:FT-1:commander --keep 2 --why {_('REASON')}\n",
)
@click.argument("which", metavar="ID")
@click.option(
    "--keep",
    required=True,
    metavar="ORDER|VALUE|TAG",
    help=_("What stands; `none` where no order keeps the thing."),
)
@click.option("--why", required=True, metavar="REASON", help=_("Why; kept with the decision."))
@click.option("-n", "--dry-run", is_flag=True, help=_("Show what would be written; write nothing."))
@at_option
@json_option
@pass_session
def resolve(session: Session, /, which: str, keep: str, why: str, **options: Any) -> None:
    """One fact decides: a settlement, or a field set by someone who has seen every value."""
    from emergency.commands.resolving import decide

    if not why.strip():
        raise InvalidValue(_("--why is empty: a decision needs its reason"))
    happened = moment(options["at"]) if options["at"] else None
    found = conflicts.named(session.store, which, past=True)
    if found.kind in (conflicts.SETTLED, conflicts.DECIDED):
        _settled_already(session, found, keep, options["as_json"])
        return
    decide(session, found, keep, why.strip(), happened, options["dry_run"], options["as_json"])


def _is_value(found: Conflict, typed: str, kept: str) -> bool:
    """Whether what was typed means the value that was kept: its words and its unit too."""
    field = RECORDS[found.about[0]].field(found.id.rpartition(":")[2])
    try:
        meant = typed if field is None else str(field.type.plain(field.type.parse(typed)))
    except InvalidValue:
        meant = typed
    return kept in (typed, meant)


def _settled_already(session: Session, found: Conflict, keep: str, as_json: bool) -> None:
    """The same decision again is none; another one is refused, and says who decided what and why."""
    from emergency.store.decidedwords import decided_words, plain_decision

    last = conflicts.settled(session.store, found.id)[0]
    said = _("settled already: {decision}").format(decision=decided_words(last))
    if found.kind == conflicts.DECIDED:
        if not _is_value(found, keep.strip(), last.kept):
            raise Contested(said, hint=_("set the field: emergency {kind} set").format(kind=found.about[0]))
    elif keep.strip().upper() not in (last.kept or "NONE", last.kept.split("/")[0] or "NONE"):
        raise Contested(said, hint=_("a new order takes the thing from there: emergency callup supersede"))
    click.echo(dump({"already": True, **plain_decision(last)}) if as_json else safe(said))
