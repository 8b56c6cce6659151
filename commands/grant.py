"""`emergency grant`: what hubs have allowed; `emergency hub` gives and revokes."""

from emergency.commands.catalog import commands
from emergency.commands.register import register

cli = register("grant", help=commands()["grant"].help, importable=False)
for _verb in ("add", "set", "retire"):
    del cli.commands[_verb]
