"""The ten scenarios of the Beijing plan and of the national plan 工信部联安全〔2023〕166号 (row E2)."""

from emergency.store.records.declare import Field, Record, register

SCENARIO = register(
    Record(
        noun="scenario",
        plural="scenarios",
        en="Scenario",
        zh="场景",
        fields=(
            Field("name", "Name", "名称", required=True),
            Field("name_en", "English name", "英文名称"),
        ),
        listed=("name", "name_en"),
        search=("name", "name_en"),
        names=("name", "name_en"),
        same=("name",),
    )
)
