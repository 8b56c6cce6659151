"""Depots: where reserves are kept (row C1)."""

from emergency.store.records.declare import REGION_LABELS, Field, Record, register
from emergency.store.records.types import Phone, Point, Quantity, Ref

DEPOT = register(
    Record(
        noun="depot",
        plural="depots",
        en="Depot",
        zh="储备库",
        fields=(
            Field(
                "name",
                "Name",
                "储备库名称",
                required=True,
                aliases=(
                    "仓库名称",
                    "库房名称",
                    "储备点名称",
                    "储备库（点）名称",
                    "库名",
                    "储备库",
                    "仓库",
                    "库房",
                    "名称",
                    "Warehouse",
                    "Name",
                ),
            ),
            Field(
                "code", "Code", "编号", aliases=("储备库编号", "仓库编号", "库房编号", "编码", "代码", "Code")
            ),
            Field(
                "host_unit",
                "Host unit",
                "主管单位",
                aliases=(
                    *("主管部门", "储备库认定或主管部门", "所属单位", "管理单位", "产权单位", "建设单位"),
                    *("隶属单位", "上级单位", "单位", "Organisation", "Organization"),
                ),
            ),
            Field(
                "level",
                "Level",
                "储备库等级",
                aliases=("仓库等级", "储备库级别", "仓库级别", "级别", "等级", "SubType"),
            ),
            Field(
                "team",
                "Of team",
                "所属队伍",
                Ref("team"),
                help="The team whose own stock this is: it counts for the team's standard and readiness.",
            ),
            Field("type", "Type", "储备库类型", aliases=("仓库类型", "储备库类别", "类型", "类别", "Type")),
            Field("region", "Region", "行政区", Ref("region"), REGION_LABELS),
            Field(
                "address",
                "Address",
                "地址",
                aliases=(
                    "库址",
                    "仓库地址",
                    "库房地址",
                    "储备库地址",
                    "所在地址",
                    "所在地",
                    "详细地址",
                    "位置",
                    "Address",
                ),
                exact_site=True,
            ),
            Field("at", "Position", "坐标", Point(), exact_site=True),
            Field(
                "area",
                "Floor area",
                "面积",
                Quantity("m2"),
                ("库房面积", "仓库面积", "储备库面积", "建筑面积", "使用面积", "占地面积"),
            ),
            Field(
                "volume", "Usable volume", "有效库容", Quantity("m3"), ("库容", "容积", "库容量", "仓储容积")
            ),
            Field(
                "keeper",
                "Keeper",
                "负责人",
                aliases=(
                    "仓库负责人",
                    "库房负责人",
                    "保管员",
                    "仓管员",
                    "库管员",
                    "管理员",
                    "责任人",
                    "管理人",
                    "单位负责人",
                    "联系人",
                ),
            ),
            Field(
                "phone",
                "Phone",
                "联系电话",
                Phone(),
                (
                    "电话",
                    "联系人电话",
                    "负责人电话",
                    "保管员电话",
                    "值班电话",
                    "手机",
                    "手机号",
                    "手机号码",
                    "电话号码",
                    "联系方式",
                    "Phone",
                ),
            ),
        ),
        listed=("name", "level", "region", "address", "keeper", "phone"),
        search=("name", "code"),
        names=("name", "code"),
        same=("name", "code", "host_unit"),
        numbered=True,
        indexed=(("name",), ("at_cell",)),
    )
)
