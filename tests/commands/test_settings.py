"""Settings in the environment: one that cannot be used is named in a line, and the exit code is that of a bad setting."""

from __future__ import annotations

import pytest

from .conftest import Officer


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("EMERGENCY_NOW", "14:00", "duty now"),
        ("EMERGENCY_NOW", "2026-02-30T10:00:00Z", "team add name=x region=110106"),
        ("EMERGENCY_NOW", "now", "incident list --as-of 2026-07-30"),
        ("EMERGENCY_STALE_AFTER", "soon", "team list ready"),
        ("EMERGENCY_REGISTER_STALE_AFTER", "30", "team readiness"),
        ("EMERGENCY_REST_AFTER", "-1h", "team rest"),
        ("EMERGENCY_ROUTING", "osrm", "plan callup FT-6"),
        ("EMERGENCY_ROUTING", "osrm:gopher://x", "plan callup FT-6"),
        ("EMERGENCY_HUB", "mysql://x", "hub stations"),
        ("EMERGENCY_NOW", "14:00", "hub serve --port 0"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    desk: Officer, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    desk.done("incident", "need", "FT-6", "people>=6")
    monkeypatch.setenv(name, value)
    result = desk(*words.split())
    assert result.code == 78, result
    (first, *more) = result.err.splitlines()
    assert first.startswith("emergency: ") and len(more) <= 1
    # What stands in an address may be a password.
    assert name in first or (name == "EMERGENCY_HUB" and "mysql://" in first)


def test_a_routing_server_that_was_typed_wrongly_is_bad_usage(
    desk: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.done("incident", "need", "FT-6", "people>=6")
    monkeypatch.setenv("EMERGENCY_ROUTING", "osrm:http://127.0.0.1:5000")
    said = desk.refused(2, "plan", "callup", "FT-6", "--routing", "osrm")
    assert "not a routing server: 'osrm'" in said and "EMERGENCY_ROUTING" not in said
