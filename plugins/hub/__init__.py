"""The regional hub: keeps the entries of many stations and hands each what it lacks. An extra, `[hub]`."""

from __future__ import annotations

import json
import os
from typing import NamedTuple

from emergency.plugins.hub.engine import Engine, is_address, must_be, open_engine
from emergency.plugins.hub.identity import Identity, begin, key_place, own_signer
from emergency.plugins.hub.writing import Writing
from emergency.store import times
from emergency.store.keys import key_path

__all__ = ["Opened", "opened", "place_of", "remember"]


class Opened(NamedTuple):
    """A hub's database and key, at hand."""

    engine: Engine
    identity: Identity
    writing: Writing
    #: Beside what its key and certificates lie.
    place: str


def _note(home: str) -> str:
    return os.path.join(home, "hub.json")


def place_of(database: str | None, home: str) -> str:
    """The database meant: the one named, that of EMERGENCY_HUB, the one last served here, or the usual one."""
    named = database or os.environ.get("EMERGENCY_HUB")
    if named:
        return named
    try:
        with open(_note(home), encoding="utf-8") as file:
            noted = json.load(file)["database"]
    except (OSError, ValueError, KeyError, TypeError):
        noted = None
    return noted if isinstance(noted, str) else os.path.join(home, "hub.db")


def remember(database: str, home: str) -> None:
    """Let the next `emergency hub ...` on this machine mean this database."""
    os.makedirs(home, exist_ok=True)
    absolute = database if is_address(database) else os.path.abspath(database)
    handle = os.open(_note(home), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({"database": absolute}, file)


def opened(where: str, home: str, *, name: str = "", key: str | None = None, create: bool = True) -> Opened:
    """Open a hub's database, making it and its key where there are none. Raises BadStore."""
    if not create:
        must_be(where)
    place = key or key_place(where, home)
    had_key = os.path.exists(key_path(place))
    engine = open_engine(where)
    try:
        signer = own_signer(place, create=create)
        told = begin(engine, signer, name, had_key=had_key)
    except BaseException:
        engine.close()
        raise
    return Opened(engine, Identity(signer, told), Writing(engine, signer, times.now), place)
