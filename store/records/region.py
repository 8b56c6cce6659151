"""Administrative divisions: provinces, cities, counties, by their GB/T 2260 codes."""

from emergency.store.records.declare import Field, Record, register
from emergency.store.records.types import Choice, Integer, Point, Ref

REGION = register(
    Record(
        noun="region",
        plural="regions",
        en="Region",
        zh="行政区划",
        fields=(
            Field("name", "Name", "名称", required=True, aliases=("行政区", "区县名称")),
            Field("short", "Short name", "简称"),
            Field(
                "level",
                "Level",
                "级别",
                Choice(
                    {"province": ("province", "省级"), "city": ("city", "地级"), "county": ("county", "县级")}
                ),
            ),
            Field("parent", "Parent", "上级区划", Ref("region")),
            Field("pinyin", "Pinyin", "拼音"),
            Field("at", "Centre", "中心坐标", Point()),
            Field(
                "floor",
                "Floor",
                "底线留守量",
                Integer(0, 10_000_000),
                help="So many people of its teams stay at home, whatever is called up.",
            ),
            Field("successors", "Successors", "现行代码", help="For an abolished code: what replaced it."),
        ),
        listed=("name", "level", "parent", "at", "successors"),
        search=("name", "short"),
        names=("name",),
        same=("name", "parent"),
    )
)
