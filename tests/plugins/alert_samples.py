"""Alerts written for the tests, in the shapes that real ones have."""

from __future__ import annotations

from typing import Any

CAP = "urn:oasis:names:tc:emergency:cap:"
HEAD = {
    "identifier": "TEST-1",
    "sender": "11000041600000",
    "sent": "2026-07-31T06:00:00+08:00",
    "status": "Actual",
    "msgType": "Alert",
    "scope": "Public",
}
INFO = {
    "language": "zh-CN",
    "category": "Met",
    "event": "暴雨",
    "urgency": "Immediate",
    "severity": "Severe",
    "certainty": "Likely",
    "expires": "2026-08-01T06:00:00+08:00",
    "senderName": "北京市气象台",
    "headline": "北京市气象台发布暴雨橙色预警",
    "description": "预计未来六小时有强降水。",
}
AREA = (
    "<area><areaDesc>房山区、丰台区</areaDesc><geocode><valueName>GB/T 2260</valueName><value>110111</value></geocode>"
    "<geocode><valueName>GB/T 2260</valueName><value>110106</value></geocode></area>"
)


def element(name: str, text: str) -> str:
    """One element with plain text."""
    return f"<{name}>{text}</{name}>" if text else ""


def cap(
    *, namespace: str = CAP + "1.2", area: str = AREA, more: str = "", references: str = "", **said: str
) -> str:
    """An alert; `said` replaces what the head or the info says, "" leaves it out."""
    head = "".join(element(k, said.get(k, v)) for k, v in HEAD.items())
    info = "".join(element(k, said.get(k, v)) for k, v in INFO.items())
    return (
        f'<alert xmlns="{namespace}">{head}{element("references", references)}'
        f"<info>{info}{more}{area}</info></alert>"
    )


def numbered(n: int, **said: str) -> str:
    """An alert of a series, each an hour after the one before."""
    sent = f"2026-07-31T{n:02}:00:00+08:00"
    return cap(identifier=f"TEST-{n}", sent=sent, **said)


def reference(n: int) -> str:
    """What names the alert `numbered(n)` in another."""
    return f"11000041600000,TEST-{n},2026-07-31T{n:02}:00:00+08:00"


#: The three shapes of messages/cap, with other content; and further ones of the kind.
BEIJING: dict[str, Any] = {
    "alerts": [
        {
            "alert_level": "黄色",
            "alert_name": "雷电",
            "content": "市气象台2026年07月31日06时00分发布雷电黄色预警信号，预计本市有雷阵雨。（预警信息来源：国家预警信息发布中心）",
            "pub_time": "2026-07-31 06:05:19",
            "title": "北京市气象台发布雷电黄色预警信号",
        }
    ]
}
QWEATHER: dict[str, Any] = {
    "metadata": {"attributions": ["国家预警信息发布中心", "以官方数据发布为准。"]},
    "alerts": [
        {
            "id": "202607310601225061499885",
            "areaId": "130600",
            "areaName": "保定市",
            "senderName": "保定市气象台",
            "issuedTime": "2026-07-31T22:01Z",
            "messageType": {"code": "update", "supersedes": ["202607310001225061499880"]},
            "expiresTime": "2026-08-01T22:01Z",
            "eventType": {"name": "暴雨", "code": "1003"},
            "severity": "severe",
            "color": {"code": "red", "red": 255, "green": 0, "blue": 0, "alpha": 1},
            "headline": "保定市气象台变更发布暴雨红色预警",
            "description": "保定市气象台将暴雨橙色预警升级为红色预警。",
            "responseTypes": ["prepare", "avoid"],
            "instruction": "停止户外作业。",
        }
    ],
}
TENCENT: dict[str, Any] = {
    "data": {
        "alarm": {
            "0": {
                "type_name": "大风",
                "update_time": "2026-07-31 05:25",
                "level_name": "蓝色",
                "province": "河北省",
                "city": "保定市",
                "county": "涿州市",
                "level_code": "01",
                "detail": "市气象台2026年07月31日05时20分发布大风蓝色预警信号。请注意防范。（预警信息来源：国家预警信息发布中心）",
                "url": "10109-20260731052528-0501.html",
                "info": "202607310525545112大风蓝色",
                "type_code": "05",
            }
        }
    },
    "message": "OK",
    "status": 200,
}
#: Lists in lists, places around the alerts, a time in seconds, a number for a code.
NESTED: dict[str, Any] = {
    "code": "200",
    "results": [
        {
            "location": {"name": "房山", "id": "WX4FBXXFKE4F"},
            "alarms": [
                [
                    {
                        "title": "",
                        "type": "暴雨",
                        "level": "橙色",
                        "status": "预警中",
                        "description": "房山区气象台发布暴雨橙色预警。",
                        "pubtimestamp": 1785447300,
                        "adcode": 110111,
                        "unheard-of": {"deep": [None, {"x": []}]},
                    }
                ]
            ],
        }
    ],
}
