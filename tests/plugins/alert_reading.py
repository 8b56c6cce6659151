"""Reading alerts in tests: bytes, text or values in, fields out as a person compares them."""

from __future__ import annotations

import json
import os
import pathlib
from typing import Any

import pytest

from emergency.plugins.alerts import Message, read
from emergency.store.times import format_time

ROOT = pathlib.Path(__file__).parents[2]
SHARED = pathlib.Path(os.environ.get("EMERGENCY_SHARED", ROOT.parent / "shared")) / "messages" / "cap"


def alerts(text: str | bytes | Any, name: str = "it") -> list[Message]:
    """Every alert of a text, bytes, or a value that is written as JSON."""
    if not isinstance(text, str | bytes):
        text = json.dumps(text, ensure_ascii=False)
    reading = read(text.encode() if isinstance(text, str) else text, name)
    assert reading.refused == ()
    return list(reading.messages)


def one(text: str | bytes | Any) -> dict[str, Any]:
    """The values of the only alert, its times as they are shown and its lists as lists."""
    (message,) = alerts(text)
    return values(message)


def values(message: Message) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, value in message.values.items():
        structured = (
            isinstance(value, str) and value[:1] in ("[", "{") and name not in ("headline", "description")
        )
        shown[name] = (
            format_time(value)
            if isinstance(value, int) and name != "part"
            else json.loads(value)
            if structured
            else value
        )
    return shown


def shared(name: str) -> list[dict[str, Any]]:
    """The alerts of a file in ../shared/messages/cap."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"../shared/messages/cap/{name} is not here")
    return [values(m) for m in alerts(path.read_bytes(), name)]


def says(found: dict[str, Any], **expected: Any) -> None:
    """Each of these fields, None for one that must not be there."""
    assert {k: found.get(k) for k in expected} == expected
