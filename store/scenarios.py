"""What a scenario usually needs: a file that a person can read and edit, and proposals out of it (row E2).

Ten files ship in store/data/scenarios; their quantities are SAMPLES and say so. An office lays
its own file of the same name beside them in its folder of settings, and that one counts.
"""

from __future__ import annotations

import os
import re
import shlex
import tomllib
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from emergency.store import needs, reference, times
from emergency.store.errors import (
    EmergencyError,
    InvalidValue,
    NoSuchRecord,
    UnreadableInput,
    reason,
    toml_reason,
)
from emergency.store.needs import Asked
from emergency.store.records.incident import LEVELS
from emergency.store.records.need import PRIORITIES
from emergency.store.records.types import Choice
from emergency.store.store import Store
from emergency.store.text import quoted, safe
from emergency.store.words import _, listed, told

FOLDER = os.path.join(reference.FOLDER, "scenarios")
#: Where an office keeps its own, in its folder of settings.
OWN = "scenarios"
#: No file of a scenario is larger, in bytes.
MOST_BYTES = 200_000
_PRIORITY = Choice(PRIORITIES)


class Usual(NamedTuple):
    """One thing that a scenario usually needs, how much of it at each response level, and why."""

    what: str
    #: {level: amount as written, unit and all}; a level that is missing needs none.
    amounts: dict[str, str]
    by: str
    priority: str
    place: str
    why: str


class Template(NamedTuple):
    """A scenario's file, read."""

    scenario: str
    #: What marks its figures as made up; "" where an office has put its own.
    sample: str
    #: (from, until) as MM-DD, and who says so.
    seasons: tuple[tuple[str, str], ...]
    season_source: str
    hazards: tuple[str, ...]
    usual: tuple[Usual, ...]
    path: str


class Proposal(NamedTuple):
    """A need that may be stated."""

    asked: Asked
    by: int | None
    priority: str
    place: str
    why: str
    #: Where the figure comes from; "" where a person has put his own.
    source: str
    #: The need of the incident that asks for the same thing at the same place already, if one does.
    standing: dict[str, Any] | None = None

    @property
    def state(self) -> str:
        """`new`, `stated` as it is, or `differs` from what is stated."""
        if self.standing is None:
            return "new"
        return "stated" if self.standing["amount"] == self.asked.milli else "differs"


# -- the files --------------------------------------------------------------------------------------


def path_of(scenario: str, settings: str) -> str:
    """The file of a scenario: the office's own, or the one that ships. Raises NoSuchRecord where there is none."""
    if re.fullmatch(r"[\w.-]{1,80}", scenario) and not scenario.startswith("."):
        for folder in (os.path.join(settings, OWN), FOLDER):
            path = os.path.join(folder, f"{scenario}.toml")
            if os.path.isfile(path):
                return path
    raise NoSuchRecord(
        _("scenario {id} has no file of usual needs").format(id=safe(scenario)),
        hint=_("give one with --file, or put {id}.toml into {folder}").format(
            id=safe(scenario), folder=safe(os.path.join(settings, OWN))
        ),
    )


def read(path: str) -> Template:
    """Read a scenario's file. Raises UnreadableInput and InvalidValue, which name the file and what is wrong."""
    try:
        with open(path, "rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UnreadableInput(told(safe(path), safe(reason(error)))) from None
    if len(raw) > MOST_BYTES:
        raise UnreadableInput(_("{path} is too large for a scenario").format(path=safe(path)))
    try:
        found = tomllib.loads(raw.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise UnreadableInput(
            _("{path} cannot be read: {why}").format(path=safe(path), why=safe(toml_reason(error)))
        ) from None
    return _template(found, path)


def _template(found: Mapping[str, Any], path: str) -> Template:
    _only(found, ("scenario", "sample", "season", "season_source", "hazards", "need"), path)
    seasons = []
    for season in _list(found, "season", path):
        if not (isinstance(season, list) and len(season) == 2 and all(map(_is_day, season))):
            raise _wrong(path, _('a season is two days: ["06-01", "09-15"]'))
        seasons.append((season[0], season[1]))
    hazards = _list(found, "hazards", path)
    if not all(isinstance(h, str) for h in hazards):
        raise _wrong(path, _("hazards are texts"))
    usual = tuple(_usual(one, path, n) for n, one in enumerate(_list(found, "need", path), 1))
    if not usual:
        raise _wrong(path, _("it has no [[need]]"))
    return Template(
        _text(found, "scenario", path),
        _text(found, "sample", path),
        tuple(seasons),
        _text(found, "season_source", path),
        tuple(hazards),
        usual,
        path,
    )


def _usual(one: Any, path: str, n: int) -> Usual:
    where = f"[[need]] {n}"
    if not isinstance(one, dict):
        raise _wrong(path, where)
    _only(one, ("what", "by", "priority", "place", "why", *LEVELS), path, where)
    what = _text(one, "what", path)
    if not what:
        raise _wrong(path, where + ": " + _("what is needed? what is missing"))
    try:
        priority = str(_PRIORITY.parse(_text(one, "priority", path)) or "normal")
        if by := _text(one, "by", path):
            times.parse_duration(by)
    except InvalidValue as error:
        raise _wrong(path, f"{where}: {error.message}") from None
    amounts = {level: _text(one, level, path) for level in LEVELS if _text(one, level, path)}
    return Usual(what, amounts, by, priority, _text(one, "place", path), _text(one, "why", path))


def _wrong(path: str, why: str) -> InvalidValue:
    return InvalidValue(f"{safe(path)}: {why}")


def _only(found: Mapping[str, Any], names: tuple[str, ...], path: str, where: str = "") -> None:
    for name in found:
        if name not in names:
            raise InvalidValue(
                f"{safe(path)}: {where} ".rstrip() + " " + _("nobody knows {name}").format(name=quoted(name)),
                hint=_("it may have: {names}").format(names=listed(names)),
            )


def _list(found: Mapping[str, Any], name: str, path: str) -> list[Any]:
    value = found.get(name, [])
    if not isinstance(value, list):
        raise _wrong(path, _("{name} is a list").format(name=name))
    return value


def _text(found: Mapping[str, Any], name: str, path: str) -> str:
    value = found.get(name, "")
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or len(value) > 500:
        raise _wrong(path, _("{name} is a text").format(name=name))
    return value.strip()


def _is_day(text: Any) -> bool:
    return isinstance(text, str) and bool(re.fullmatch(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", text))


# -- proposals --------------------------------------------------------------------------------------


def propose(store: Store, template: Template, level: str, now: int) -> list[Proposal]:
    """What the scenario usually needs at a response level. Raises InvalidValue, NoSuchRecord for what is no need."""
    out = []
    for n, usual in enumerate(template.usual, 1):
        if not (amount := usual.amounts.get(level)):
            continue
        try:
            asked = needs.parse(store, f"{usual.what}>={amount}")
        except EmergencyError as error:
            error.message = f"{safe(template.path)}: [[need]] {n}: {error.message}"
            raise
        by = now + times.parse_duration(usual.by) if usual.by else None
        source = " ".join(filter(None, (template.scenario, level, template.sample)))
        out.append(Proposal(asked, by, usual.priority, usual.place, usual.why, source))
    return out


def beside(store: Store, incident: str, proposals: Iterable[Proposal]) -> list[Proposal]:
    """The proposals, each with the need of the incident that already asks for its thing at its place."""
    stated = {
        (row["what"], row["place"] or ""): row
        for row in reversed(
            store.rows(
                "SELECT * FROM need WHERE incident=? AND retired IS NULL ORDER BY length(id), id", (incident,)
            )
        )
    }
    return [p._replace(standing=stated.get((p.asked.what, p.place))) for p in proposals]


def changed(
    store: Store, proposals: Iterable[Proposal], changes: Iterable[str], dropped: Collection[str]
) -> list[Proposal]:
    """The proposals with other amounts, without some, and with more; what a person says has no source.

    Raises InvalidValue, NoSuchRecord for a change that is no need, and for dropping what is not proposed.
    """
    out = list(proposals)
    for text in dropped:
        what = needs.parse(store, f"{text}>=1").what
        if all(p.asked.what != what for p in out):
            raise InvalidValue(_("{what} is not proposed").format(what=quoted(text)))
        out = [p for p in out if p.asked.what != what]
    for text in changes:
        asked = needs.parse(store, text)
        places = [i for i, p in enumerate(out) if p.asked.what == asked.what]
        for i in places:
            out[i] = out[i]._replace(asked=asked, source="")
        if not places:
            out.append(Proposal(asked, None, "normal", "", "", ""))
    return out


# -- lines to edit ----------------------------------------------------------------------------------


def as_lines(proposals: Iterable[Proposal]) -> list[str]:
    """The proposals as a person edits them: `drainage>=20000m3/h by=2026-07-31T09:00:00+08:00 priority=life  # why`."""
    out = []
    for p in proposals:
        amount = needs.amount(p.asked.milli, p.asked.unit).replace(" ", "")
        words = [f"{p.asked.what}>={amount}"]
        words += [f"by={times.format_time(p.by)}"] if p.by is not None else []
        words += [f"priority={p.priority}"]
        words += [f"place={p.place}"] if p.place else []
        words += [f"source={p.source}"] if p.source else []
        line = " ".join(_word(w) for w in words)
        out.append(line + (f"  # {p.why}" if p.why else ""))
    return out


def _word(text: str) -> str:
    """A word as shlex reads it back; the sign of a need stays bare where it can."""
    return text if re.fullmatch(r"[\w>=.,:+/·-]+", text) else shlex.quote(text)


def from_lines(
    store: Store, text: str, name: str, now: int, known: Collection[tuple[Asked, str]] = ()
) -> list[Proposal]:
    """Read edited lines back. Raises InvalidValue and NoSuchRecord, which say in which line.

    A figure keeps the source that its line names only where it is the `known` one of that source.
    """
    out = []
    for n, line in enumerate(text.splitlines(), 1):
        try:
            words = shlex.split(line, comments=True)
            if words:
                proposal = _from_words(store, words, now)
                kept = (proposal.asked, proposal.source) in known
                out.append(proposal if kept else proposal._replace(source=""))
        except ValueError:
            raise InvalidValue(f"{safe(name)}:{n}: " + _("a quote is opened here and not closed")) from None
        except EmergencyError as error:
            error.message = f"{safe(name)}:{n}: {error.message}"
            raise
    return out


def _from_words(store: Store, words: list[str], now: int) -> Proposal:
    asked = needs.parse(store, words[0])
    said: dict[str, str] = {}
    for word in words[1:]:
        key, equals, value = word.partition("=")
        if not equals or key not in ("by", "priority", "place", "source"):
            raise InvalidValue(
                _("nobody knows {name}").format(name=quoted(word)),
                hint=_("it may have: {names}").format(names="by=60min, priority=life, place=..."),
            )
        said[key] = value
    by = times.parse_time(said["by"], now) if said.get("by") else None
    priority = str(_PRIORITY.parse(said.get("priority", "")) or "normal")
    return Proposal(asked, by, priority, said.get("place", ""), "", said.get("source", ""))
