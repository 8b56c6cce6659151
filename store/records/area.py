"""Areas of an incident: sub-areas, staging areas, forward posts, to which order lines are assigned (row E6)."""

from emergency.store.records.declare import Field, Record, register
from emergency.store.records.types import Choice, Flag, Point, Ref

KINDS = {
    "sub_area": ("sub-area", "分区"),
    "staging": ("staging area", "集结区"),
    "post": ("forward post", "前方指挥部"),
}
KIND_WORDS = {
    "sub_area": "片区 区段 sub-area sector division",
    "staging": "集结地 集结点 待命区 staging-area",
    "post": "前指 前方指挥所 指挥部 forward-post",
}

AREA = register(
    Record(
        noun="area",
        plural="areas",
        en="Area of an incident",
        zh="现场区域",
        fields=(
            Field("incident", "Incident", "事件", Ref("incident"), ("事件", "Incident"), required=True),
            Field(
                "name",
                "Name",
                "区域名称",
                aliases=("名称", "分区名称", "集结区名称", "Name"),
                required=True,
            ),
            Field("kind", "Kind", "类型", Choice(KINDS, words=KIND_WORDS), ("区域类型",), required=True),
            Field("within", "Within", "所属分区", Ref("area"), help="The area that it is a part of."),
            Field("place", "Place", "地点", aliases=("地址",)),
            Field("at", "Position", "坐标", Point()),
            Field("leader", "Leader", "负责人", aliases=("指挥员", "区域负责人")),
            Field("radio", "Radio", "电台呼号", aliases=("呼号", "频道")),
            Field("exercise", "Exercise", "演练", Flag(), derived=True),
        ),
        listed=("incident", "name", "kind", "place", "leader", "radio"),
        search=("name", "place"),
        same=("incident", "name"),
        numbered=True,
        indexed=(("incident",),),
    )
)
