"""The one language of filters: `region:1101 ready drainage>=3000m3/h 排水`, on the screens and for `list`.

All terms must hold. A term is

- `field:value`, what is typed of it: a part of a text, the records a name finds, the region and all below it
- `field=value`, exactly; `field!=value`, anything else; `field=""`, nothing stands there
- `field>value`, `>=`, `<`, `<=`, for figures with their units, days and times; asked of a team, a capability is that of
  its items together, or of the best of them
- the word of a state in either language: `ready`, 就绪, `in_repair`, `free`; an item is ready that is free, and whose
  team has just reported so
- any other word: a part of a name, its pinyin, its initials, or an id

Quotes keep blanks together and make a word of what would be something else: `"ready"`, `name:"第 3 队"`.
A `"` within quotes is written twice. This file reads and writes the text; conditions.py asks SQLite.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from emergency.store import units
from emergency.store.errors import EmergencyError, InvalidValue
from emergency.store.records import RECORDS
from emergency.store.records.capability import CAPABILITIES
from emergency.store.records.declare import Field, Record
from emergency.store.records.types import (
    Amount,
    Choice,
    Date,
    Flag,
    Integer,
    Point,
    Quantity,
    Ref,
    Text,
    Time,
)
from emergency.store.text import fold_width, quoted, safe
from emergency.store.words import _, language, listed

#: What a filter may be at most, in characters.
LONGEST = 2000
#: States that are derived, by kind of record: {code: (English, Chinese)}.
DERIVED = {
    "team": {"ready": ("ready", "就绪"), "stale": ("stale", "超时")},
    "equipment": {"free": ("free", "空闲"), "ready": ("ready", "就绪")},
    "line": {"open": ("open", "未结束"), "overdue": ("overdue", "逾期")},
}
#: What equipment can do; asked of a team it is what its items can do together.
ABILITIES = {field.name: field for field in CAPABILITIES}
#: Kinds that an order takes, and that tell which one has.
CLAIMED = ("team", "equipment")
#: The operator of a word, and of a derived state.
WORD, STATE = "", "is"
_WRITTEN = {"≥": ">=", "≤": "<=", "≠": "!=", "==": "=", "：": ":", "＝": "=", "＞": ">", "＜": "<"}
_OPERATOR = r"\s*(>=|<=|!=|==|[=:><≥≤≠：＝＞＜])"
_NAME = r"[^\W\d][\w-]*"
_TERM = f"({_NAME}){_OPERATOR}"
_ORDERED = (">", ">=", "<", "<=")
#: Figures may have blanks in them, and one before the unit: so many more words may belong to one.
_MORE_WORDS = 3


class Term(NamedTuple):
    """One thing that must hold."""

    name: str
    op: str
    value: str
    #: Where it stands in the text, in characters from 0.
    at: int = 0


def parse(kind: str, text: str) -> tuple[Term, ...]:
    """The terms of a filter over a register. Raises InvalidValue, which says where in `at`."""
    if len(text) > LONGEST:
        raise _wrong(_("longer than {limit} characters").format(limit=LONGEST), LONGEST)
    reader = _Terms(RECORDS[kind], text)
    terms = []
    while (term := reader.term()) is not None:
        terms.append(term)
    return tuple(terms)


def words(text: str) -> tuple[str, ...]:
    """The words of a filter over a list that has no fields to ask for. Raises InvalidValue, which says where in `at`."""
    if len(text) > LONGEST:
        raise _wrong(_("longer than {limit} characters").format(limit=LONGEST), LONGEST)
    reader = _Words(text)
    out = []
    while (term := reader.term()) is not None:
        out.append(term.value)
    return tuple(out)


def written(terms: tuple[Term, ...] | list[Term]) -> str:
    """The text of these terms, which reads as them again."""
    parts: list[str] = []
    before = Term("", WORD, "")
    for term in terms:
        # A figure would take in a number or a unit that follows it.
        joins = before.name and term.op == WORD and _is_amount(f"{before.value} {term.value}")
        parts.append(_value(term.value, quote=True) if joins else _written(term))
        before = term
    return " ".join(parts)


def fields(record: Record) -> tuple[str, ...]:
    """Every name that a term may begin with, as completions show them."""
    claimed = ("claimed",) if record.noun in CLAIMED else ()
    region = ("region",) if record.noun == "region" else ()
    incident = ("incident",) if record.noun == "line" else ()
    able = tuple(ABILITIES) if record.noun == "team" else ()
    return (
        "id",
        *region,
        *incident,
        *able,
        *(f.name for f in record.fields if type(f.type) is not Point),
        *claimed,
    )


def is_name(label: str) -> bool:
    """Whether a label can stand before an operator."""
    return re.fullmatch(_NAME, label) is not None


def states(record: Record) -> dict[str, tuple[str, str]]:
    """{word: (field, code)} of every state a word alone means; the field of a derived one is ""."""
    out: dict[str, tuple[str, str]] = {}
    for code, words in DERIVED.get(record.noun, {}).items():
        for word in (code, *words):
            out.setdefault(word, ("", code))
    for field in record.fields:
        if isinstance(field.type, Choice) and not isinstance(field.type, Flag):
            for code, words in field.type.options.items():
                for word in (code, *words):
                    # One letter, or one character, begins too many other words.
                    if len(word) > 1 and " " not in word:
                        out.setdefault(fold_width(word).lower(), (field.name, code))
    return out


def completions(record: Record) -> tuple[str, ...]:
    """What a word of a filter may begin with, in the language spoken: `region:`, `ready`."""
    zh = language() == "zh"
    labels = [field.label for field in record.fields if zh and is_name(field.label)]
    words = [word for word in states(record) if word.isascii() != zh]
    return (*(f"{name}:" for name in (*fields(record), *labels)), *words)


def field_of(record: Record, name: str) -> Field | None:
    """The field of a term; those that every register has beside its own included."""
    if name == "id" or (name == "claimed" and record.noun in CLAIMED):
        return Field(name, name, name)
    if record.noun == "team" and name in ABILITIES:
        return ABILITIES[name]
    if name == "incident" and record.noun == "line":
        return RECORDS["callup"].field(name)
    if name == "region" and record.noun == "region":
        return Field("id", name, name, Ref("region"))
    return record.field(name)


def is_figure(type_: Text | object) -> bool:
    """Whether a field of this type is compared as a number."""
    return isinstance(type_, Quantity | Integer)


def _label(record: Record, name: str) -> str:
    """The name of a field as it is typed in the language spoken."""
    field = field_of(record, name)
    return field.label if field is not None and language() == "zh" and is_name(field.label) else name


class _Words:
    """Walks through the text of a filter over a list that has no fields: what is asked of one is no word."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self._states: dict[str, tuple[str, str]] = {}

    def _of_field(self, match: re.Match[str]) -> Term:
        raise _wrong(
            _("this list is filtered by words, and has no field {name}").format(name=quoted(match[1])),
            match.start(),
            _("in quotes it is a word"),
        )

    def term(self) -> Term | None:
        """The next term, or None at the end."""
        self._skip()
        start = self.at
        if start >= len(self.text):
            return None
        if match := re.compile(_TERM).match(self.text, start):
            return self._of_field(match)
        if self.text[start] == '"':
            return Term("", WORD, self._quoted(), start)
        word = self._run()
        if known := self._states.get(fold_width(word).lower()):
            name, code = known
            return Term(name, "=" if name else STATE, code, start)
        return Term("", WORD, word, start)

    def _skip(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def _run(self) -> str:
        start = self.at
        while self.at < len(self.text) and not self.text[self.at].isspace():
            self.at += 1
        return self.text[start : self.at]

    def _quoted(self) -> str:
        start, parts = self.at, []
        self.at += 1
        while (end := self.text.find('"', self.at)) >= 0:
            parts.append(self.text[self.at : end])
            self.at = end + 1
            if not self.text.startswith('"', self.at):
                return '"'.join(parts)
            self.at += 1
        raise _wrong(_("a quote is opened here and not closed"), start)


class _Terms(_Words):
    """Over a register: its fields and its states."""

    def __init__(self, record: Record, text: str) -> None:
        super().__init__(text)
        self.record = record
        self._states = states(record)

    def _of_field(self, match: re.Match[str]) -> Term:
        start = match.start()
        name = self._name(match[1], start)
        field = field_of(self.record, name)
        assert field is not None
        op = _WRITTEN.get(match[2], match[2])
        self.at = match.end()
        self._skip()
        value_at = self.at
        if self.at >= len(self.text):
            raise _wrong(
                _("{name} needs a value").format(name=name + op), value_at, _('"" stands for nothing at all')
            )
        value = self._quoted() if self.text[self.at] == '"' else self._figure(field)
        try:
            value, op = _checked(field, op, value)
        except EmergencyError as error:
            error.at = value_at
            raise
        return Term(name, op, value, start)

    def _name(self, typed: str, at: int) -> str:
        known = fields(self.record)
        if typed in known:
            return typed
        low = typed.lower()
        more = list(ABILITIES.values()) if self.record.noun == "team" else []
        more += [] if self.record.noun != "line" else [f for f in (field_of(self.record, "incident"),) if f]
        for field in (*self.record.fields, *more):
            words = (field.name, field.zh, field.en.lower(), *(a.lower() for a in field.aliases))
            if low in words and field.name in known:
                return field.name
        from difflib import get_close_matches

        labels = [_label(self.record, name) for name in known]
        near = list(dict.fromkeys(get_close_matches(low, [*labels, *known], 3)))
        raise _wrong(
            _("{record} has no field {name}").format(record=self.record.label, name=quoted(typed)),
            at,
            _("did you mean {near}?").format(near=listed(near))
            if near
            else _("it has: {names}").format(names=listed(labels)),
        )

    def _figure(self, field: Field) -> str:
        """A run of characters; of a figure also what belongs to it behind blanks: `3 000 m3/h`."""
        start = self.at
        value = self._run()
        if not is_figure(field.type):
            return value
        after = self.at
        for _more in range(_MORE_WORDS):
            self._skip()
            if self.at >= len(self.text) or self.text[self.at] == '"':
                break
            self._run()
            longer = " ".join(self.text[start : self.at].split())
            if not _is_amount(longer):
                break
            if _fits(field, longer):
                value, after = longer, self.at
        self.at = after
        return value


def _is_amount(text: str) -> bool:
    try:
        units.parse_quantity(text)
    except InvalidValue:
        return False
    return True


def _fits(field: Field, text: str) -> bool:
    try:
        thousandths(field, text)
    except InvalidValue:
        return False
    return True


def thousandths(field: Field, text: str) -> int:
    """A figure in thousandths of the field's own unit. Raises InvalidValue where they do not fit."""
    asked = units.parse_quantity(text)
    if isinstance(field.type, Quantity):
        return units.convert(asked.milli, asked.unit or field.type.unit, field.type.unit)
    allowed = ("",) if isinstance(field.type, Amount) else ("", "persons", "pcs", "item")
    if asked.unit not in allowed:
        raise InvalidValue(
            _("{field} has no unit, so not {unit}").format(field=field.label, unit=safe(asked.unit))
        )
    return asked.milli


def _checked(field: Field, op: str, value: str) -> tuple[str, str]:
    """(value, operator) in the one form they are written in. Raises InvalidValue for what cannot be meant."""
    type_ = field.type
    ordered = is_figure(type_) or isinstance(type_, Date | Time)
    if op in _ORDERED and not ordered:
        raise InvalidValue(_("{field} is not compared with {sign}").format(field=field.label, sign=op))
    if not value.strip():
        if op == "!=" or op == "=":
            return "", op
        raise InvalidValue(
            _("{name} needs a value").format(name=field.name + op), hint=_('"" stands for nothing at all')
        )
    if op == ":" and (ordered or isinstance(type_, Choice)):
        op = "="
    if is_figure(type_):
        thousandths(field, value)
    elif isinstance(type_, Choice):
        value = str(type_.parse(value))
    elif isinstance(type_, Date | Time):
        type_.parse(value)
    return value, op


def _written(term: Term) -> str:
    if term.op == STATE:
        return term.value
    if term.op == WORD:
        means_else = (
            re.match(_TERM, term.value) or re.match(_OPERATOR, term.value) or _may_be_state(term.value)
        )
        return _value(term.value, quote=bool(means_else))
    return f"{term.name}{term.op}{_value(term.value)}"


def _value(text: str, *, quote: bool = False) -> str:
    """The text as it stands, or in quotes where it would not read as itself."""
    if text and not quote and not any(c.isspace() or c == '"' for c in text):
        return text
    return '"' + text.replace('"', '""') + '"'


def _may_be_state(text: str) -> bool:
    """Whether the word is a state in some register."""
    return any(fold_width(text).lower() in states(record) for record in RECORDS.values())


def _wrong(message: str, at: int, hint: str = "") -> InvalidValue:
    error = InvalidValue(message, hint=hint)
    error.at = at
    return error
