"""`emergency drive`."""

from emergency.commands.catalog import commands
from emergency.commands.register import register
from emergency.commands.roadadding import guarded

cli = register("drive", help=commands()["drive"].help)
cli.commands["add"].callback = guarded(cli.commands["add"].callback)
