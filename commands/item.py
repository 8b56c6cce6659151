"""`emergency item`."""

from emergency.commands.catalog import commands
from emergency.commands.register import register

cli = register("item", help=commands()["item"].help)
