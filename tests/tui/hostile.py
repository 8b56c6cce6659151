"""A store where every text that somebody else may have written tries to be more than text.

Each kind of record has every text field of its declaration filled, through the store's own writer and
as entries of another station; so have log lines, reasons, names of stations and of hubs.
"""

from __future__ import annotations

import itertools
import json
import pathlib
import re
from collections.abc import Sequence
from typing import Any

from emergency.store import arrivals, database
from emergency.store.errors import EmergencyError
from emergency.store.fold import Fold
from emergency.store.records import RECORDS
from emergency.store.records.types import Phone, Text, Type
from emergency.store.store import Store
from tests.store.replicas import Replica

from . import stage

#: What drives a terminal: cursor, colours, title, clipboard, a report that is answered, C1, ends of strings.
DRIVING = (
    "\x1b[31337m红\x1b[3;3H\x1b[2J",
    "\x1b]52;c;RVZJTA==\x07",
    "\x1b]0;EVIL\x1b\\\x1b[6n\x1bc",
    "\x9b31337m\x9d52;c;RVZJTA==\x9c\x90q\x9c",
    "\r\n\t\x08\x0b\x0c\x0e\x0f\x7f\x00x",
    "\x1b[201~q:\x1b[?1049l\x1b(0\x1b#8",
)
#: What a markup parser would take at its word.
MARKUP = (
    "[@click=app.quit]点[/][@click=app.leave]x[/]",
    "[bold red]粗[/] [/] [",
    "[link=https://example.invalid]z[/link]\\[",
    "{0} {name} %s %(a)s $(id) `id`",
)
#: What hides, turns round, or takes another width than it seems to.
HIDING = (
    "\u202e队急应\u2066\u2069\u200f\u061c",
    "a\u200bb\u200d\ufeffc\u2060d\u00ad",
    "e" + "\u0301" * 60 + "\u20e3\u0489",
    "水" * 90,
    "👍🏽👨\u200d👩\u200d👧🇨🇳❤\ufe0f☎\ufe0f1\ufe0f\u20e3",
    "\U000e0041\U000e0042\U000e0100\u115f\u3164\uffa0",
    "ｱﾞ한ᄒ\u1161\u11ab\u3099क्षि",
    "x" * 10_000,
    "水\u0301" * 5_000,
)
ALL = (*DRIVING, *MARKUP, *HIDING)
#: None of these may reach a terminal: they are in no sequence that the program has of its own.
NEVER = (
    b"\x1b[31337m",
    b"\x1b]52;",
    b"\x1b]0;",
    b"\x1b[6n",
    b"\x1bc",
    b"\x1b#8",
    b"\x1b(0",
    b"\xc2\x9b",
    b"\xc2\x9d",
    b"\x1b[201~",
)
#: Marks that must not be drawn as such.
UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufe0f\U000e0041]"
)


#: Of class 0 though they take no room: pyte stops drawing at them, which no terminal does.
UNDRAWN = re.compile("[\u1160-\u11ff\u0489\u20e3\u0900-\u0902\u093a-\u094f]")


def store(folder: pathlib.Path, all_texts: Sequence[str] = ALL) -> str:
    """The path of the store: the busy one of the stage, with all of that beside it."""
    path = stage.busy(folder)
    texts = itertools.cycle(all_texts)
    with Store(path, who="\x1b[31337m值班[/]") as opened:
        for kind, id_ in _known(opened):
            _try(opened, [["set", kind, id_, _values(kind, texts)]])
        for kind in RECORDS:
            _try(opened, [["new", kind, f"HOST-{kind}", _values(kind, texts)]])
        for text in all_texts:
            _try(opened, [["log", "FT-10", "", {"text": text}]], why=text)
            _try(opened, [["set", "team", "FT-1", {"note": text}]], why=text)
        _hub(opened)
    _from_elsewhere(path, texts, all_texts)
    return path


def _known(store: Store) -> list[tuple[str, str]]:
    return [(kind, row["id"]) for kind in RECORDS for row in store.rows(f'SELECT id FROM "{kind}" LIMIT 20')]


def _values(kind: str, texts: Any) -> dict[str, Any]:
    """Every text field of a kind filled, as far as its type takes it."""
    out: dict[str, Any] = {}
    for field in RECORDS[kind].fields:
        if field.folded or field.derived or field.name in ("sample", "exercise", "retired"):
            continue
        if type(field.type) in (Text, Phone, Type):
            out[field.name] = next(texts)[: field.type.limit]
    return out


def _try(store: Store, facts: list[list[Any]], why: str = "") -> None:
    """What the store refuses never comes to a screen by this way; one value at a time then."""
    try:
        with store.write("\x1b[2Jtest", why=why) as writer:
            for fact in facts:
                writer.fact(fact)
    except EmergencyError:
        word, kind, id_, values = facts[0]
        if len(values) > 1:
            for name, value in values.items():
                _try(store, [[word, kind, id_, {name: value}]])


def _hub(store: Store) -> None:
    """A hub whose name, address and last refusal are of that kind."""
    told = {"state": "refused", "why": DRIVING[2] + MARKUP[0], "own": {}}
    with store.noting() as connection:
        connection.execute(
            "INSERT INTO hub(feed, url, key, name, ca, synced, told) VALUES(?, ?, ?, ?, '', NULL, ?)",
            (
                "evil",
                f"https://x{DRIVING[1]}{MARKUP[1]}",
                b"k" * 32,
                DRIVING[0] + MARKUP[0],
                json.dumps(told),
            ),
        )


def _from_elsewhere(path: str, texts: Any, all_texts: Sequence[str]) -> None:
    """Another station says the same kind of thing; its entries are signed as any others."""
    other = Replica("\x1b[31337m[/]邪")
    facts: list[list[Any]] = []
    for kind in RECORDS:
        facts.append(["new", kind, f"EVIL-{kind}\x1b[31337m[@click=app.quit]", _values(kind, texts)])
        facts += [["set", kind, f"FT-{n}", _values(kind, texts)] for n in (1, 6, 10)]
    facts += [["log", "FT-10", "", {"text": text, "at": stage.AT}] for text in all_texts]
    facts.append(["step", "FT-17/1", "recall", {"at": stage.AT, "note": DRIVING[0] + MARKUP[0]}])
    facts.append(["step", "HD-1/1", "recall", {"at": stage.AT, "note": DRIVING[0] + MARKUP[0]}])
    for n, fact in enumerate(facts):
        other.write(stage.AT - 1000 + n, [fact])
    connection = database.connect(path, writable=True)
    with database.transaction(connection, path):
        arrivals.take(connection, Fold(connection), other.has(other.signer.feed), stage.AT)
    connection.close()
