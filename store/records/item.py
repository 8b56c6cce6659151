"""The item catalogue: kinds of equipment and of reserves (row C6)."""

import re
from collections.abc import Mapping

from emergency.store.records.declare import Field, Record, register
from emergency.store.records.types import Choice, Integer, Quantity, Ref, Stored, Unit
from emergency.store.words import _

CLASSES = {
    "rescue": ("rescue", "抢险救援"),
    "support": ("comprehensive support", "综合保障"),
    "ppe": ("personal protective", "个人防护"),
}


def code_is_well_formed(values: Mapping[str, Stored]) -> str:
    """A code is that of GB/T 38565-2020, clause 5.2: 1 + 2 + 2 + 2 digits, first digit 1 to 3."""
    code = values.get("code")
    if code and not re.fullmatch(r"[123](\d\d){3}", str(code)):
        return _("a GB/T 38565 code has seven digits and begins with 1, 2 or 3")
    return ""


ITEM = register(
    Record(
        noun="item",
        plural="items",
        en="Item kind",
        zh="物资装备目录",
        fields=(
            Field(
                "name", "Name", "名称", required=True, aliases=("物资名称", "装备名称", "品名", "Item Name")
            ),
            Field("code", "GB/T 38565 code", "分类编码", aliases=("物资编码", "编码", "分类代码")),
            Field("class", "Class", "类别", Choice(CLASSES), ("装备类别", "Category")),
            Field("unit", "Unit", "单位", Unit(), aliases=("计量单位", "Unit of Measure")),
            Field("parent", "Broader kind", "上级类别", Ref("item")),
            Field("aliases", "Also called", "别名"),
            Field("licence", "Licence needed", "操作资格"),
            Field(
                "inspect_every",
                "Inspected every (days)",
                "检验周期（天）",
                Integer(1, 36_600),
                help="The plan for things of this kind and of narrower ones that have no plan of their own.",
            ),
            Field("price", "Unit value (CNY)", "单价（元）", Quantity("CNY"), ("单价",)),
        ),
        listed=("name", "class", "unit", "code", "parent"),
        search=("name", "aliases", "code"),
        names=("name", "code"),
        same=("name", "unit"),
        numbered=True,
        indexed=(("name",),),
        rule=code_is_well_formed,
    )
)
