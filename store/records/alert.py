"""Alerts: what a warning says, as it came (rows M1, E5). The words are those of CAP 1.2.

The colour of a warning and the level of a response are two scales (Emergency Response Law 63 and 71):
each has a field of its own, and none is ever filled from the other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from emergency.store.errors import InvalidValue
from emergency.store.records.declare import Field, Record, register
from emergency.store.records.incident import LEVEL_WORDS, LEVELS
from emergency.store.records.types import Choice, Integer, Ref, Stored, Text, Time, Type
from emergency.store.text import safe
from emergency.store.words import _, ngettext

#: Only `Actual` is the real thing (row E4).
STATUSES = {
    "Actual": ("actual", "实际"),
    "Exercise": ("EXERCISE 演练", "EXERCISE 演练"),
    "System": ("SYSTEM 系统", "系统 SYSTEM"),
    "Test": ("TEST 测试", "测试 TEST"),
    "Draft": ("DRAFT 草稿", "草稿 DRAFT"),
}
MESSAGES = {
    "Alert": ("alert", "发布"),
    "Update": ("update", "更新"),
    "Cancel": ("cancel", "解除"),
    "Ack": ("acknowledgement", "确认"),
    "Error": ("error", "差错"),
}
SCOPES = {
    "Public": ("public", "公开"),
    "Restricted": ("restricted", "限定"),
    "Private": ("private", "非公开"),
}
URGENCIES = {
    "Immediate": ("immediate", "立即"),
    "Expected": ("expected", "即将"),
    "Future": ("future", "将来"),
    "Past": ("past", "已过"),
    "Unknown": ("unknown", "未知"),
}
SEVERITIES = {
    "Extreme": ("extreme", "极严重"),
    "Severe": ("severe", "严重"),
    "Moderate": ("moderate", "中等"),
    "Minor": ("minor", "轻微"),
    "Unknown": ("unknown", "未知"),
}
#: CAP 1.0 wrote `Very Likely`, which 1.1 made `Likely`.
CERTAINTIES = {
    "Observed": ("observed", "已发生"),
    "Likely": ("likely", "很可能"),
    "Possible": ("possible", "可能"),
    "Unlikely": ("unlikely", "不太可能"),
    "Unknown": ("unknown", "未知"),
}
#: The four of the law, gravest first, then those that some feeds have besides.
COLOURS = {
    "red": ("red", "红色"),
    "orange": ("orange", "橙色"),
    "yellow": ("yellow", "黄色"),
    "blue": ("blue", "蓝色"),
    "white": ("white", "白色"),
    "green": ("green", "绿色"),
    "grey": ("grey", "灰色"),
    "black": ("black", "黑色"),
}
#: The level that a colour stands for (Emergency Response Law 63): of the warning, never of a response.
COLOUR_RANK = {"red": 1, "orange": 2, "yellow": 3, "blue": 4}
SIGNATURES = {
    "valid": ("valid", "有效"),
    "unsigned": ("none", "无"),
    "untrusted": ("of nobody trusted here", "签名者不受信任"),
    "unchecked": ("not checked", "未核验"),
}


class Structured(Type):
    """JSON of a fixed shape, kept as text: a list, or an object, of texts and lists of them."""

    def __init__(self, shape: type, limit: int = 200_000) -> None:
        super().__init__(limit)
        self.shape = shape

    def parse(self, text: str) -> Stored:
        """JSON; for a list also plain words parted by `;`."""
        value = super().parse(text)
        if value is None:
            return None
        if self.shape is list and not str(value).startswith("["):
            words = [w.strip() for w in str(value).replace("；", ";").split(";") if w.strip()]
            return dumped(words)
        return self.check(value)

    def check(self, value: Any) -> Stored:
        text = super().check(value)
        if text is not None and not isinstance(loaded(text), self.shape):
            raise InvalidValue(_("not what this field can hold: {text}").format(text=safe(str(value)[:40])))
        return text

    def plainly(self, values: list[Any]) -> bool:
        """Never: each is looked at."""
        return False

    def show(self, value: Stored) -> str:
        return "" if value is None else "; ".join(_told(loaded(value)))

    def plain(self, value: Stored) -> Any:
        return self.shape() if value is None else loaded(value)


def dumped(value: Any) -> str | None:
    """Structured text as a fact holds it; None for what is empty."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if value else None


def loaded(value: Stored) -> Any:
    """What a structured field says; None where it is no JSON, which a fact of another program may hold."""
    try:
        return json.loads(str(value)) if value else None
    except (ValueError, RecursionError):
        return None


def _told(value: Any, deeper: int = 20) -> list[str]:
    """For a person: the words, and of areas and pairs what names them; what lies deeper is `~`."""
    if isinstance(value, Mapping):
        return (
            [f"{safe(str(k))}: {', '.join(_told(v, deeper - 1))}" for k, v in value.items()]
            if deeper
            else ["~"]
        )
    if not isinstance(value, list):
        return [safe(str(value))]
    out = []
    for one in value:
        if isinstance(one, Mapping):
            out.append(_named(one))
        elif isinstance(one, list):
            out.append("=".join(safe(str(part)) for part in one))
        else:
            out.append(safe(str(one)))
    return out


def _named(one: Mapping[str, Any]) -> str:
    words = str(one.get("desc") or one.get("headline") or one.get("event") or "")
    if one.get("language"):
        words = f"[{one['language']}] {words}"
    polygons, circles = (len(o) if isinstance(o := one.get(n), list) else 0 for n in ("polygons", "circles"))
    if polygons:
        told = ngettext("{count} polygon", "{count} polygons", polygons)
        words += f" ({told.format(count=polygons)})"
    if circles:
        told = ngettext("{count} circle", "{count} circles", circles)
        words += f" ({told.format(count=circles)})"
    return safe(words.strip())


ALERT = register(
    Record(
        noun="alert",
        plural="alerts",
        en="Alert",
        zh="预警",
        fields=(
            Field("identifier", "Identifier", "预警编号", Text(500), required=True),
            Field("sender", "Sender", "发送方", Text(500)),
            Field("sent", "Sent", "发布时间", Time()),
            Field("part", "Part", "分部", Integer(1, 9999), help="Which of the warnings of its message, from the second on."),
            Field("status", "Status", "状态", Choice(STATUSES)),
            Field("msg_type", "Message type", "消息类型", Choice(MESSAGES)),
            Field("scope", "Scope", "发布范围", Choice(SCOPES)),
            Field("source", "Source", "来源", Text(500)),
            Field("sender_name", "Issued by", "发布单位", Text(500)),
            Field("event", "Event", "预警类别", Text(500)),
            Field("event_code", "Event code", "类别代码", Text(200)),
            Field("category", "Category", "类目", Text(200)),
            Field("colour", "Warning colour", "预警颜色", Choice(COLOURS, words={"grey": "gray"})),
            Field("level", "Response level", "响应级别", Choice(LEVELS, words=LEVEL_WORDS)),
            Field("urgency", "Urgency", "紧急程度", Choice(URGENCIES)),
            Field("severity", "Severity", "严重程度", Choice(SEVERITIES)),
            Field("certainty", "Certainty", "确定性", Choice(CERTAINTIES)),
            Field("response_types", "Advised", "建议行动", Text(500)),
            Field("effective", "Effective", "生效时间", Time()),
            Field("onset", "Onset", "预计开始", Time()),
            Field("expires", "Expires", "失效时间", Time()),
            Field("headline", "Headline", "标题", Text(2000)),
            Field("description", "Description", "内容", Text(40_000)),
            Field("instruction", "Instruction", "防御指南", Text(40_000)),
            Field("language", "Language", "语言", Text(60)),
            Field("area", "Area", "影响区域", Text(10_000)),
            Field("region", "Region", "行政区", Ref("region"), help="The division that holds all of them."),
            Field("regions", "Region codes", "行政区划代码", Structured(list)),
            Field("areas", "Areas", "区域范围", Structured(list), help="As they came: words, polygons, circles, codes."),
            Field("references", "References", "引用", Structured(list), help="[sender, identifier, sent] of each."),
            Field("signature", "Signature", "签名", Choice(SIGNATURES)),
            Field("signed_by", "Signed by", "签名者", Text(500)),
            Field("form", "Form", "格式", Text(60), help="What it was read from: CAP 1.2, JSON."),
            Field("web", "Web", "网址", Text(2000)),
            Field("contact", "Contact", "联系方式", Text(1000)),
            Field("parameters", "Parameters", "参数", Structured(list), help="[name, value] of each."),
            Field("further", "Further", "其他", Structured(dict), help="What has no field of its own."),
            Field("others", "In other words", "其他语种", Structured(list), help="Further blocks of the alert."),
        ),
        listed=("event", "colour", "status", "region", "sent", "headline"),
        search=("headline", "event", "sender_name"),
        names=("identifier",),
        same=("identifier", "sender", "sent"),
        numbered=True,
        indexed=(("identifier",), ("sent",), ("expires",)),
    )
)  # fmt: skip
