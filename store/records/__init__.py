"""Every kind of record, declared once each. Read these files first."""

from emergency.store.records import (  # noqa: F401  (registration is the import)
    alert,
    area,
    assembly,
    barrier,
    callup,
    depot,
    drive,
    duty,
    equipment,
    grant,
    incident,
    item,
    keyarea,
    kit,
    member,
    need,
    officer,
    pace,
    recovery,
    region,
    reserve,
    scenario,
    season,
    site,
    standard,
    station,
    stocktake,
    team,
)
from emergency.store.records.declare import BY_NAME, RECORDS, Field, Record
from emergency.store.records.types import Stored

__all__ = ["BY_NAME", "RECORDS", "Field", "Record", "Stored"]
