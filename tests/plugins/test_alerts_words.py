"""What only the words of an alert tell, or its fields tell in an unusual way: places, codes, grades, keys."""

from __future__ import annotations

from typing import Any

import pytest

from .alert_reading import alerts, one, says, values
from .alert_samples import cap

AT = "2026-07-31 06:00:00"


def remarks(given: Any) -> str:
    (message,) = alerts(given)
    return " | ".join(message.remarks)


# -- entries of feeds -----------------------------------------------------------------------------


def entry(n: int, title: str, author: str = "") -> str:
    by = f"<author><name>{author}</name></author>" if author else ""
    return f"<entry><id>urn:{n}</id><title>{title}</title><updated>2026-07-31T06:0{n}:00+08:00</updated>{by}</entry>"


def test_entries_of_one_author_are_for_the_places_of_their_headlines() -> None:
    author = "国家预警信息发布中心"
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom">'
        + entry(1, "北京市房山区气象台发布暴雨红色预警", author)
        + entry(2, "怀柔区发布暴雨蓝色预警", author)
        + entry(3, "暴雨蓝色预警", "北京市气象台")
        + "</feed>"
    )
    found = [values(m) for m in alerts(feed)]
    assert [f["area"] for f in found] == ["北京市房山区", "怀柔区", "北京市"]
    assert [f["areas"] for f in found] == [[{"desc": f["area"]}] for f in found]
    assert all("names no area" in r for m in alerts(feed) for r in m.remarks)


def test_an_item_of_rss_is_for_the_place_of_who_issued_it() -> None:
    item = f"<item><title>房山区气象台发布暴雨红色预警</title><pubDate>{AT}</pubDate><guid>g</guid></item>"
    says(one(f'<rss version="2.0"><channel>{item}</channel></rss>'), area="房山区", colour="red", form="RSS")


def test_an_entry_with_an_area_or_an_outline_keeps_it() -> None:
    def fields(more: str) -> str:
        return (
            '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:cap="urn:oasis:names:tc:emergency:cap:1.2">'
            f"<entry><id>u</id><title>北京市气象台发布暴雨红色预警</title>{more}</entry></feed>"
        )

    says(one(fields("<cap:areaDesc>丰台区</cap:areaDesc>")), area="丰台区")
    says(one(fields("<cap:polygon>39.7,116 39.8,116 39.8,116.1</cap:polygon>")), area=None)


@pytest.mark.parametrize("mark", ["【测试】", "（演练）", "[转发] ", "(1)(2)", "演练：", "【预警信息】"])
def test_what_is_marked_before_a_headline_is_no_part_of_a_name(mark: str) -> None:
    feed = {"alerts": [{"title": f"{mark}承德市气象台发布暴雨橙色预警", "pub_time": AT}]}
    says(one(feed), area="承德市", sender_name="承德市气象台", event="暴雨", colour="orange")


def test_an_office_in_brackets_is_who_issues_it() -> None:
    feed = {"alerts": [{"title": "【承德市气象台】发布暴雨橙色预警", "pub_time": AT}]}
    says(one(feed), area="承德市", sender_name="承德市气象台")


def test_a_warning_in_cap_that_names_no_area_says_so_and_what_carries_one_on_need_not() -> None:
    assert "names no area" in remarks(cap(area=""))
    says(one(cap(area="")), area=None, regions=None)
    assert not remarks(cap(area="", references="a,B,2026-07-31T05:00:00+08:00", msgType="Cancel"))
    assert not remarks(cap())


# -- codes of places ------------------------------------------------------------------------------


def area(*codes: str, desc: str = "x", name: str = "GB/T 2260") -> str:
    found = "".join(f"<geocode><valueName>{name}</valueName><value>{c}</value></geocode>" for c in codes)
    return f"<area><areaDesc>{desc}</areaDesc>{found}</area>"


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("110109,110106 110107", ["110109", "110106", "110107"]),
        ("110109;110106、110107|110108", ["110109", "110106", "110107", "110108"]),
        ("1101", ["110100"]),
        ("11", ["110000"]),
        ("１１０１１１", ["110111"]),
        ("110111000000", ["110111"]),
        ("110111001001", ["110111"]),
    ],
)
def test_codes_in_lists_and_beginnings_of_codes(given: str, read: list[str]) -> None:
    says(one(cap(area=area(given))), regions=read)


def test_what_is_no_code_is_left_for_the_register_to_refuse() -> None:
    found = one(cap(area=area("110109", "11O111")))
    says(found, regions=["110109"])
    assert found["areas"][0]["regions"] == ["110109", "11O111"]
    # Of another coding, or of none that is named, it is nothing of ours.
    for name in ("FIPS6", "UGC", "zone"):
        assert "regions" not in one(cap(area=area("11", "1101", "MTZ014", name=name)))["areas"][0]


# -- grades ---------------------------------------------------------------------------------------


def warning(**fields: Any) -> dict[str, Any]:
    given = {"title": "房山区气象台发布山洪灾害预警", "type": "山洪灾害", "publishTime": AT}
    return {"warnings": [given | fields]}


@pytest.mark.parametrize(
    ("grade", "colour"),
    [
        ("I级（特别严重）", "red"),
        ("Ⅰ级", "red"),
        ("Ⅰ", "red"),
        ("一级", "red"),
        ("1级", "red"),
        ("II级/严重", "orange"),
        ("二级预警", "orange"),
        ("Ⅲ级[较重]", "yellow"),
        ("较重（Ⅲ级）", "yellow"),
        ("IV", "blue"),
        ("四级", "blue"),
        ("特别严重", "red"),
        ("一般", "blue"),
        ("V级", None),
        ("8级", None),
        ("Ⅱ级响应", None),
        ("", None),
    ],
)
def test_the_grades_of_a_warning_are_its_colours(grade: str, colour: str | None) -> None:
    says(one(warning(level=grade)), colour=colour, level=None)
    parameter = f"<parameter><valueName>预警级别</valueName><value>{grade}</value></parameter>"
    says(one(cap(headline="山洪灾害预警", event="山洪灾害", more=parameter)), colour=colour, level=None)


@pytest.mark.parametrize(
    ("title", "colour"),
    [
        ("房山区气象台发布山洪灾害I级预警", "red"),
        ("房山区发布山洪灾害Ⅱ级（严重）预警", "orange"),
        ("房山区气象台将山洪灾害三级预警升级为二级预警", "orange"),
        ("北京市启动一级应急响应", None),
        ("北京市启动防汛Ⅱ级响应，发布预警提示", None),
        ("阵风8级预警提示", None),
        ("发布十二级预警", None),
    ],
)
def test_the_grade_in_a_headline_is_of_a_warning_and_never_of_a_response(
    title: str, colour: str | None
) -> None:
    says(one(cap(headline=title, event="山洪灾害")), colour=colour, level=None)
    says(one(warning(title=title)), colour=colour, level=None)


def test_the_level_of_a_response_makes_no_colour() -> None:
    says(one(warning(title="北京市启动防汛Ⅱ级应急响应", level="Ⅱ级")), colour=None)
    # Nor is how grave something is, by the word that CAP has for it.
    says(one(cap(headline="预警", severity="严重")), colour=None, severity="Severe")


def test_a_number_alone_is_of_either_end_and_told() -> None:
    for number in (1, "1", "04"):
        says(one(warning(level=number)), colour=None)
        assert "its grade is" in remarks(warning(level=number))
    assert "its grade is" not in remarks(warning(level="1", title="房山区气象台发布山洪灾害红色预警"))


def test_several_colours_of_one_alert_are_told() -> None:
    orange = "<parameter><valueName>jjj:colour</valueName><value>Orange</value></parameter>"
    red = cap(headline="北京市发布暴雨红色预警", more=orange)
    says(one(red), colour="orange")
    assert "orange, red" in remarks(red)
    assert remarks(cap(more=orange)) == ""
    assert "yellow, red" in remarks(warning(color="yellow", title="房山区气象台发布山洪灾害红色预警"))
    assert "several" not in remarks(warning(color="orange", title="房山区将山洪灾害黄色预警升级为橙色预警"))


@pytest.mark.parametrize("value", ["Ⅱ级响应", "II级应急响应", "二级响应", "启动Ⅱ级应急响应", "Ⅱ", "2"])
def test_a_response_level_as_it_is_written(value: str) -> None:
    given = f"<parameter><valueName>应急响应级别</valueName><value>{value}</value></parameter>"
    says(one(cap(more=given)), level="II", colour="orange")
    says(one(warning(responseLevel=value)), level="II", colour=None)


def test_a_response_level_that_is_none_is_told() -> None:
    given = "<parameter><valueName>应急响应级别</valueName><value>最高</value></parameter>"
    assert "'最高'" in remarks(cap(more=given)) and "'最高'" in remarks(warning(responseLevel="最高"))
    says(one(cap(more=given)), level=None)


# -- keys of feeds --------------------------------------------------------------------------------


def test_keys_that_say_again_whose_they_are() -> None:
    given = {
        "alarmType": "暴雨",
        "alarmLevel": "红色预警",
        "alarmTitle": "房山区气象台发布暴雨红色预警信号",
        "alarmContent": "预计",
        "alarmTime": AT,
        "areas": "房山区;丰台区",
    }
    says(
        one({"code": 200, "data": {"alarms": [given]}}),
        event="暴雨",
        colour="red",
        headline="房山区气象台发布暴雨红色预警信号",
        description="预计",
        sent="2026-07-31T06:00:00+08:00",
        area="房山区;丰台区",
    )
    given = {
        "signalType": "暴雨",
        "signalLevel": "红色",
        "issueTime": "2026-07-31T06:00:00",
        "issueContent": "房山区气象台31日6时发布暴雨红色预警信号",
        "province": "北京市",
        "county": "房山区",
    }
    says(
        one({"warnings": [given]}),
        event="暴雨",
        sender_name="房山区气象台",
        description=given["issueContent"],
        headline=given["issueContent"],
        area="北京市房山区",
    )
    chinese = {
        "预警标题": "房山区发布暴雨红色预警",
        "发布单位": "房山区气象台",
        "发布时间": "2026年07月31日06时00分",
        "预警级别": "红色",
        "预警内容": "有雨",
        "影响区域": "房山区、门头沟区",
    }
    says(
        one({"预警列表": [chinese]}),
        event="暴雨",
        headline="房山区发布暴雨红色预警",
        sender_name="房山区气象台",
        description="有雨",
        area="房山区、门头沟区",
    )


def test_a_key_of_its_own_wins_over_one_that_is_cut() -> None:
    says(one(warning(alarmTitle="另一个标题", title="房山区气象台发布山洪灾害红色预警")), headline="房山区气象台发布山洪灾害红色预警")  # fmt: skip


def test_codes_under_the_name_of_an_area_are_codes() -> None:
    found = one(warning(areas="110111,110106", level="红色", eventType="11B03"))
    says(found, regions=["110111", "110106"], event="山洪灾害", event_code="11B03")
    assert "110111" not in found["area"]
    says(one(warning(areaCodes=["110111000000"], level="红色")), regions=["110111"])
    # Where nothing else says what it warns of, the code does.
    says(one(warning(title="房山区红色预警", type="11B03")), event="11B03", event_code="11B03")


def test_an_outline_needs_no_name_of_an_area() -> None:
    ring = [[115.8, 39.6], [116.0, 39.6], [116.0, 39.8], [115.8, 39.6]]
    properties = {"headline": "房山区暴雨红色预警", "event": "暴雨", "sent": "2026-07-31T06:00:00+08:00"}
    feature = {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    collection = {"type": "FeatureCollection", "features": [feature]}
    found = one(collection)
    says(found, area=None, regions=None)
    assert found["areas"] == [{"polygons": ["39.6,115.8 39.6,116 39.8,116 39.6,115.8"]}]
    assert remarks(collection) == ""


def test_an_item_with_an_info_of_its_own_is_one_alert() -> None:
    """A feed that puts a block of CAP into its item, as no form says."""
    item = (
        "<item><title>北京市气象台发布暴雨红色预警</title><pubDate>Fri, 31 Jul 2026 08:00:00 +0800</pubDate>"
        "<info><event>暴雨</event><severity>Extreme</severity></info></item>"
    )
    says(
        one(f'<rss version="2.0"><channel>{item}</channel></rss>'),
        event="暴雨",
        severity="Extreme",
        colour="red",
    )
