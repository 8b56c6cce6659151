"""Whatever comes is read or refused by the program's own errors: any bytes, any JSON, any CAP."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from emergency.plugins.alerts import read
from emergency.store.errors import EmergencyError

from .alert_samples import cap


@settings(max_examples=150)
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"<", b"{", b"[", b"<alert>", b"\xef\xbb\xbf", b"\xff\xfe", b'{"alerts":[']),
)
def test_any_bytes_are_read_or_refused(data: bytes, start: bytes) -> None:
    try:
        read(start + data, "it")
    except EmergencyError as error:
        assert "\n" not in error.message


WORDS = st.sampled_from(
    [
        "alerts",
        "data",
        "alarm",
        "0",
        "title",
        "type_name",
        "level_name",
        "预警",
        "暴雨",
        "橙色",
        "2026-07-31",
        "06:00",
        "id",
        "location",
        "info",
        "detail",
        "red",
        "content",
        "sent",
        "messageType",
        "color",
        "areaId",
        "110111",
        "geometry",
        "coordinates",
        "references",
        "properties",
        "status",
        "Actual",
    ]
) | st.text(max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=6),
    max_leaves=15,
)


@settings(max_examples=80)
@given(JSON)
def test_any_json_is_read_or_refused(value: Any) -> None:
    try:
        found = read(json.dumps(value).encode("utf-8", "replace"), "it").messages
    except EmergencyError:
        return
    assert all(m.values["identifier"] for m in found)


@settings(max_examples=50)
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "id",
                "title",
                "type_name",
                "level_name",
                "update_time",
                "detail",
                "severity",
                "url",
                "city",
                "color",
                "eventType",
            ]
        ),
        JSON,
        max_size=8,
    )
)
def test_an_alert_with_anything_in_its_fields(fields: dict[str, Any]) -> None:
    first = {"title": "北京市气象台发布暴雨橙色预警", "type_name": "暴雨", "update_time": "2026-07-31 06:00"}
    try:
        found = read(json.dumps({"alerts": [first | fields]}).encode("utf-8", "replace"), "it").messages
    except EmergencyError:
        # Nothing is left of what it warns of.
        assert {"title", "type_name"} <= set(fields) or "update_time" in fields
        return
    for message in found:
        assert all(isinstance(v, str | int) for v in message.values.values())


TAGS = (
    "identifier",
    "sender",
    "sent",
    "status",
    "msgType",
    "scope",
    "references",
    "event",
    "expires",
    "headline",
    "language",
    "severity",
)


@settings(max_examples=50)
@given(
    st.dictionaries(st.sampled_from(TAGS), st.text(st.characters(min_codepoint=32, max_codepoint=0x9FFF, exclude_characters="<>&"), max_size=20)),
    st.sets(st.sampled_from(TAGS)),
    st.sampled_from(["", "<extra><deep>1</deep></extra>", "<area/>", "<parameter/>", "<geocode>=</geocode>"]),
)  # fmt: skip
def test_cap_with_fields_missing_further_or_strange(
    said: dict[str, str], without: set[str], more: str
) -> None:
    text = cap(more=more, **(said | dict.fromkeys(without, "")))
    try:
        (message,) = read(text.encode(), "it").messages
    except EmergencyError as error:
        # Without any mark of an alert it is none.
        assert "no alert" in error.message
        return
    assert message.values["identifier"]
    assert message.values.get("status") in (None, "Actual", "Exercise", "System", "Test", "Draft")
