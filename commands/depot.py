"""`emergency depot`."""

from emergency.commands.catalog import commands
from emergency.commands.register import register

cli = register("depot", help=commands()["depot"].help)
