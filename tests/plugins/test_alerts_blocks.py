"""Several blocks of one CAP alert: one thing said twice is one warning, two things are two."""

from __future__ import annotations

from typing import Any

import pytest

from emergency.plugins.alerts import read
from emergency.store.errors import UnreadableInput

from .alert_reading import alerts, says, values
from .alert_samples import element

HEAD = (
    '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>TWO</identifier><sender>s</sender>'
    "<sent>2026-07-31T06:00:00+08:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope>"
)
RED = {
    "language": "zh-CN",
    "event": "暴雨",
    "severity": "Extreme",
    "expires": "2026-08-29T06:00:00+08:00",
    "headline": "发布暴雨红色预警",
    "code": "110106",
    "desc": "丰台区",
}
ORANGE = RED | {
    "severity": "Severe",
    "expires": "2026-07-31T07:30:00+08:00",
    "headline": "发布暴雨橙色预警",
    "code": "110111",
    "desc": "房山区",
}


def info(said: dict[str, str]) -> str:
    area = f"<areaDesc>{said['desc']}</areaDesc>" if said["desc"] else ""
    if said["code"]:
        area += f"<geocode><valueName>GB/T 2260</valueName><value>{said['code']}</value></geocode>"
    words = "".join(element(k, v) for k, v in said.items() if k not in ("code", "desc"))
    return f"<info>{words}{element('area', area)}</info>"


def parts(*said: dict[str, str], head: str = HEAD) -> list[dict[str, Any]]:
    return [values(m) for m in alerts(head + "".join(map(info, said)) + "</alert>")]


def test_two_districts_with_two_colours_are_two_warnings() -> None:
    orange, red = parts(ORANGE, RED)
    says(orange, identifier="TWO", part=None, colour="orange", regions=["110111"], area="房山区", expires="2026-07-31T07:30:00+08:00")  # fmt: skip
    says(red, identifier="TWO", part=2, colour="red", regions=["110106"], area="丰台区", expires="2026-08-29T06:00:00+08:00")  # fmt: skip
    for message in alerts(HEAD + info(ORANGE) + info(RED) + "</alert>"):
        assert any("warns of 2 things" in r for r in message.remarks)


@pytest.mark.parametrize(
    "differs",
    [
        {"event": "雷电"},
        {"severity": "Severe"},
        {"headline": "发布暴雨橙色预警"},
        {"expires": "2026-08-29T06:00:01+08:00"},
        {"code": "110111"},
        {"desc": "丰台区北部"},
    ],
)
def test_whatever_differs_makes_two_of_them(differs: dict[str, str]) -> None:
    assert len(parts(RED, RED | differs)) == 2


def test_one_thing_said_twice_in_one_language_is_one() -> None:
    (found,) = parts(RED, RED | {"headline": "丰台区暴雨红色预警"})
    assert [o["headline"] for o in found["others"]] == ["丰台区暴雨红色预警"]
    assert len(parts(RED, RED | {"code": "", "desc": ""})) == 1


def test_the_same_in_another_language_is_one_and_something_else_there_is_another() -> None:
    english = RED | {
        "language": "en-US",
        "event": "Rain",
        "headline": "Red warning for rain",
        "desc": "Fengtai",
    }
    (found,) = parts(english, RED)
    says(found, event="暴雨", language="zh-CN", part=None)
    assert [o["event"] for o in found["others"]] == ["Rain"]
    chinese, other = parts(RED, english | {"code": "110111", "expires": "2026-08-30T06:00:00+08:00"})
    says(chinese, event="暴雨", regions=["110106"])
    says(other, event="Rain", part=2, regions=["110111"])


def test_each_translation_stands_by_what_it_translates() -> None:
    english = {"language": "en", "headline": ""}
    orange, red = parts(
        RED | english | {"event": "Rain, red", "desc": "Fengtai"},
        ORANGE | english | {"event": "Rain, orange", "desc": "Fangshan"},
        ORANGE,
        RED,
    )
    says(orange, colour="orange", area="房山区; Fangshan", regions=["110111"])
    says(red, colour="red", area="丰台区; Fengtai", regions=["110106"])
    # Where a translation says nothing by which to tell, none is lost and none becomes a warning.
    bare = {"language": "en", "severity": "", "expires": "", "headline": "", "code": "", "desc": ""}
    found = parts(ORANGE, RED, RED | bare | {"event": "one"}, RED | bare | {"event": "two"})
    assert [[o["event"] for o in f["others"]] for f in found] == [["one"], ["two"]]


def test_parts_without_an_identifier_share_the_one_they_are_given() -> None:
    orange, red = parts(ORANGE, RED, head=HEAD.replace("<identifier>TWO</identifier>", ""))
    assert orange["identifier"] == red["identifier"] and orange["identifier"].startswith("~")


def test_cap_as_json_has_its_parts_too() -> None:
    def block(said: dict[str, str]) -> dict[str, Any]:
        area = {"areaDesc": said["desc"], "geocode": {"valueName": "GB/T 2260", "value": said["code"]}}
        return {k: v for k, v in said.items() if k not in ("code", "desc")} | {"area": area}

    found = alerts(
        {"identifier": "J", "sent": "2026-07-31T06:00:00+08:00", "info": [block(ORANGE), block(RED)]}
    )
    assert [(m.values["colour"], m.values.get("part")) for m in found] == [("orange", None), ("red", 2)]


def test_blocks_without_number_are_refused() -> None:
    text = HEAD + "".join(info(RED | {"event": str(n)}) for n in range(401)) + "</alert>"
    (refusal,) = read(text.encode(), "x").refused
    assert "400 blocks" in refusal.why
    with pytest.raises(UnreadableInput, match="5000 alerts"):
        blocks = "".join(info(RED | {"event": str(n), "code": ""}) for n in range(390))
        read(f"<alerts>{(HEAD + blocks + '</alert>') * 13}</alerts>".encode(), "x")
