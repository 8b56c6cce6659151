"""What two plans differ in, and what may be asked of a plan."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergency.store.errors import InvalidValue
from emergency.tui import plans
from emergency.tui.planasked import Asked, read
from emergency.tui.plans import NEW, Out


def line(incident: str, team: str, count: int) -> dict[str, Any]:
    """A line of a plan: so many people."""
    return {
        "incident": incident, "holder_kind": "team", "holder": team, "name": team, "sample": False, "kind": "people",
        "item": None, "label": None, "unit": None, "count": count, "equipment": [], "gives": {}, "minutes": 1.0, "late_minutes": 0.0,
        "source": "", "drafted_before": False, "without_it": None,
    }  # fmt: skip


PLANS = st.dictionaries(
    st.tuples(st.sampled_from(["I1", "I2"]), st.sampled_from(["A", "B", "C"])), st.integers(1, 3)
).map(
    lambda found: {
        "incidents": [{"id": "I1"}, {"id": "I2"}],
        "lines": [line(*key, count) for key, count in found.items()],
    }
)


@given(PLANS, PLANS)
def test_every_line_of_two_plans_is_the_same_changed_new_or_gone(before: Any, now: Any) -> None:
    found = plans.changes(before, now)
    old, new = ({unit.key: unit for unit in plans.units(value)} for value in (before, now))
    assert set(found.marks) == set(new)
    for key, unit in new.items():
        same = key in old and old[key].sent == unit.sent
        assert (found.marks[key] == "") == same
        assert found.marks[key] != NEW or key not in old
    # A team that only went elsewhere is not gone.
    assert {unit.key for unit in found.gone} <= set(old) - set(new)
    freed = {old[key].who for key in set(old) - set(new)}
    assert {unit.who for unit in found.gone} == freed - {new[key].who for key in set(new) - set(old)}
    assert plans.changes(now, now).gone == () and not any(plans.changes(now, now).marks.values())


@given(st.lists(st.sampled_from(["A", "B", "C"])))
def test_leaving_out_twice_is_leaving_in(teams: list[str]) -> None:
    asked = Asked(("I1",))
    for team in teams:
        asked = asked.turned(Out(team, ""))
    assert {one.id for one in asked.out} == {team for team in teams if teams.count(team) % 2}


@pytest.mark.parametrize(
    "text", ["--issue", "BJ-1", "--json", "--override", "--standby=yes", "--seconds", "'", "--as-of 1"]
)
def test_no_other_option_is_slipped_in(text: str) -> None:
    with pytest.raises(InvalidValue):
        read(text)


#: What a line of options is made of: those of a plan, those of the command and of the program, and words.
_TYPED = st.lists(
    st.sampled_from(
        [
            "--standby",
            "--complete",
            "--over",
            "--override",
            "--seconds",
            "--over=5%",
            "--seconds=3",
            "--override=水",
            "--issue",
            "--json",
            "--without",
            "--style=few",
            "--store",
            "--as-of",
            "--as-of=1",
            "--dry-run",
            "-n",
            "--yes",
            "FT-1",
            "20%",
            "3",
            "x",
            "'",
            '"',
            "'地",
            "铁'",
            "--",
            "-",
            "=",
            "--overr",
            "--sec",
        ]
    )
    | st.text(max_size=4),
    max_size=6,
).map(" ".join)


@given(_TYPED)
def test_whatever_is_typed_is_options_of_a_plan_or_refused(text: str) -> None:
    try:
        found = read(text)
    except InvalidValue:
        return
    assert all(
        word.partition("=")[0] in ("--standby", "--complete", "--over", "--override", "--seconds")
        for word in found
    )
