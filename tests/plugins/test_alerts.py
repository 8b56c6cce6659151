"""Alerts read as a person would read them: every file of ../shared/messages/cap, and own samples of those shapes."""

from __future__ import annotations

import json
import os
import pathlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emergency.plugins.alerts import Message, read
from emergency.store.errors import EmergencyError
from emergency.store.times import format_time

from .alert_samples import AREA, BEIJING, CAP, NESTED, QWEATHER, TENCENT, cap, numbered

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
            format_time(value) if isinstance(value, int) else json.loads(value) if structured else value
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


# -- the real ones --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "kind", "colour", "severity", "sent", "headline", "refers"),
    [
        ("01-alert-orange.xml", "Alert", "orange", "Severe", "2023-07-29T18:00:00+08:00", "北京市发布暴雨橙色预警（演练）", None),
        ("02-update-red.xml", "Update", "red", "Extreme", "2023-07-30T09:30:00+08:00", "北京市发布暴雨红色预警（演练）",
         ["11000041600000", "11000041600000_20230729180000_0", "2023-07-29T18:00:00+08:00"]),
        ("03-cancel.xml", "Cancel", "red", "Extreme", "2023-08-02T08:00:00+08:00", "北京市解除暴雨红色预警（演练）",
         ["11000041600000", "11000041600000_20230730093000_0", "2023-07-30T09:30:00+08:00"]),
    ],
)  # fmt: skip
def test_the_chinese_cap_files(
    file: str, kind: str, colour: str, severity: str, sent: str, headline: str, refers: list[str] | None
) -> None:
    (found,) = shared(file)
    says(
        found,
        sender="11000041600000",
        sent=sent,
        status="Exercise",
        msg_type=kind,
        scope="Public",
        event="暴雨",
        event_code="11B03",
        category="Met",
        colour=colour,
        level=None,
        severity=severity,
        urgency="Past" if kind == "Cancel" else "Immediate",
        certainty="Likely",
        effective=sent,
        onset=None,
        expires="2023-08-01T20:00:00+08:00",
        headline=headline,
        description="演练数据，非真实预警。",
        instruction="责令应急救援队伍进入待命状态。",
        sender_name="北京市气象台",
        language="zh-CN",
        area="门头沟区、房山区",
        regions=["110109", "110111"],
        references=None if refers is None else [refers],
        parameters=[["jjj:colour", colour.title()]],
        signature="unsigned",
        form="CAP 1.2",
    )
    stamp = "".join(c for c in sent[:19] if c.isdigit())
    assert found["identifier"] == f"11000041600000_{stamp}_0"


def test_an_earthquake_of_cap_1_1() -> None:
    (found,) = shared("cap_earthquake.cap")
    says(
        found,
        identifier="USGS-earthquakes-us2010apcd.6.20100831T000925.496Z",
        sender="http://earthquake.usgs.gov/research/monitoring/anss/neic/",
        sent="2010-08-31T13:09:25+08:00",
        status="Actual",
        msg_type="Alert",
        event="Earthquake",
        event_code="EQW",
        colour=None,
        urgency="Past",
        severity="Unknown",
        certainty="Likely",
        expires="2010-09-02T13:09:25+08:00",
        sender_name="U.S. Geological Survey",
        headline="EQ 6.3 Neiafu, Tonga - PRELIMINARY REPORT",
        form="CAP 1.1",
        regions=None,
    )
    assert found["areas"][0]["circles"] == ["-16.053,-173.274 0"]
    assert ["Magnitude", "6.3"] in found["parameters"] and len(found["parameters"]) == 12


def test_a_flash_flood_watch_of_cap_1_1() -> None:
    (found,) = shared("cap_weather.cap")
    says(
        found,
        identifier="NOAA-NWS-ALERTS-MT20100830100700TFXFlashFloodWatchTFX20100830180000MT",
        event="Flash Flood Watch",
        event_code="FFA",
        colour=None,
        sent="2010-08-30T18:07:00+08:00",
        effective="2010-08-30T18:07:00+08:00",
        expires="2010-08-31T02:00:00+08:00",
        certainty="Possible",
        area="Central and Southern Lewis and Clark; Lewis and Clark",
        # 030049 is a county of Montana by FIPS, and no division of GB/T 2260.
        regions=None,
    )
    assert found["areas"][0]["codes"] == [["FIPS6", "030049"], ["UGC", "MTZ014"]]
    assert found["description"].startswith("...FLASH FLOOD WATCH REMAINS IN EFFECT")
    assert found["note"].startswith("Alert for Central and Southern Lewis and Clark")


def test_a_test_alert_in_two_languages() -> None:
    (found,) = shared("sahana_Fiji_Water_Shortage_Suva.xml")
    says(
        found,
        identifier="urn:oid:.2019.12.03.021",
        status="Test",
        source="localhost@http://localhost:8000",
        event="Drought",
        onset="2019-12-02T17:06:46+08:00",
        response_types="Prepare",
        headline="Water Shortage in SUVA.",
        references=[
            ["fsm_editor@example.com", "urn:oid:2.49.0.0.242.2.1.2019.12.02.015", "2019-12-02T09:23:17+00:00"]
        ],
        language="en-US",
    )
    assert [o["language"] for o in found["others"]] == ["hi"]
    assert found["others"][0]["headline"].startswith("SUVA में")


def test_the_feed_of_beijing() -> None:
    (found,) = shared("cn_beijing_rainstorm_orange_20250826.json")
    says(
        found,
        sender="北京市气象台",
        sender_name="北京市气象台",
        sent="2025-08-26T16:30:19+08:00",
        status="Actual",
        msg_type="Update",
        event="暴雨",
        colour="orange",
        level=None,
        severity=None,
        expires=None,
        headline="北京市气象台升级发布暴雨橙色预警信号",
        area="北京市",
        source="国家预警信息发布中心",
        form="JSON",
    )
    assert found["description"].startswith("市气象台2025年08月26日16时00分继续发布暴雨橙色预警信号，预计")


def test_the_feed_of_nanjing() -> None:
    (found,) = shared("cn_qweather_v1_nanjing_20260802.json")
    says(
        found,
        identifier="202608021748225061499885",
        sender_name="南京市气象台",
        sent="2026-08-02T17:48:00+08:00",
        effective="2026-08-02T17:48:00+08:00",
        onset="2026-08-02T17:48:00+08:00",
        expires="2026-08-03T17:48:00+08:00",
        event="高温",
        event_code="1009",
        severity="Severe",
        colour="orange",
        headline="南京市气象台发布高温橙色预警",
        instruction="1. 有关部门落实防暑降温保障措施。\n2. 尽量避免在高温时段进行户外活动。",
        response_types="monitor",
        area="南京市",
        regions=["320100"],
        source="国家预警信息发布中心",
        status="Actual",
        msg_type="Alert",
    )


def test_the_numbered_feed_of_beijing() -> None:
    wind, cold = shared("cn_tencent_beijing_20181210.json")
    says(
        wind,
        identifier="10101-20181210162528-0501",
        event="大风",
        event_code="05",
        colour="blue",
        sent="2018-12-10T16:25:00+08:00",
        sender_name="北京市气象台",
        area="北京市",
        headline="市气象台2018年12月10日16时20分发布大风蓝色预警信号",
        msg_type="Alert",
        status="Actual",
        source="国家预警信息发布中心",
    )
    says(
        cold,
        event="持续低温",
        colour="blue",
        sent="2018-12-10T10:45:00+08:00",
        msg_type="Update",
        area="北京市",
    )


# -- own samples of those shapes, and of others like them -----------------------------------------


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_each_version_of_cap_and_none(version: str) -> None:
    namespace = "http://www.incident.com/cap/1.0" if version == "1.0" else CAP + version
    says(
        one(cap(namespace=namespace)),
        identifier="TEST-1",
        form=f"CAP {version}",
        colour="orange",
        event="暴雨",
    )
    says(one(cap().replace(f' xmlns="{CAP}1.2"', "")), identifier="TEST-1", form="CAP")


def test_pairs_as_cap_1_0_wrote_them() -> None:
    area = "<area><areaDesc>房山</areaDesc><geocode>GB/T 2260=110111</geocode></area>"
    found = one(
        cap(area=area, more="<parameter>colour=Red</parameter><eventCode>GB/T 35561=11B03</eventCode>")
    )
    says(found, colour="red", event_code="11B03", regions=["110111"])


def test_prefixes_wrappers_and_several_in_one_file() -> None:
    inner = cap().replace("<", "<cap:").replace("<cap:/", "</cap:").replace("xmlns=", "xmlns:cap=")
    wrapped = (
        '<EDXLDistribution xmlns="urn:oasis:names:tc:emergency:EDXL:DE:1.0"><contentObject><xmlContent>'
        f"<embeddedXMLContent>{inner}{numbered(2)}</embeddedXMLContent></xmlContent></contentObject></EDXLDistribution>"
    )
    assert [m.values["identifier"] for m in alerts(wrapped)] == ["TEST-1", "TEST-2"]


def test_a_feed_with_alerts_inside_as_elements_and_as_text() -> None:
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>预警</title>'
        f"<entry><id>a</id><title>x</title><content type='text/xml'>{numbered(3)}</content></entry>"
        f"<entry><id>b</id><title>y</title><content><![CDATA[{numbered(4)}]]></content></entry></feed>"
    )
    assert [m.values["identifier"] for m in alerts(feed)] == ["TEST-3", "TEST-4"]
    escaped = numbered(5).replace("&", "&amp;").replace("<", "&lt;")
    rss = f"<rss version='2.0'><channel><item><title>z</title><description>{escaped}</description></item></channel></rss>"
    assert [m.values["identifier"] for m in alerts(rss)] == ["TEST-5"]


def test_an_entry_that_tells_of_an_alert_in_fields_of_cap() -> None:
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:cap="urn:oasis:names:tc:emergency:cap:1.2"><entry>'
        "<id>u</id><title>北京市气象台发布大风蓝色预警</title><updated>2026-07-31T06:00:00Z</updated>"
        "<cap:identifier>E-1</cap:identifier><cap:event>大风</cap:event><cap:status>Actual</cap:status>"
        "<cap:message_type>Alert</cap:message_type><cap:areaDesc>丰台区</cap:areaDesc>"
        "<cap:expires>2026-08-01T06:00:00Z</cap:expires></entry></feed>"
    )
    says(
        one(feed),
        identifier="E-1",
        event="大风",
        colour="blue",
        sent="2026-07-31T14:00:00+08:00",
        expires="2026-08-01T14:00:00+08:00",
        status="Actual",
        area="丰台区",
        sender_name="北京市气象台",
        form="Atom",
    )


def test_a_feed_that_only_links_to_its_alerts() -> None:
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>u</id><title>Rain</title>'
        "<link type='application/cap+xml' href='https://example.org/a.xml'/>"
        "<link type='application/cap+xml' href='file:///etc/passwd'/></entry></feed>"
    )
    reading = read(feed.encode(), "feed")
    assert reading.messages == () and reading.links == ("https://example.org/a.xml",)


def test_a_feed_with_nothing_in_it_today() -> None:
    for text in (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>none</title></feed>',
        "[]",
        '{"metadata": {"zeroResult": true}, "alerts": []}',
        '{"data": {"alarm": {}}, "message": "OK", "status": 200}',
        '{"code": "200", "warning": []}',
    ):
        assert alerts(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "<html><body>404</body></html>",
        '{"now": {"temp": "24", "text": "晴"}}',
        '{"a": 1}',
        "3",
        "预警",
        "",
        " \n",
    ],
)
def test_what_is_no_feed_of_alerts_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(EmergencyError) as refused:
        read(text.encode(), "it")
    assert "\n" not in refused.value.message and "it" in refused.value.message


def test_the_samples_of_the_three_chinese_shapes() -> None:
    says(one(BEIJING), event="雷电", colour="yellow", sender="北京市气象台", sent="2026-07-31T06:05:19+08:00", area="北京市", msg_type="Alert")  # fmt: skip
    says(
        one(QWEATHER),
        event="暴雨",
        colour="red",
        msg_type="Update",
        references=[["", "202607310001225061499880", ""]],
        regions=["130600"],
        sent="2026-08-01T06:01:00+08:00",
        response_types="prepare; avoid",
    )
    says(
        one(TENCENT),
        identifier="10109-20260731052528-0501",
        event="大风",
        colour="blue",
        area="河北省保定市涿州市",
        sender_name="涿州市气象台",
    )
    says(
        one(NESTED),
        event="暴雨",
        colour="orange",
        area="房山",
        regions=["110111"],
        sent="2026-07-31T05:35:00+08:00",
        sender_name="房山区气象台",
        status="Actual",
    )


def test_numbers_as_text_unknown_fields_and_missing_ones() -> None:
    given = {
        "warning": [
            {
                "id": 10101,
                "typeName": "大雾",
                "severityColor": "Yellow",
                "pubTime": "20260731060000",
                "new": [[[]]],
            }
        ]
    }
    says(
        one(given),
        identifier="10101",
        event="大雾",
        colour="yellow",
        sent="2026-07-31T06:00:00+08:00",
        headline=None,
    )


def test_a_warning_with_its_colour_in_the_title_alone() -> None:
    says(
        one({"list": [{"title": "石家庄市气象台将大风黄色预警升级为大风橙色预警", "issuetime": "2026/07/31 06:00", "alertid": "x1"}]}),
        colour="orange",
        event="大风",
        msg_type="Update",
        identifier="x1",
        sent="2026-07-31T06:00:00+08:00",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("北京市气象台发布暴雨蓝色预警", "Alert"),
        ("北京市气象台继续发布暴雨蓝色预警", "Update"),
        ("北京市气象台升级发布暴雨橙色预警", "Update"),
        ("北京市气象台解除暴雨蓝色预警", "Cancel"),
        ("北京市气象台解除暴雨橙色预警，发布暴雨黄色预警", "Update"),
    ],
)
def test_what_kind_of_message_a_title_is(title: str, kind: str) -> None:
    says(one({"alerts": [{"title": title, "pub_time": "2026-07-31 06:00"}]}), msg_type=kind, event="暴雨")


def test_a_drill_is_a_drill_by_its_words_where_no_field_says_it() -> None:
    title = "【演练】北京市气象台发布暴雨红色预警"
    says(one({"alerts": [{"title": title, "pub_time": "2026-07-31 06:00"}]}), status="Exercise", colour="red")


def test_a_status_that_is_missing_is_never_taken_for_real() -> None:
    (message,) = alerts(cap(status=""))
    assert "status" not in message.values and any("real" in r for r in message.remarks)
    (message,) = alerts(cap(headline="演练：暴雨橙色预警"))
    assert message.values["status"] == "Actual" and any("exercise" in r for r in message.remarks)


def test_colour_and_response_level_are_two_things() -> None:
    level = "<parameter><valueName>响应级别</valueName><value>Ⅲ级</value></parameter>"
    says(one(cap(more=level)), colour="orange", level="III")
    says(one(cap(headline="启动一级应急响应", event="防汛")), colour=None, level=None)


def test_a_red_flag_is_no_colour() -> None:
    says(one(cap(headline="Red Flag Warning issued", event="Red Flag Warning")), colour=None)
    says(one(cap(headline="Orange warning for rain", event="Rain")), colour="orange")


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8-sig", "utf-16"])
def test_encodings(encoding: str) -> None:
    declared = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16"}.get(encoding, encoding)
    says(
        one(f'<?xml version="1.0" encoding="{declared}"?>{cap()}'.encode(encoding)),
        event="暴雨",
        area="房山区、丰台区",
    )
    says(one(json.dumps(BEIJING, ensure_ascii=False).encode(encoding)), event="雷电")


def test_gb18030_that_says_it_is_utf_8() -> None:
    says(one(f'<?xml version="1.0" encoding="UTF-8"?>{cap()}'.encode("gb18030")), event="暴雨")


def test_json_wrapped_in_a_script() -> None:
    for before, behind in (("callback(", ");"), ("var alarminfo=", ";")):
        says(one(before + json.dumps(BEIJING, ensure_ascii=False) + behind), event="雷电")


def test_polygons_circles_and_what_is_half_of_one() -> None:
    area = (
        "<area><areaDesc>x</areaDesc><polygon>39.7,116.0 39.8,116.0 39.8, 116.1</polygon><circle>39.7,116 5</circle>"
        "<polygon>39.7,116.0 rubbish 39.8,116.0 39.8,116.1</polygon><polygon>95,116 39,116 38,115</polygon></area>"
    )
    (message,) = alerts(cap(area=area))
    (found,) = values(message)["areas"]
    assert found["polygons"] == ["39.7,116 39.8,116 39.8,116.1 39.7,116"]
    assert found["circles"] == ["39.7,116 5"]
    assert sum("polygon" in r for r in message.remarks) == 2


def test_several_info_blocks_the_chinese_one_speaks() -> None:
    other = (
        "<info><language>en</language><event>Rain</event><headline>Rain</headline>"
        + AREA.replace("房山区、丰台区", "Fangshan")
        + "</info>"
    )
    found = one(cap().replace("<info>", other + "<info>", 1))
    says(found, event="暴雨", language="zh-CN", regions=["110111", "110106"])
    assert (
        found["others"] == [{"language": "en", "event": "Rain", "headline": "Rain"}]
        and len(found["areas"]) == 2
    )


def valid(text: str) -> None:
    """Whether the schema of CAP 1.2 takes it."""
    etree = pytest.importorskip("lxml.etree", reason="the extra `alerts` is not installed")
    path = SHARED / "cap12.xsd"
    if not path.exists():
        pytest.skip("../shared/messages/cap/cap12.xsd is not here")
    schema = etree.XMLSchema(etree.parse(str(path)))
    schema.assertValid(etree.fromstring(text.encode()))


def test_own_samples_are_valid_by_the_schema(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from emergency.commands import run

    valid(cap())
    valid(numbered(3, msgType="Update", references="a,b,2026-07-31T06:00:00+08:00"))
    monkeypatch.setenv("EMERGENCY_NOW", "2026-07-31T08:00:00+08:00")
    assert run(["alert", "sample"]) == 0
    valid(capsys.readouterr().out)


# -- whatever comes -------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
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
    max_leaves=30,
)


@settings(max_examples=80, deadline=None)
@given(JSON)
def test_any_json_is_read_or_refused(value: Any) -> None:
    try:
        found = read(json.dumps(value).encode("utf-8", "replace"), "it").messages
    except EmergencyError:
        return
    assert all(m.values["identifier"] for m in found)


@settings(max_examples=100, deadline=None)
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


@settings(max_examples=100, deadline=None)
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
