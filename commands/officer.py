"""`emergency officer`."""

from emergency.commands.catalog import commands
from emergency.commands.register import register

cli = register("officer", help=commands()["officer"].help)
