"""What `plan callup` and `plan stage` have in common: how long they may search."""

from __future__ import annotations

import pytest

from emergency.store.errors import Exit

from .conftest import Officer, Stage

PLANS = (("plan", "callup", Stage.INCIDENT), ("plan", "stage", "汛期", "--teams", "2"))


@pytest.mark.parametrize("words", PLANS, ids=lambda words: words[1])
@pytest.mark.parametrize("seconds", ["0", "0.4", "601", "soon"])
def test_a_search_too_short_or_too_long_is_refused(
    desk: Officer, words: tuple[str, ...], seconds: str
) -> None:
    before = desk.entries()
    said = desk(*words, "--seconds", seconds)
    assert (said.code, said.out) == (Exit.USAGE, "")
    assert "--seconds" in said.err
    assert desk.entries() == before


@pytest.mark.parametrize("words", PLANS, ids=lambda words: words[1])
def test_the_shortest_search_is_taken(desk: Officer, words: tuple[str, ...]) -> None:
    desk.done("duty", "report", Stage.DRAINERS, "--readiness", "ready", "--headcount", "20")
    desk.done("incident", "need", Stage.INCIDENT, "people>=4")
    desk.done("season", "add", "name=汛期", "kind=flood", "begin=06-01", "end=09-15")
    assert desk.done(*words, "--seconds", "0.5", "--json").json
