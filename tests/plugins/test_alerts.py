"""Every file of ../shared/messages/cap, read as a person would read it."""

from __future__ import annotations

import pytest

from .alert_reading import says, shared


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
