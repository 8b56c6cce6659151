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
            Field("name", "Name", "姓名", required=True, aliases=("队员姓名", "Name")),
            Field("team", "Team", "所属队伍", Ref("team"), ("队伍", "队伍名称", "Team")),
            Field("role", "Role", "职务", aliases=("岗位", "Role")),
            Field(
                "phone",
                "Phone",
                "联系电话",
                Phone(),
                ("手机", "手机号", "电话", "Phone", "Mobile"),
                personal=True,
            ),
            Field("id_number", "Identity number", "身份证号", aliases=("身份证", "证件号码"), personal=True),
            Field(
                "qualification",
                "Qualification",
                "资格证书",
                aliases=("资质", "证书", "持证情况", "Qualification"),
            ),
            Field(
                "qualification_until", "Qualification until", "资格到期", Date(), ("证书有效期", "有效期至")
            ),
            Field("insurance_until", "Insurance until", "保险到期", Date(), ("保险有效期",)),
        ),
        listed=("name", "team", "role", "qualification", "qualification_until"),
        names=("name", "id_number"),
        same=("name", "id_number", "team"),
        numbered=True,
        indexed=(("team",), ("id_number",)),
    )
)
