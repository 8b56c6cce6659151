"""`emergency member`."""

from emergency.commands.catalog import commands
from emergency.commands.register import register

cli = register("member", help=commands()["member"].help)
