"""Depots: where reserves are kept (row C1)."""

from emergency.store.records.declare import Field, Record, register
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
                aliases=("仓库名称", "库名", "名称", "Warehouse", "Name"),
            ),
            Field("code", "Code", "编号", aliases=("仓库编号", "Code")),
            Field(
                "host_unit",
                "Host unit",
                "主管单位",
                aliases=("储备库认定或主管部门", "主管部门", "Organisation", "Organization"),
            ),
            Field("level", "Level", "储备库等级", aliases=("级别", "SubType")),
            Field("type", "Type", "储备库类型", aliases=("类型", "Type")),
            Field("region", "Region", "行政区", Ref("region"), ("区县代码", "所在区", "行政区划代码")),
            Field("address", "Address", "地址", aliases=("库址", "详细地址", "Address")),
            Field("at", "Position", "坐标", Point()),
            Field("area", "Floor area", "面积", Quantity("m2"), ("库房面积", "建筑面积")),
            Field("volume", "Usable volume", "有效库容", Quantity("m3"), ("库容",)),
            Field("keeper", "Keeper", "负责人", aliases=("保管员", "单位负责人", "联系人")),
            Field("phone", "Phone", "联系电话", Phone(), ("电话", "Phone")),
        ),
        listed=("name", "level", "region", "address", "keeper", "phone"),
        search=("name", "code"),
        names=("name", "code"),
        same=("name", "code", "host_unit"),
        numbered=True,
        indexed=(("name",), ("at_cell",)),
    )
)
