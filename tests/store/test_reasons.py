"""Why a round did not come about is told in the language of whoever reads it."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator

import pytest

from emergency.store import reasons
from emergency.store.link import Offline, Refusal
from emergency.store.words import speak


@pytest.fixture
def chinese() -> Iterator[None]:
    speak("zh")
    yield
    speak("en")


def stored(error: Offline | Refusal) -> dict[str, object]:
    return {"why": str(error), "code": error.known, "values": error.values}


def test_what_was_stored_in_one_language_is_read_in_another(request: pytest.FixtureRequest) -> None:
    kept = stored(Refusal("not-enrolled", url="http://hub.test"))
    before = {"why": "it has stopped answering"}
    other = stored(Offline("said by a server"))
    assert reasons.told(kept) == "this store is not enrolled there: emergency sync enrol http://hub.test CODE"
    request.getfixturevalue("chinese")
    assert reasons.told(kept) != kept["why"] and "http://hub.test" in reasons.told(kept)
    assert reasons.code_of(kept) == "not-enrolled"
    # What earlier programs stored, and what no table has, is shown as it is.
    assert reasons.told(before) == "it has stopped answering"
    assert reasons.told(other) == "said by a server"
    assert reasons.code_of(before) == reasons.code_of(other) == "other"
    assert reasons.told({}) == "" and reasons.code_of({}) is None


def test_every_code_is_in_the_page_about_sync() -> None:
    page = (pathlib.Path(__file__).parents[2] / "docs" / "sync.md").read_text(encoding="utf-8")
    assert [code for code in reasons._table() if f"`{code}`" not in page] == []


def test_what_another_program_stored_otherwise_breaks_nothing() -> None:
    for values in ({}, None, {"url": 5}, {"errno": "many"}):
        for code in ("not-enrolled", "system", "revoked", 5, None):
            assert isinstance(reasons.told({"why": "x", "code": code, "values": values}), str)
