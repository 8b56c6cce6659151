"""`emergency task`."""

from emergency.commands.catalog import commands
from emergency.commands.register import register

cli = register("task", help=commands()["task"].help)
