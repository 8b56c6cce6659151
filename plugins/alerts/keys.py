"""How feeds name what alerts say: their keys, without marks between words, in lower case, and without the word
that only says that it is an alert's (`alarmTitle`, `issueContent`, 预警标题)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: How feeds call each thing, without marks between words and in lower case; the first that says something counts.
NAMES: Mapping[str, tuple[str, ...]] = {
    "identifier": ("identifier", "alertid", "warningid", "alarmid", "warnid", "msgid", "id", "预警编号"),
    "sender": ("sender",),
    "sender_name": ("sendername", "publisher", "issuer", "issueorg", "sendorg", "publishorg", "unit", "org", "pubunit", "发布单位", "发布机构"),
    "event": ("eventtype", "typename", "alertname", "eventname", "event", "warningtype", "signaltype", "alerttype", "type", "预警类型", "预警类别", "类别"),
    "event_code": ("eventcode", "typecode", "eventtype", "code", "type"),
    "colour": ("color", "colour", "severitycolor", "levelname", "alertlevel", "warninglevel", "signallevel", "level", "grade", "预警等级", "预警级别", "预警颜色", "级别"),
    "severity": ("severity",),
    "urgency": ("urgency",),
    "certainty": ("certainty",),
    "level": ("responselevel", "响应级别", "响应等级"),
    "status": ("status",),
    "msg_type": ("msgtype", "messagetype", "sendtype", "status", "预警状态", "状态"),
    "scope": ("scope",),
    "sent": ("sent", "pubtime", "pubtimestamp", "issuedtime", "issuetime", "publishtime", "sendtime", "releasetime", "pubdate", "issuedat", "updatetime", "createtime", "time", "date", "发布时间"),
    "effective": ("effectivetime", "effective", "starttime", "begintime", "validfrom", "生效时间"),
    "onset": ("onsettime", "onset"),
    "expires": ("expirestime", "expiretime", "expires", "expire", "endtime", "validto", "invalidtime", "失效时间"),
    "headline": ("headline", "title", "alerttitle", "warningtitle", "标题"),
    "description": ("description", "content", "detail", "details", "text", "desc", "alertcontent", "warningtext", "内容", "预警内容"),
    "instruction": ("instruction", "instructions", "guide", "guideline", "guidance", "defense", "defence", "suggestion", "防御指南"),
    "area": ("areaname", "areadesc", "area", "regionname", "location", "locationname", "影响区域", "区域", "areas"),
    "language": ("language", "lang"),
    "web": ("web", "url", "link", "href", "fxlink"),
    "source": ("source", "datasource", "来源"),
}  # fmt: skip
#: Where codes of divisions stand.
CODES = (
    "areaid",
    "adcode",
    "areacode",
    "regionid",
    "regioncode",
    "divisioncode",
    "citycode",
    "geocode",
    "areacodes",
    "adcodes",
    "regioncodes",
    "geocodes",
    "areas",
    "区划代码",
    "行政区划代码",
)
#: What an alert refers to.
REFERENCES = ("references", "supersedes", "superseded", "related", "relatedids", "relatedid")
#: Parts of a place's name, widest first.
PLACES = (
    ("province", "provincename", "prov", "省"),
    ("city", "cityname", "市"),
    ("county", "district", "districtname", "countyname", "区县"),
)

_SPACE = re.compile(r"[\W_]+")
_OF_ALERTS = re.compile(r"^(?:alarm|alert|warning|warn|issue|signal|预警)(?:信息|信号|info)?")
_KNOWN = frozenset(
    (
        *(n for several in NAMES.values() for n in several),
        *CODES,
        *REFERENCES,
        *(n for p in PLACES for n in p),
    )
)


def keyed(value: Mapping[str, Any]) -> dict[str, Any]:
    """The values of an object by their plain keys; what has a key of its own wins over one that is cut to it."""
    out: dict[str, Any] = {}
    # `@id` is of the form, `id` is of the alert.
    for key, one in sorted(value.items(), key=lambda pair: str(pair[0]).startswith("@")):
        out.setdefault(_SPACE.sub("", str(key)).lower(), one)
    for key, one in list(out.items()):
        if key not in _KNOWN and (short := _OF_ALERTS.sub("", key)) in _KNOWN:
            out.setdefault(short, one)
    return out
