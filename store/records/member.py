"""Members of teams: roles, phones, and qualifications that run out (row A2)."""

from emergency.store.records.declare import Field, Record, register
from emergency.store.records.types import Date, Phone, Ref

MEMBER = register(
    Record(
        noun="member",
        plural="members",
        en="Member",
        zh="队员",
        fields=(
            Field(
                "name",
                "Name",
                "姓名",
                required=True,
                aliases=("队员姓名", "队员", "人员姓名", "名字", "Name"),
            ),
            Field(
                "team",
                "Team",
                "所属队伍",
                Ref("team"),
                (
                    *("所在队伍", "队伍", "队伍名称", "所属队", "所在队", "所属救援队", "单位", "所属单位"),
                    "Team",
                ),
            ),
            Field(
                "role",
                "Role",
                "职务",
                aliases=("岗位", "角色", "职位", "队内职务", "担任职务", "工种", "Role"),
            ),
            Field(
                "phone",
                "Phone",
                "联系电话",
                Phone(),
                (
                    "手机",
                    "手机号",
                    "手机号码",
                    "移动电话",
                    "本人电话",
                    "电话",
                    "电话号码",
                    "联系方式",
                    "Phone",
                    "Mobile",
                ),
                personal=True,
            ),
            Field(
                "id_number",
                "Identity number",
                "身份证号",
                aliases=("身份证", "身份证号码", "公民身份号码", "证件号码", "证件号"),
                personal=True,
            ),
            Field(
                "qualification",
                "Qualification",
                "资格证书",
                aliases=(
                    "资格",
                    "资质",
                    "资质证书",
                    "证书",
                    "证书名称",
                    "资格名称",
                    "持证情况",
                    "持有证书",
                    "技能证书",
                    "Qualification",
                ),
            ),
            Field(
                "qualification_until",
                "Qualification until",
                "资格到期",
                Date(),
                (
                    *("资格有效期", "资格有效期至", "资格到期日", "证书有效期", "证书有效期至", "证书到期"),
                    *(
                        "证书到期日",
                        "证书到期日期",
                        "资质有效期",
                        "资质有效期至",
                        "有效期至",
                        "有效期",
                        "到期日期",
                    ),
                ),
            ),
            Field(
                "insurance_until",
                "Insurance until",
                "保险到期",
                Date(),
                ("保险有效期", "保险有效期至", "保险到期日", "保险到期日期"),
            ),
        ),
        listed=("name", "team", "role", "qualification", "qualification_until"),
        names=("name", "id_number"),
        same=("name", "id_number", "team"),
        numbered=True,
        indexed=(("team",), ("id_number",)),
    )
)
