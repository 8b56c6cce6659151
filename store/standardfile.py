"""A standard as a file: TOML that a person reads and edits, or the rows of a sheet (standardsheet.py). Reading it.

The file says `[standard]` (code, version, name ...), `[types]` (each team type with other words
for it) and one `[[line]]` for each line. Nothing is taken in while a single line is wrong.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from emergency.store import times
from emergency.store.errors import InvalidField, InvalidValue, UnreadableInput
from emergency.store.records.types import Stored
from emergency.store.standardlines import FIELDS, Known, read_line, same_place
from emergency.store.text import quoted, safe
from emergency.store.words import _, clauses, language, listed

#: What `[standard]` may say; `mark_compliance` is the compliance wanted, in per cent, `mark_people` the people.
HEAD = (
    *("code", "version", "name", "effective", "source", "sample", "note"),
    *("mark_compliance", "mark_people", "mark_source"),
)
_LINE = re.compile(r"\s*\[\[\s*line\s*\]\]\s*(#.*)?$")
MOST_LINES = 20_000


class Wrong(NamedTuple):
    """What is wrong where: the place is a line of the text, or row:column of a sheet."""

    place: str
    why: str
    hint: str = ""


class Written(NamedTuple):
    """A line as it stands in a file, and where its fields stand."""

    texts: Mapping[str, str]
    place: str
    places: Mapping[str, str] = {}
    #: A key whose value is neither text nor a figure, "" for none.
    odd: str = ""
    #: What is wrong with what its row says of the need, "" for nothing.
    why: str = ""


class Draft(NamedTuple):
    """A file that was read; what is wrong with it, if anything."""

    head: dict[str, Stored]
    lines: tuple[dict[str, Stored], ...]
    #: {name: unit} of kinds that the catalogue does not have.
    kinds: dict[str, str]
    #: (place, text) of specifications that only a person can check.
    by_hand: tuple[tuple[str, str], ...]
    wrong: tuple[Wrong, ...]
    #: (place, text) of quantities of which the least is taken that they may mean.
    least: tuple[tuple[str, str], ...] = ()
    #: (team type, the line above the table that named it), where no column did.
    titled: tuple[str, str] | None = None
    #: Headings of columns that nothing was read from.
    unread: tuple[str, ...] = ()

    def digest(self) -> str:
        """A hash of all that it says."""
        text = json.dumps([self.head, self.lines], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


# -- reading TOML -----------------------------------------------------------------------------------


def read_toml(data: bytes, source: str) -> tuple[dict[str, str], dict[str, list[str]], list[Written]]:
    """(head, types, lines) of a file, all as text. Raises UnreadableInput, which says where."""
    try:
        text = data.decode("utf-8-sig")
        told = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UnreadableInput(
            f"{safe(source)}:{line}: " + _("not UTF-8"), hint=_("save it as UTF-8")
        ) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        match = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        place = f":{match[1]}:{match[2]}" if match else f":{text.count(chr(10)) + 1}"
        why = safe(re.sub(r"\s*\(at .*\)$", "", str(error)))
        raise UnreadableInput(
            f"{safe(source)}{place}: "
            + (_("not TOML: {why}").format(why=why) if language() == "en" else _("not TOML")),
            hint=_('texts stand in quotes: item = "boat"; emergency standard sample shows a whole file'),
        ) from None
    _refuse_unknown(told, ("standard", "types", "line"), text, source)
    head, types, lines = told.get("standard"), told.get("types", {}), told.get("line", [])
    if not isinstance(head, dict):
        raise UnreadableInput(
            f"{safe(source)}:1: " + _("there is no [standard]"), hint=_("it says code, version and name")
        )
    if (
        not isinstance(types, dict)
        or not isinstance(lines, list)
        or not all(isinstance(x, dict) for x in lines)
    ):
        raise UnreadableInput(f"{safe(source)}:1: " + _("lines stand as [[line]], types under [types]"))
    _refuse_unknown(head, HEAD, text, source)
    for key, value in [*head.items(), *types.items()]:
        if not _simple(value, lists=key in types):
            raise UnreadableInput(
                f"{safe(source)}:{_line_with(text.splitlines(), key, 0)}: " + _odd(key), hint=_('such as "1"')
            )
    return (
        {k: _plain(v) for k, v in head.items()},
        {k: [_plain(w) for w in (v if isinstance(v, list) else [v])] for k, v in types.items()},
        list(_placed(lines, text)),
    )


def _odd(key: str) -> str:
    return _("{key} is neither a text nor a figure").format(key=quoted(key))


def _simple(value: Any, *, lists: bool = False) -> bool:
    """Whether a value is a text, a figure, a day, or where they may stand a list of texts."""
    if isinstance(value, list):
        return lists and all(isinstance(v, str) for v in value)
    return not isinstance(value, dict)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, list):
        return ";".join(_plain(v) for v in value)
    return str(value)


def _refuse_unknown(table: Mapping[str, Any], known: Sequence[str], text: str, source: str) -> None:
    for key in table:
        if key not in known:
            raise UnreadableInput(
                f"{safe(source)}:{_line_with(text.splitlines(), key, 0)}: "
                + _("no such key: {key}").format(key=quoted(key)),
                hint=_("there are: {names}").format(names=listed(known)),
            )


def _line_with(lines: Sequence[str], key: str, start: int, end: int | None = None) -> int:
    """The line, from 1, on which a key is set; the first of the part where none is found."""
    pattern = re.compile(rf"""\s*\[*\s*["']?{re.escape(key)}["']?\s*(=|\])""")
    for number, line in enumerate(lines[start:end], start + 1):
        if pattern.match(line):
            return number
    return start + 1


def _placed(lines: Sequence[Mapping[str, Any]], text: str) -> Iterator[Written]:
    """Each line with the lines of the text on which its keys stand."""
    written = text.split("\n")
    starts = [i for i, line in enumerate(written) if _LINE.match(line)]
    exact = len(starts) == len(lines)
    for number, line in enumerate(lines):
        texts = {k: _plain(v) for k, v in line.items()}
        odd = next((k for k, v in line.items() if not _simple(v, lists=k == "instead")), "")
        if not exact:
            # Told in another form of TOML: the number of the line in the list has to do.
            yield Written(texts, f"[[line]] {number + 1}", {}, odd)
            continue
        start = starts[number]
        end = starts[number + 1] if number + 1 < len(starts) else None
        places = {key: str(_line_with(written, key, start, end)) for key in line}
        yield Written(texts, str(start + 1), places, odd)


# -- making sense of it -----------------------------------------------------------------------------


def drafted(
    head: Mapping[str, str],
    types: Mapping[str, Sequence[str]],
    lines: Sequence[Written],
    known: Known,
    unit_of: Any,
    *,
    say: str = '[standard] {name} = "..."',
) -> Draft:
    """Read everything; what is wrong is gathered, not raised. `say` is how its head is given."""
    wrong: list[Wrong] = []
    values = _head(head, types, lines, wrong, say)
    out: list[dict[str, Stored]] = []
    kinds: dict[str, str] = {}
    by_hand: list[tuple[str, str]] = []
    least: list[tuple[str, str]] = []
    first: dict[tuple[Stored, ...], str] = {}
    for line in lines[:MOST_LINES]:
        try:
            unknown = next((k for k in line.texts if k not in FIELDS), None)
            if unknown is not None:
                raise InvalidField(
                    unknown,
                    _("no such key: {key}").format(key=quoted(unknown)),
                    hint=_("there are: {names}").format(names=listed(FIELDS)),
                )
            if line.why:
                raise InvalidField("need", line.why)
            if line.odd:
                raise InvalidField(line.odd, _odd(line.odd))
            read = read_line(line.texts, known, lambda k: kinds.get(k) or unit_of(k))
            _check_type(str(read.values["type"]), types)
        except InvalidValue as error:
            place = line.places.get(getattr(error, "field", ""), line.place)
            wrong.append(Wrong(place, error.message, error.hint))
            continue
        again = first.setdefault(same_place(read.values), line.place)
        if again != line.place:
            wrong.append(
                Wrong(
                    line.place,
                    _("the same as line {place}").format(place=again),
                    _("add the quantities up into one line"),
                )
            )
            continue
        if read.new_kind:
            kinds.setdefault(*read.new_kind)
        by_hand += [(line.place, text) for text in read.by_hand]
        least += [(line.place, read.wrote)] if read.wrote else []
        out.append(read.values | {"place": len(out) + 1})
    if not lines:
        wrong.append(Wrong("1", _("it has no lines"), _("one [[line]] for each thing a team must have")))
    if len(lines) > MOST_LINES:
        wrong.append(Wrong(str(MOST_LINES), _("more than {limit} lines").format(limit=MOST_LINES)))
    return Draft(values, tuple(out), kinds, tuple(by_hand), tuple(wrong), tuple(least))


def _check_type(name: str, types: Mapping[str, Sequence[str]]) -> None:
    if name != "*" and types and name not in types:
        raise InvalidField(
            "type",
            _("{type} is not among [types]").format(type=quoted(name)),
            hint=_("there are: {names}").format(names=listed(map(safe, types))),
        )


def _head(
    head: Mapping[str, str],
    types: Mapping[str, Sequence[str]],
    lines: Sequence[Written],
    wrong: list[Wrong],
    say: str,
) -> dict[str, Stored]:
    values: dict[str, Stored] = {}
    for name, field_limit in (("code", 60), ("version", 40), ("name", 500)):
        text = " ".join(head.get(name, "").split())
        if not text:
            wrong.append(
                Wrong(
                    "1",
                    _("the standard has no {name}").format(name=name),
                    say.format(name=name, word=name.upper()),
                )
            )
        elif len(text) > field_limit or safe(text) != text or (name != "name" and "@" in text):
            wrong.append(Wrong("1", _("not a {name}: {text}").format(name=name, text=quoted(text))))
        values[name] = text
    if head.get("effective", "").strip():
        try:
            values["effective"] = times.parse_date(head["effective"])
        except InvalidValue as error:
            wrong.append(Wrong("1", error.message, error.hint))
    for name in ("mark_compliance", "mark_people"):
        text = head.get(name, "").strip().removesuffix("%").strip()
        if text and not (
            text.isascii() and text.isdigit() and int(text) <= (100 if name == "mark_compliance" else 10**6)
        ):
            wrong.append(Wrong("1", _("not a {name}: {text}").format(name=name, text=quoted(text))))
        elif text:
            values[name] = int(text)
    for name, limit in (("source", 2000), ("mark_source", 2000), ("sample", 500), ("note", 500)):
        if head.get(name, "").strip():
            values[name] = " ".join(head[name].split())[:limit]
    every = dict.fromkeys([*types, *(line.texts.get("type", "*").strip() for line in lines)])
    names = [name for name in every if name and name != "*"]
    if any(c in word for name in names for word in (name, *types.get(name, ())) for c in ";=|"):
        wrong.append(Wrong("1", _("a team type has none of ; = | in its name")))
    values["types"] = clauses(
        name + (" = " + "|".join(types[name]) if types.get(name) else "") for name in names
    )[:8000]
    return {k: v for k, v in values.items() if v not in (None, "")}


def types_of(text: str) -> dict[str, list[str]]:
    """{team type: other words for it}, from the field `types` of a standard."""
    out: dict[str, list[str]] = {}
    for part in text.split(";"):
        name, _equals, words = part.partition("=")
        if name.strip():
            out[name.strip()] = [w.strip() for w in words.split("|") if w.strip()]
    return out
