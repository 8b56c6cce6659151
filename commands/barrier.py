"""`emergency barrier`."""

from emergency.commands.catalog import commands
from emergency.commands.register import register

cli = register("barrier", help=commands()["barrier"].help)
