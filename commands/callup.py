from emergency.commands.register import register

cli = register("callup", help="x")
