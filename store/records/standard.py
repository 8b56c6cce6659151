"""Allocation standards 装备配备标准: what a team of a type must have, version by version (row D1).

A standard is imported from a file (store/standardfile.py) and its lines are records of their own.
An id reads `CODE@VERSION`, that of a line `CODE@VERSION/n` in the order of the file.
"""

from emergency.store.records.declare import Field, Record, register
from emergency.store.records.item import CLASSES
from emergency.store.records.team import LEVELS
from emergency.store.records.types import Amount, Choice, Date, Integer, Ref, Text

NEEDS = {"required": ("required", "必配"), "optional": ("optional", "选配")}
#: What a quantity is counted by: `quantity` for each so many persons or vehicles, or for the team.
PER = {"team": ("for the team", "每队"), "person": ("per person", "每人"), "vehicle": ("per vehicle", "每车")}
#: What a line asks for in place of an item: people, with `spec` the qualification that they must hold.
PEOPLE = "people"
#: The dimensions of readiness (row A5), in their order.
DIMENSIONS = {
    "people": ("people", "人员"),
    "equipment": ("equipment", "装备"),
    "supplies": ("supplies", "物资"),
    "transport": ("transport", "运输"),
    "communications": ("communications", "通信"),
}


def standard_id(code: str, version: str) -> str:
    """The id of one version of a standard."""
    return f"{code}@{version}"


STANDARD = register(
    Record(
        noun="standard",
        plural="standards",
        en="Allocation standard",
        zh="装备配备标准",
        fields=(
            Field("name", "Name", "标准名称", required=True),
            Field("code", "Code", "标准编号", required=True),
            Field("version", "Version", "版本", required=True),
            Field("effective", "In force from", "实施日期", Date()),
            Field("source", "Source", "来源", Text(2000)),
            Field(
                "types",
                "Team types",
                "队伍类型",
                Text(8000),
                help="Each type, with other words for it behind =; parted by semicolons.",
            ),
            Field("mark_compliance", "Compliance mark (%)", "达标率目标（%）", Integer(0, 100)),
            Field("mark_people", "People mark", "人数目标", Integer(0, 1_000_000)),
            Field("mark_source", "Source of the marks", "目标来源", Text(2000)),
            Field("digest", "Content", "内容摘要", derived=True, help="A hash of all that the file says."),
        ),
        listed=("name", "code", "version", "effective", "source"),
        search=("name", "code"),
        names=("code", "name"),
        same=("code", "version"),
        indexed=(("code",),),
    )
)

ALLOCATION = register(
    Record(
        noun="allocation",
        plural="lines of standards",
        en="Line of a standard",
        zh="配备条目",
        fields=(
            Field("standard", "Standard", "标准", Ref("standard"), required=True),
            Field("place", "Place", "序号", Integer(1, 1_000_000), required=True),
            Field(
                "type", "Team type", "队伍类型", required=True, help="`*` is every type the standard names."
            ),
            Field("level", "Team level", "队伍级别", Choice(LEVELS)),
            Field("grade", "Team grade", "队伍等级"),
            Field("class", "Class", "类别", Choice(CLASSES)),
            Field("item", "Item", "装备物资", required=True, help="An item kind, or `people`."),
            Field("need", "Required", "配备要求", Choice(NEEDS), required=True),
            Field("quantity", "Quantity", "数量", Amount(), required=True),
            Field("per", "Counted", "计算方式", Choice(PER), required=True),
            Field("each", "Of so many", "每若干", Integer(1, 1_000_000), help="Per 5 persons: 5."),
            Field("spec", "Minimum specification", "最低技术要求", Text(1000)),
            Field("instead", "Substitutes", "可替代", Text(1000)),
            Field("dimension", "Dimension", "战备维度", Choice(DIMENSIONS)),
            Field("clause", "Clause", "条款"),
        ),
        listed=("standard", "type", "class", "item", "need", "quantity", "per", "spec"),
        search=("item", "type"),
        indexed=(("standard",),),
    )
)
