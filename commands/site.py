"""`emergency site`."""

from emergency.commands.catalog import commands
from emergency.commands.register import register

cli = register("site", help=commands()["site"].help)
