"""Own samples of the shapes of messages/cap, and of others like them: nothing known beforehand, no harm from what is new."""

from __future__ import annotations

import json

import pytest

from emergency.plugins.alerts import read
from emergency.store.errors import EmergencyError

from .alert_reading import SHARED, alerts, one, says, values
from .alert_samples import AREA, BEIJING, CAP, NESTED, QWEATHER, TENCENT, cap, numbered


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


def test_cap_as_json_is_cap() -> None:
    area = {
        "areaDesc": "房山区",
        "geocode": [{"valueName": "GB/T 2260", "value": "110111"}],
        "circle": "39.7,116 5",
    }
    info = {
        "language": "zh-CN",
        "event": "暴雨",
        "severity": "Severe",
        "headline": "暴雨橙色预警",
        "area": [area],
    }
    head = {"identifier": "J1", "sender": "s", "sent": "2026-07-31T06:00:00+08:00", "status": "Exercise"}
    found = one(
        {
            "alert": head
            | {"msgType": "Update", "references": "s,J0,2026-07-31T05:00:00+08:00", "info": [info]}
        }
    )
    says(
        found,
        identifier="J1",
        status="Exercise",
        msg_type="Update",
        colour="orange",
        regions=["110111"],
        references=[["s", "J0", "2026-07-31T05:00:00+08:00"]],
        form="JSON",
    )
    assert found["areas"][0]["circles"] == ["39.7,116 5"]


def test_alerts_as_geojson() -> None:
    properties = {
        "@id": "https://x/urn:x",
        "id": "urn:x",
        "areaDesc": "Cleveland, OK",
        "sent": "2026-07-30T21:00:00-05:00",
        "status": "Actual",
        "messageType": "Update",
        "event": "Severe Thunderstorm Warning",
        "sender": "w@example",
        "severity": "Severe",
        "references": [
            {"@id": "y", "identifier": "urn:y", "sender": "w@example", "sent": "2026-07-30T20:00:00-05:00"}
        ],
    }
    ring = [[-97.1, 35.0], [-97.0, 35.0], [-97.0, 35.1], [-97.1, 35.0]]
    feature = {
        "id": "https://x/urn:x",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": properties,
    }
    found = one({"type": "FeatureCollection", "features": [feature]})
    says(found, identifier="urn:x", msg_type="Update", colour=None, severity="Severe", area="Cleveland, OK")
    assert found["references"] == [["w@example", "urn:y", "2026-07-30T20:00:00-05:00"]]
    assert found["areas"][0]["polygons"] == ["35,-97.1 35,-97 35.1,-97 35,-97.1"]


def test_a_place_that_only_the_headline_tells() -> None:
    says(
        one(
            {
                "alerts": [
                    {"headline": "房山区雷电黄色预警信号", "issueTime": 1785448800000, "eventType": "雷电"}
                ]
            }
        ),
        area="房山区",
        colour="yellow",
        event="雷电",
        sent="2026-07-31T06:00:00+08:00",
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


def test_the_number_of_a_picture_is_no_name_of_what_is_warned_of() -> None:
    feed = {
        "alertData": [
            {
                "title": "河北省气象台发布暴雨红色预警信号",
                "issuetime": "2026/07/31 06:00",
                "alertid": "13000041600000_1",
                "type": "p0002001",
            }
        ]
    }
    says(one(feed), event="暴雨", event_code="p0002001", colour="red", area="河北省")


def test_an_offset_of_hours_alone() -> None:
    says(one(cap(sent="2026-07-31T06:00:00+08")), sent="2026-07-31T06:00:00+08:00")
    says(one(cap(sent="2026-07-31T06:00-05")), sent="2026-07-31T19:00:00+08:00")
    says(one(cap(sent="2026-07-31")), sent="2026-07-31T00:00:00+08:00")


def test_an_alert_of_a_feed_that_is_too_long_keeps_no_other_out() -> None:
    told = {"title": "北京市气象台发布暴雨红色预警", "pub_time": "2026-07-31 06:00"}
    feed = {
        "alerts": [{**told, "id": "1"}, {**told, "id": "2", "content": "雨" * 50_000}, {**told, "id": "3"}]
    }
    reading = read(json.dumps(feed).encode(), "feed")
    assert [m.values["identifier"] for m in reading.messages] == ["1", "3"]
    assert [(r.name, "50000" in r.why) for r in reading.refused] == [("2", True)]


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


def test_a_colour_in_the_place_of_the_severity_is_a_colour() -> None:
    says(one(cap(severity="YELLOW", headline="暴雨预警")), colour="yellow", severity=None)


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
