"""The one table of what may happen to a line of a call-up order (row F1).

docs/callup.md is drawn from this table. Steps are folded in causal order; of steps made
apart, physical facts come first (CASES 6 and 9), so that what was done in the field stands
and what a desk decided without knowing it is kept, shown and asked about.
"""

from __future__ import annotations

from typing import NamedTuple

#: States of a line, in the order they are usually passed, with English and Chinese words.
STATES = {
    "draft": ("draft", "拟制"),
    "issued": ("issued", "已下达"),
    "acknowledged": ("acknowledged", "已接收"),
    "provisional": ("provisional", "暂定接受"),
    "deferred": ("deferred", "暂缓答复"),
    "partial": ("partly accepted", "部分接受"),
    "accepted": ("accepted", "已接受"),
    "en_route": ("en route", "途中"),
    "on_scene": ("on scene", "到场"),
    "released": ("released", "已解除"),
    "returned": ("returned", "已返回"),
    "closed": ("closed", "已关闭"),
    "declined": ("declined", "已拒绝"),
    "unable": ("unable to fill", "无法满足"),
    "cancelled": ("cancelled", "已取消"),
    "superseded": ("superseded", "已被替代"),
    "reassigned": ("reassigned", "已转派"),
}
#: Nothing more is expected of a line in these; its claim has ended.
ENDED = ("returned", "closed", "declined", "unable", "cancelled", "superseded", "reassigned")
#: Waiting for the first word from the team.
UNANSWERED = ("issued",)
#: Counts as strength that the incident has or will have.
COMMITTED = ("accepted", "partial", "en_route", "on_scene")
#: Out of its base.
AWAY = ("en_route", "on_scene", "released")
ACTIVE = tuple(s for s in STATES if s not in ENDED and s != "draft")


class Step(NamedTuple):
    """One thing that may happen to a line."""

    name: str
    en: str
    zh: str
    #: States it may be taken from.
    sources: tuple[str, ...]
    #: The state after it; None leaves the state as it is.
    target: str | None
    #: Something that happened in the field, and stands whatever a desk decided meanwhile.
    physical: bool = False


_ASKED = ("issued", "acknowledged", "provisional", "deferred")

STEPS: dict[str, Step] = {
    s.name: s
    for s in (
        Step("issue", "issue", "下达", ("draft",), "issued"),
        Step("ack", "acknowledge", "接收", ("issued",), "acknowledged"),
        Step("accept", "accept", "接受", (*_ASKED, "partial"), "accepted"),
        Step("partial", "accept in part", "部分接受", (*_ASKED, "partial"), "partial"),
        Step(
            "provisional",
            "accept provisionally",
            "暂定接受",
            ("issued", "acknowledged", "deferred"),
            "provisional",
        ),
        Step("defer", "defer the answer", "暂缓答复", ("issued", "acknowledged", "provisional"), "deferred"),
        Step("decline", "decline", "拒绝", _ASKED, "declined"),
        Step("unable", "mark unable to fill", "无法满足", (*_ASKED, "accepted", "partial"), "unable"),
        Step("depart", "depart", "出发", ("accepted", "partial"), "en_route", True),
        Step("arrive", "arrive", "到达", ("en_route",), "on_scene", True),
        # The way back from a scan or a word that was wrong; both stay on record.
        Step("mistaken", "not there after all", "误报到场", ("on_scene",), "en_route"),
        Step("release", "release", "解除任务", ("en_route", "on_scene"), "released", True),
        Step("return", "return home", "返回", ("released",), "returned", True),
        Step("close", "close", "关闭", ("returned",), "closed"),
        Step("cancel", "cancel", "取消", ("draft", *_ASKED, "accepted", "partial"), "cancelled"),
        Step(
            "supersede",
            "supersede",
            "替代",
            ("draft", *_ASKED, "accepted", "partial", "en_route", "on_scene"),
            "superseded",
        ),
        Step("reassign", "reassign", "转派", ("en_route", "on_scene"), "reassigned"),
        Step("extend", "extend", "延期", (*_ASKED, "accepted", "partial", "en_route", "on_scene"), None),
        Step("recall", "ask back", "请求归还", ("accepted", "partial", "en_route", "on_scene"), None),
        Step(
            "sighted",
            "seen elsewhere",
            "他处发现",
            (*_ASKED, "accepted", "partial", "en_route", "on_scene", "released"),
            None,
            True,
        ),
        Step(
            "contact", "try to reach", "联络", (*_ASKED, "accepted", "partial", "en_route", "on_scene"), None
        ),
        Step("deliver", "deliver", "送达", tuple(STATES), None),
    )
}

#: A person's decision between claims stands in a line's story like a step.
SETTLE = ("settle", "裁定")

#: Steps that leave a task for a person on the line, and the word for it.
FLAGGED = {"recall": "asked-back", "sighted": "seen-elsewhere"}
#: Steps that answer nothing: what asked for a person asks on.
SILENT = ("contact", "deliver")
#: Why a step has no effect that was told at second hand and by its own station.
AGAIN = "said-again"
#: Possible in every state, so never worth naming among what may happen next.
ALWAYS = ("deliver",)


#: The ordinary way of a line from being written to being done with.
WAY = ("issue", "accept", "depart", "arrive", "release", "return", "close")


def before(name: str, state: str) -> str:
    """The step of the ordinary way that comes first where `name` is too early for a state; "" where none does."""
    earlier = WAY[: WAY.index(name)] if name in WAY else ()
    return next((step for step in reversed(earlier) if state in STEPS[step].sources), "")


def legal_from(state: str) -> list[str]:
    """The steps that may be taken from a state, in the table's order, but for those that always may."""
    return [name for name, step in STEPS.items() if state in step.sources and name not in ALWAYS]
