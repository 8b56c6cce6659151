"""Reading a standard from a file of any form, and saying what is wrong with it by line."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from emergency.store import reference, standardfile, standards, standardsheet
from emergency.store.errors import InvalidValue, UnreadableInput, reason
from emergency.store.standardfile import Draft, Wrong
from emergency.store.standardlines import Known
from emergency.store.store import Store
from emergency.store.text import fold_width, safe
from emergency.store.words import _, clauses, listed, ngettext

#: The standard that ships.
SAMPLE = os.path.join(reference.FOLDER, "standards", "sample.toml")
#: A standard is text that a person reads: larger is something else.
MOST_BYTES = 8 << 20


def draft_of(
    store: Store,
    file: str,
    sheet: str | None = None,
    head: dict[str, str] | None = None,
    type_: str | None = None,
) -> Draft:
    """Read a file; `type_` is the team type of lines that name none.

    Raises InvalidValue, after naming on stderr each wrong line where there are several.
    """
    source, titled = (_("standard input") if file == "-" else file), None
    unread: tuple[str, ...] = ()
    given: dict[str, str] = {}
    if _is_toml(file):
        told, types, lines = standardfile.read_toml(_bytes(file, source), source)
        if type_:
            lines = [line._replace(texts={"type": type_, **line.texts}) for line in lines]
    else:
        told, types, lines, titled, unread = _rows(store, file, sheet, type_)
        given = {"say": "--{name} {word}"}
    draft = standardfile.drafted(
        {**told, **(head or {})}, types, lines, _kinds(store), _unit_of(store), **given
    )
    if draft.wrong:
        _refuse(source, draft.wrong)
    return draft._replace(titled=titled, unread=unread)


def _refuse(source: str, wrong: tuple[Wrong, ...]) -> None:
    said = [f"{safe(source)}:{w.place}: {w.why}" for w in wrong]
    if len(wrong) == 1:
        raise InvalidValue(said[0], hint=wrong[0].hint)
    for line, one in zip(said, wrong, strict=True):
        click.echo(line + (f" ({one.hint})" if one.hint else ""), err=True)
    raise InvalidValue(
        ngettext(
            "{file}: {n} line is wrong; nothing was taken in",
            "{file}: {n} lines are wrong; nothing was taken in",
            len(wrong),
        ).format(file=safe(source), n=len(wrong)),
        hint=_("mend them and import it again"),
    )


def _is_toml(file: str) -> bool:
    """By its name; what comes on standard input is TOML."""
    return file == "-" or os.path.splitext(file)[1].lower() in ("", ".toml", ".txt")


def _bytes(file: str, source: str) -> bytes:
    try:
        if file == "-":
            data = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with open(file, "rb") as opened:
                data = opened.read(MOST_BYTES + 1)
    except OSError as error:
        if isinstance(error, FileNotFoundError):
            raise UnreadableInput(_("{name}: no such file").format(name=safe(source))) from None
        raise UnreadableInput(
            _("{name} cannot be read: {reason}").format(name=safe(source), reason=safe(reason(error)))
        ) from None
    if len(data) > MOST_BYTES:
        raise UnreadableInput(
            _("{name} is larger than {limit} MiB").format(name=safe(source), limit=MOST_BYTES >> 20)
        )
    return data


def _rows(
    store: Store, file: str, sheet: str | None, type_: str | None
) -> tuple[dict[str, str], dict[str, list[str]], list[Any], tuple[str, str] | None, tuple[str, ...]]:
    """A sheet, by its headings; the team type that its title names where no column does, with the title; what is not read."""
    from emergency.plugins import load

    read = load().importer(os.path.splitext(file)[1].lstrip(".").lower())
    assert read is not None
    table = read(file, sheet=sheet, known=standardsheet.known_labels())
    fed = standardsheet.columns(table.header)
    missing, titled = standardsheet.lacks(fed), None
    if missing[:1] == ["type"]:
        titled = None if type_ else standards.type_named(store, table.title)
        type_ = titled[0] if titled else type_
        missing = missing[bool(type_) :]
    if missing:
        hint = _("the sheet has: {names}").format(names=listed(safe(h) for h in table.header if h))
        raise InvalidValue(
            _("{file}: no column is {field}").format(
                file=safe(table.source), field=standardsheet.LABELS[missing[0]][0]
            ),
            hint=clauses((hint, _("of a table of one type: --type TYPE") if missing[0] == "type" else "")),
        )
    rows = [(row.number, row.cells) for row in table.rows()]
    if table.problems:
        number, why = table.problems[0]
        raise InvalidValue(f"{safe(table.source)}:{number}: {why}")
    read_ = standardsheet.read_rows(rows, fed, table.column_letter, type_ or "")
    return *read_, titled, standardsheet.unread(table.header, fed)


def _kinds(store: Store) -> Known:
    """The kind that a text means: its id, code, name, or another name of it, written any width."""
    by_word: dict[str, str] = {}
    for id_, code, name, aliases in store.connection.execute(
        "SELECT id, code, name, aliases FROM item WHERE retired IS NULL ORDER BY id"
    ):
        for word in (id_, code, name, *str(aliases or "").split(";")):
            if word and word.strip():
                by_word.setdefault(fold_width(str(word)).casefold(), id_)
    return lambda text: by_word.get(fold_width(text).casefold())


def _unit_of(store: Store) -> Any:
    own = dict(store.connection.execute("SELECT id, coalesce(unit, '') FROM item").fetchall())
    return lambda id_: own.get(id_, "")
