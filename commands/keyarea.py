"""`emergency keyarea`."""

from emergency.commands.catalog import commands
from emergency.commands.register import register

cli = register("keyarea", help=commands()["keyarea"].help)
